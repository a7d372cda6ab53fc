import type { Value } from '../../compiler/ir/graph.ts'
import * as control from '../../compiler/transform/control/index.ts'
import { described } from '../error.ts'
import { checkFunction } from '../given.ts'
import { checkFlag, optionsOf } from '../option.ts'
import type { Misfit } from '../shape/misfit.ts'
import type { Needs } from '../shape/rule.ts'
import { tensorsOf } from '../tensor-in.ts'
import type { Held } from '../trace/held.ts'
import { enter, fail } from '../trace/trace.ts'
import { type Body, given, holding, like, tensorsLike, traceBody } from './body.ts'
import { type Part, type Stack, type Stacks, type Turns, turnsOf } from './turns.ts'

export interface ScanOptions<N extends number = number> {
  /** The number of turns, where there are no stacks to count. */
  readonly length?: N
  /** From the last part of the stacks to the first; results stay in the order of the stacks. */
  readonly reverse?: boolean
  /**
   * What a gradient keeps of each turn. 'all' (the default): what its way back reads; 'carry': only the carry, from
   * which the turn is computed again; a number k: the carry of every k-th turn, and all of k turns at a time, so that
   * about sqrt(turns) keeps least.
   */
  readonly checkpoint?: Checkpoint
}
export type Checkpoint = 'all' | 'carry' | number

/**
 * A loop that stays one: `body` takes the carry and one part of each stack in `xs`, and gives the new carry and the
 * results of its turn, or null. What comes out is the last carry, and the results of all turns stacked along a new
 * first axis. `xs` is null where only `length` counts.
 */
export function scan<const C, const X, const R extends readonly [unknown, unknown], const N extends number = number>(
  body: (carry: C, x: Part<X>) => R,
  init: Needs<Misfit<C, R[0], 'the new carry'>, C>,
  xs: Stacks<X>,
  options: ScanOptions<N> = {},
): [carry: C, results: Stack<R[1], Turns<X, N>>] {
  return scanned('scan', body, init, xs, options) as [C, Stack<R[1], Turns<X, N>>]
}

/** The same for any types, under the name `op` in messages. */
export function scanned(
  op: string,
  body: (carry: never, x: never) => unknown,
  init: unknown,
  xs: unknown,
  options: ScanOptions,
): readonly [carry: unknown, results: unknown] {
  const trace = enter(op)
  checkFunction(op, body)
  const { length, checkpoint = 'all', reverse = false } = optionsOf(op, options, ['length', 'reverse', 'checkpoint'])
  checkFlag(op, 'reverse', reverse)
  const started = given(op, trace, init, 'init').map(({ leaf }) => leaf)
  const stacks = given(op, trace, xs ?? {}, 'xs')
  const turns = turnsOf(stacks, length)
  checkCheckpoint(op, checkpoint)

  const made: Body<unknown> = traceBody(
    op,
    body,
    [init, xs ?? {}],
    (tensor, path) =>
      path === '0' || path.startsWith('0.')
        ? like(tensor)
        : { ...like(tensor), type: partOf(tensor), shape: tensor.shape.slice(1) },
    (result) => {
      if (!Array.isArray(result) || result.length !== 2)
        throw fail(`type error: ${op}: the body gives ${described(result)}, needs [carry, results]`)
      const [carry, results] = result as [unknown, unknown]
      const outputs = tensorsOf(results ?? {}, `${op}: the results`).map(({ leaf }) => leaf)
      return { result: results, outputs: [...tensorsLike(carry, init, 'the new carry'), ...outputs] }
    },
  )
  const { graph, captured } = control.close(made.graph)
  const params: control.ScanParams = {
    body: graph,
    consts: captured.length,
    carry: started.length,
    length: turns.size,
    reverse,
    save: checkpoint === 'all' ? 'all' : 'carry',
  }
  const inputs = [...started, ...stacks.map(({ leaf }) => leaf)].map((tensor: Held) => tensor.value)
  const b = trace.builder
  const outputs: readonly Value[] =
    typeof checkpoint === 'number'
      ? control.scanInSegments(b, [...captured, ...inputs], { ...params, save: 'all' }, checkpoint)
      : b.emitAll(control.scan, [...captured, ...inputs], params)
  const carry = holding(trace, init, started, outputs)
  const stacked = made.outputs
    .slice(started.length)
    .map(({ shape, dtype }) => ({ shape: [turns.dim, ...shape], dtype }))
  const results = made.result === null ? null : holding(trace, made.result, stacked, outputs.slice(started.length))
  return [carry, results]
}

const partOf = ({ value: { type } }: Held) => ({ ...type, shape: type.shape.slice(1) })

function checkCheckpoint(op: string, checkpoint: Checkpoint): void {
  if (checkpoint === 'all' || checkpoint === 'carry' || (Number.isSafeInteger(checkpoint) && Number(checkpoint) > 0))
    return
  throw fail(`type error: ${op}: checkpoint is ${described(checkpoint)}, needs 'all', 'carry' or a number of turns`)
}
