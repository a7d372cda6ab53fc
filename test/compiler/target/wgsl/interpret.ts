import type { Apply, Expr, Scalar, ScalarFunction } from '../../../../compiler/kernel/expr.ts'
import type { Kernel } from '../../../../compiler/kernel/kernel.ts'
import type { Plan } from '../../../../compiler/plan/plan.ts'
import type { Words } from '../../../../runtime/device.ts'
import { runNest, type Thread, type Value } from '../../run-nest.ts'

/** Runs a plan as its types describe it, in float64 with every f32 rounded, one point after the other. */
export function interpret(plan: Plan, memory: readonly Words[]): void {
  for (const { kernel, places } of plan.dispatches) {
    const one = plan.kernels[kernel]!
    const at = (slot: number, index: number): [Words, number] => {
      const { region, offset } = places[slot]!
      return [memory[region]!, offset + index]
    }
    const read = (slot: number, index: number) => {
      const [words, position] = at(slot, index)
      return words[position]!
    }
    for (const nest of one.nests)
      runNest(nest, {
        value: (expr, thread) => new Point(one, read, thread).value(expr),
        store: (slot, index, value) =>
          value.forEach((each, lane) => {
            const [words, position] = at(slot, index + lane)
            words[position] = each
          }),
        fold: (op, a, b) => (op === 'add' ? Math.fround(a + b) : Math.max(a, b)),
      })
  }
}

class Point {
  readonly #kernel: Kernel
  readonly #load: (slot: number, index: number) => number
  readonly #thread: Thread

  constructor(kernel: Kernel, load: (slot: number, index: number) => number, thread: Thread) {
    this.#kernel = kernel
    this.#load = load
    this.#thread = thread
  }

  value(expr: Expr): Value {
    switch (expr.kind) {
      case 'constant':
        return [wrap(expr.value, expr.dtype)]
      case 'variable':
        return this.#thread.variables.get(expr.name)!
      case 'load': {
        const [at] = this.value(expr.index)
        return Array.from({ length: expr.lanes }, (_, lane) => wrap(this.#load(expr.slot, at! + lane), expr.dtype))
      }
      case 'fetch':
        return this.#thread.fetch(expr.shared, this.value(expr.index)[0]!)
      case 'apply':
        return operate(
          expr,
          expr.args.map((arg) => this.value(arg)),
        )
      case 'call': {
        const fn = this.#kernel.functions.find(({ name }) => name === expr.name)!
        const args = expr.args.map((arg) => this.value(arg))
        return Array.from(
          { length: expr.lanes },
          (_, lane) =>
            this.#call(
              fn,
              args.map((arg) => arg[lane]!),
            )[expr.result]!,
        )
      }
      case 'reduce':
        throw new Error('not in a scheduled kernel')
    }
  }

  #call(fn: ScalarFunction, args: readonly number[]): number[] {
    const variables = new Map<string, Value>(fn.params.map(({ name }, i) => [name, [args[i]!]]))
    const inside = new Point(this.#kernel, this.#load, { ...this.#thread, variables })
    for (const { variable, value } of fn.body) variables.set(variable.name, inside.value(value))
    if (fn.rare && inside.value(fn.rare.when)[0]) return this.#call(fn.rare.instead, args)
    return fn.results.map((result) => inside.value(result)[0]!)
  }
}

const wrap = (value: number, dtype: Scalar): number =>
  dtype === 'f32' ? Math.fround(value) : dtype === 'i32' ? value | 0 : dtype === 'u32' ? value >>> 0 : value ? 1 : 0

function operate({ op, dtype, lanes, args }: Apply, values: readonly Value[]): Value {
  const [a] = values
  if (op === 'splat') return [0, 0, 0, 0].map(() => a![0]!)
  if (op === 'ramp') return [0, 1, 2, 3].map((lane) => wrap(a![0]! + lane, dtype))
  if (op === 'pack') return values.map(([value]) => value!)
  if (op === 'extract') return [a![values[1]![0]!]!]
  if (op === 'zipLow' || op === 'zipHigh') return zipped(op, a!, values[1]!)
  if (op === 'dot') return [a!.reduce((sum, x, lane) => Math.fround(sum + x * values[1]![lane]!), 0)]
  const pairs = (fold: (x: number, y: number) => number) => [fold(fold(a![0]!, a![2]!), fold(a![1]!, a![3]!))]
  if (op === 'sumLanes') return pairs((x, y) => wrap(x + y, dtype))
  if (op === 'maxLanes') return pairs((x, y) => Math.max(x, y))
  if (op === 'within') throw new Error('a scheduled kernel has no within')
  const from = args[0]!.dtype
  return Array.from({ length: lanes }, (_, lane) => {
    const [x, y, z] = values.map((value) => value[lane]!)
    if (op === 'cast') return cast(x!, from, dtype)
    if (op === 'bitcast') return fromBits(bits(x!, from), dtype)
    return wrap(scalar[op](x!, y!, z!, from), dtype)
  })
}

function zipped(op: 'zipLow' | 'zipHigh', a: Value, b: Value): Value {
  const from = op === 'zipLow' ? 0 : 2
  return [a[from]!, b[from]!, a[from + 1]!, b[from + 1]!]
}

/** f32 to integers: towards zero, to the nearest bound, NaN to 0. */
function cast(x: number, from: Scalar, to: Scalar): number {
  if (from !== 'f32' || to === 'bool' || to === 'f32') return wrap(x, to)
  const [low, high] = to === 'i32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1]
  return Math.trunc(Math.min(Math.max(x || 0, low), high))
}

const view = new DataView(new ArrayBuffer(4))
function bits(x: number, from: Scalar): number {
  if (from !== 'f32') return x >>> 0
  view.setFloat32(0, x)
  return view.getUint32(0)
}
function fromBits(word: number, to: Scalar): number {
  if (to !== 'f32') return wrap(word, to)
  view.setUint32(0, word)
  return view.getFloat32(0)
}

type Elementwise = Exclude<
  Apply['op'],
  | 'cast'
  | 'bitcast'
  | 'splat'
  | 'ramp'
  | 'pack'
  | 'extract'
  | 'zipLow'
  | 'zipHigh'
  | 'dot'
  | 'sumLanes'
  | 'maxLanes'
  | 'within'
>

const toEven = (x: number): number => {
  const below = Math.floor(x)
  const over = x - below
  return over < 0.5 || (over === 0.5 && below % 2 === 0) ? below : below + 1
}

const scalar: { readonly [O in Elementwise]: (x: number, y: number, z: number, from: Scalar) => number } = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y, _, from) => (from === 'f32' ? x * y : Math.imul(x, y)),
  div: (x, y, _, from) => (from === 'f32' ? x / y : Math.trunc(x / y)),
  rem: (x, y) => x % y,
  neg: (x) => -x,
  abs: Math.abs,
  min: (x, y) => Math.min(x, y),
  max: (x, y) => Math.max(x, y),
  fma: (x, y, z) => x * y + z,
  exp: Math.exp,
  sqrt: Math.sqrt,
  floor: Math.floor,
  round: toEven,
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  not: (x, _, __, from) => (from === 'bool' ? 1 - x : ~x),
  shl: (x, y) => x << y,
  shr: (x, y, _, from) => (from === 'u32' ? x >>> y : x >> y),
  less: (x, y) => (x < y ? 1 : 0),
  lessEqual: (x, y) => (x <= y ? 1 : 0),
  equal: (x, y) => (x === y ? 1 : 0),
  select: (x, y, z) => (x ? y : z),
}
