import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { checkFunction } from '../given.ts'
import { checkFlag, optionsOf } from '../option.ts'
import type { Same } from '../shape/rule.ts'
import { belongs, enter, inScope, type Trace } from '../trace/trace.ts'
import type { TracedTensor } from '../traced-tensor.ts'
import { given, holding, like, tensorsLike, traceBody } from './body.ts'
import { type Pairs, pairsOf, type Scanned } from './pairs.ts'

export interface AssociativeScanOptions<A extends number = number> {
  /** What is scanned, counted from the end of each tensor where negative: the first unless given. */
  readonly axis?: A
  /** From the last element to the first; results stay in the order of `xs`. */
  readonly reverse?: boolean
}

const op = 'associativeScan'

/**
 * All prefixes x0, f(x0, x1), f(f(x0, x1), x2), ... of the elements along an axis, where f is associative: f(f(a, b),
 * c) = f(a, f(b, c)). Pairs are joined many at a time, about 2 n of them in 2 log2(n) steps (Ladner and Fischer 1980,
 * "Parallel Prefix Computation"). So f takes two trees like `xs` in which the axis, named 'pairs', has any length, and
 * gives another. The steps are laid out while tracing: the length is a literal.
 */
export function associativeScan<const X, const R, const A extends number = 0>(
  f: (a: Pairs<X, A>, b: Pairs<X, A>) => R,
  xs: Scanned<X, A, R>,
  options: AssociativeScanOptions<A> = {},
): Same<X> {
  const trace = enter(op)
  checkFunction(op, f)
  const { axis = 0, reverse = false } = optionsOf(op, options, ['axis', 'reverse'])
  checkFlag(op, 'reverse', reverse)
  const leaves = given(op, trace, xs, 'xs')
  const { axes, length } = pairsOf(leaves, axis)
  const whole = leaves.map(({ leaf }) => leaf)
  const scan: Scan = { trace, f: f as Scan['f'], xs, whole, axes }
  if (length < 2) {
    // Nothing is joined, but f is to be right for any length.
    const alone = inPairs(scan, values(whole))
    traceBody(op, f as never, [alone, alone], like, (result) => ({
      result,
      outputs: tensorsLike(result, alone, 'the result'),
    }))
  }
  const turned = reverse ? each(scan, values(whole), flipped) : values(whole)
  const scanned = prefixes(scan, turned, length)
  return holding(trace, xs, whole, reverse ? each(scan, scanned, flipped) : scanned) as Same<X>
}

/** The tensors that are scanned, and the axis of each. */
interface Scan {
  readonly trace: Trace
  readonly f: (a: unknown, b: unknown) => unknown
  readonly xs: unknown
  readonly whole: readonly TracedTensor[]
  readonly axes: readonly number[]
}
type Values = readonly Value[]

const values = (tensors: readonly TracedTensor[]): Values => tensors.map((tensor) => tensor.value)

/**
 * The prefixes that end at an odd place are those of the pairs; each of the others is the one before it and its own
 * element.
 */
function prefixes(scan: Scan, elements: Values, length: number): Values {
  if (length < 2) return elements
  const count = Math.floor(length / 2)
  const pairs = joined(scan, part(scan, elements, 0, length - 1, 2), part(scan, elements, 1, length, 2))
  const odd = prefixes(scan, pairs, count)
  const first = part(scan, elements, 0, 1)
  if (length === 2) return concatenated(scan, first, odd)
  const later = joined(scan, part(scan, odd, 0, Math.ceil(length / 2) - 1), part(scan, elements, 2, length, 2))
  return interleaved(scan, concatenated(scan, first, later), odd, length)
}

/** f of two trees with the values as their tensors. */
function joined(scan: Scan, a: Values, b: Values): Values {
  const { trace, f } = scan
  const [left, right] = [inPairs(scan, a), inPairs(scan, b)]
  const size = a[0]!.type.shape[scan.axes[0]!]!
  const dims = new Map([...trace.scope.dims, ['pairs', { dim: 'pairs', size }]] as const)
  const result = inScope(trace, { ...trace.scope, dims }, () => f(left, right))
  const found = tensorsLike(result, left, 'the result')
  for (const tensor of found) belongs(op, trace, tensor)
  return values(found)
}

const inPairs = ({ trace, xs, whole, axes }: Scan, elements: Values): unknown =>
  holding(
    trace,
    xs,
    whole.map(({ shape, dtype }, i) => ({ shape: shape.with(axes[i]!, 'pairs'), dtype })),
    elements,
  )

type Move = (trace: Trace, x: Value, axis: number) => Value
const each = ({ trace, axes }: Scan, elements: Values, move: Move): Values =>
  elements.map((x, i) => move(trace, x, axes[i]!))

const flipped: Move = ({ builder }, x, axis) => builder.emit(p.flip, [x], { axes: [axis] }, op)

const part = (scan: Scan, elements: Values, start: number, stop: number, step = 1): Values =>
  each(scan, elements, ({ builder }, x, axis) => {
    const { shape } = x.type
    const params = {
      start: shape.map(() => 0).with(axis, start),
      stop: shape.with(axis, stop),
      step: shape.map(() => 1).with(axis, step),
    }
    return builder.emit(p.slice, [x], params, op)
  })

const concatenated = ({ trace, axes }: Scan, a: Values, b: Values, more = 0): Values =>
  a.map((x, i) => trace.builder.emit(p.concat, [x, b[i]!], { axis: axes[i]! + more }, op))

/** Elements of two by turns, of which the first may have one more. */
function interleaved(scan: Scan, even: Values, odd: Values, length: number): Values {
  const count = Math.floor(length / 2)
  const spread: Move = ({ builder }, x, axis) =>
    builder.emit(p.reshape, [x], { shape: x.type.shape.toSpliced(axis, 1, count, 1) }, op)
  const turns: Move = ({ builder }, x, axis) =>
    builder.emit(p.reshape, [x], { shape: x.type.shape.toSpliced(axis, 2, 2 * count) }, op)
  const both = concatenated(scan, each(scan, part(scan, even, 0, count), spread), each(scan, odd, spread), 1)
  const alternating = each(scan, both, turns)
  return length % 2 === 0 ? alternating : concatenated(scan, alternating, part(scan, even, count, count + 1))
}
