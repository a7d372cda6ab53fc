import type { Apply, Call, Expr, Reduce, ScalarFunction } from '../../../compiler/kernel/expr.ts'
import { operate } from '../expr-interpreter.ts'

export interface Setting {
  /** Element `index` of a slot. */
  readonly load: (slot: number, index: number) => number
  /** What names hold: one number, or four. */
  readonly variables: ReadonlyMap<string, readonly number[]>
  /** An element of an array that the threads of a workgroup share. */
  readonly fetch?: (shared: number, index: number) => readonly number[]
  readonly functions?: ReadonlyMap<string, ScalarFunction>
}

/**
 * The lanes of an expression, one or four, with f32 computed in float64. Operations in lanes are those of one lane,
 * four times. `known` keeps what was computed, for expressions whose parts are shared.
 */
export function lanesOf(expr: Expr, setting: Setting, known?: Map<Expr, readonly number[]>): readonly number[] {
  const before = known?.get(expr)
  if (before) return before
  const found = compute(expr, setting, known)
  if (found.length !== expr.lanes) throw new Error(`a ${expr.kind} of ${expr.lanes} lanes has ${found.length}`)
  known?.set(expr, found)
  return found
}

function compute(expr: Expr, setting: Setting, known?: Map<Expr, readonly number[]>): readonly number[] {
  switch (expr.kind) {
    case 'constant':
      return [expr.value]
    case 'variable': {
      const held = setting.variables.get(expr.name)
      if (!held) throw new Error(`the variable ${expr.name} has no value`)
      return held
    }
    case 'load': {
      const [at] = one(lanesOf(expr.index, setting, known))
      const element = (lane: number) => setting.load(expr.slot, at + lane)
      return expr.lanes === 1 ? [element(0)] : [0, 1, 2, 3].map(element)
    }
    case 'fetch': {
      if (!setting.fetch) throw new Error('a fetch in a kernel without workgroups')
      return setting.fetch(expr.shared, one(lanesOf(expr.index, setting, known))[0])
    }
    case 'reduce':
      return reduced(expr, setting)
    default:
      return applied(
        expr,
        expr.args.map((arg) => lanesOf(arg, setting, known)),
        setting,
      )
  }
}

const one = (lanes: readonly number[]): readonly [number] => {
  if (lanes.length !== 1) throw new Error(`${lanes.length} lanes where there is one`)
  return [lanes[0]!]
}

function applied(expr: Apply | Call, args: readonly (readonly number[])[], setting: Setting): readonly number[] {
  const [a] = args as [readonly number[]]
  switch (expr.kind === 'apply' ? expr.op : undefined) {
    case 'splat':
      return new Array(4).fill(one(a)[0])
    case 'ramp':
      return [0, 1, 2, 3].map((lane) => one(a)[0] + lane)
    case 'pack':
      return args.map((arg) => one(arg)[0])
    case 'extract':
      return [a[one(args[1]!)[0]]!]
    case 'zipLow':
      return [a[0]!, args[1]![0]!, a[1]!, args[1]![1]!]
    case 'zipHigh':
      return [a[2]!, args[1]![2]!, a[3]!, args[1]![3]!]
    case 'dot':
      return [a.reduce((sum, lane, i) => sum + lane * args[1]![i]!, 0)]
    case 'sumLanes':
      return [a[0]! + a[2]! + (a[1]! + a[3]!)]
    case 'maxLanes':
      return [Math.max(...a)]
  }
  for (const arg of args)
    if (arg.length !== expr.lanes) throw new Error(`${arg.length} lanes in ${expr.kind} of ${expr.lanes}`)
  const lane = (l: number): number =>
    operate(
      expr,
      args.map((arg) => arg[l]!),
      setting,
    )
  return expr.lanes === 1 ? [lane(0)] : [lane(0), lane(1), lane(2), lane(3)]
}

function reduced({ op, over, body, lanes }: Reduce, setting: Setting): readonly number[] {
  const variables = new Map(setting.variables)
  let total: readonly number[] = Array.from({ length: lanes }, () => (op === 'add' ? 0 : Number.NEGATIVE_INFINITY))
  const loop = (depth: number): void => {
    const index = over[depth]
    if (!index) {
      const term = lanesOf(body, { ...setting, variables }, new Map())
      total = total.map((sum, lane) => (op === 'add' ? sum + term[lane]! : Math.max(sum, term[lane]!)))
      return
    }
    for (let k = 0; k < index.extent!; k++) {
      variables.set(index.name, [k])
      loop(depth + 1)
    }
  }
  loop(0)
  return total
}
