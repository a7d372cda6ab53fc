import { filled } from '../../compiler/ir/dense.ts'
import type { DType, Equation, Graph, Value } from '../../compiler/ir/graph.ts'
import { applies, type Dense, isFloat, type Primitive } from '../../compiler/ir/primitive.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { customVjp, lowered, type ScanParams, scan } from '../../compiler/transform/control/index.ts'
import { replaceEquations } from '../../compiler/transform/replace.ts'

/**
 * A value in float64, and how far a device's may lie from it, element by element: infinitely far where nothing can be
 * said. A bool with an error may be the other one; an integer with an error hangs on how floats are rounded, and
 * nothing is said of what is made of it.
 */
export interface Rounded extends Dense {
  readonly error: Float64Array
}

/** Of an f32. */
const unit = 2 ** -24
const [least, largest] = [2 ** -126, (2 - 2 ** -23) * 2 ** 127]

/**
 * The outputs of a graph in float64, with bounds on the errors of any device that computes each equation in f32, and
 * may store what is f16 in 16 bits: what the errors of its operands, wherever they lie within their bounds, make of the
 * result, and the rounding of the equation itself. `also` sees every value.
 */
export function withErrors(
  graph: Graph,
  inputs: readonly Dense[],
  also: (value: Rounded, equation: Equation) => void = () => {},
): readonly Rounded[] {
  const flat = straight(graph)
  // Numbers that are not normal may be taken for 0.
  const known = new Map<Value, Rounded>(
    flat.inputs.map((input, i) => [
      input,
      {
        ...inputs[i]!,
        error: inputs[i]!.data.map((x) => (isFloat(input.type.dtype) && Math.abs(x) < least ? Math.abs(x) : 0)),
      },
    ]),
  )
  for (const equation of flat.equations) {
    const operands = equation.inputs.map((value) => known.get(value)!)
    for (const [i, output] of computed(equation, operands).entries()) {
      also(output, equation)
      known.set(equation.outputs[i]!, output)
    }
  }
  return flat.outputs.map((output) => known.get(output)!)
}

/** Control written out, all turns of a loop too. */
const straight = (graph: Graph): Graph =>
  replaceEquations(lowered(graph, { canEnd: false }), (equation) => {
    const { inputs, params } = equation
    if (applies(equation, scan)) return (b) => unrolled(b, equation.params, inputs)
    const { lower } = equation.primitive
    return applies(equation, customVjp) && lower.kind === 'rewrite'
      ? (b) => lower.equations(b, { inputs, params })
      : undefined
  })

type Write = NonNullable<ReturnType<Parameters<typeof replaceEquations>[1]>>

function unrolled(
  b: Parameters<Write>[0],
  { body, consts, carry, length, reverse }: ScanParams,
  inputs: readonly Value[],
) {
  const [fixed, stacks] = [inputs.slice(0, consts), inputs.slice(consts + carry)]
  let state = inputs.slice(consts, consts + carry)
  const made: Value[][] = []
  for (let turn = 0; turn < length; turn++) {
    const at = reverse ? length - 1 - turn : turn
    const parts = stacks.map((stack) => {
      const { shape } = stack.type
      const [start, stop] = [shape.map((_, axis) => (axis ? 0 : at)), shape.with(0, at + 1)]
      const part = b.emit(p.slice, [stack], { start, stop, step: shape.map(() => 1) })
      return b.emit(p.reshape, [part], { shape: shape.slice(1) })
    })
    const outputs = b.inline(body, [...fixed, ...state, ...parts])
    state = outputs.slice(0, carry)
    made[at] = outputs.slice(carry).map((value) => b.emit(p.reshape, [value], { shape: [1, ...value.type.shape] }))
  }
  const stacked = body.outputs.slice(carry).map(({ type }, i) =>
    length > 0
      ? b.emit(
          p.concat,
          made.map((parts) => parts[i]!),
          { axis: 0 },
        )
      : b.emit(p.constant, [], { value: 0, shape: [0, ...type.shape], dtype: type.dtype }),
  )
  return [...state, ...stacked]
}

function computed({ primitive, params, outputs }: Equation, inputs: readonly Rounded[]): readonly Rounded[] {
  const types = outputs.map(({ type }) => type)
  const of = (operands: readonly Dense[]) => primitive.evaluate(operands, params, types)
  const exact = of(inputs)
  const float = types.length > 0 && isFloat(types[0]!.dtype)
  const isSumOfFloats = float && isSum.has(primitive.name)
  const moved = isSumOfFloats ? [ofSum(of, inputs)] : atCorners(of, primitive, inputs, exact)
  const own = float ? roundingOf(primitive, inputs, exact[0]!) : () => 0
  const isHalf = types[0]!.dtype === 'f16' && (isSum.has(primitive.name) || primitive.name in ulps)
  return exact.map((output, i) => {
    const error = output.data.map((value, k) => {
      const single = moved[i]![k]! + own(k)
      const total = isHalf ? single + Math.max(2 ** -11 * (Math.abs(value) + single), 2 ** -25) : single
      if (!isFloat(output.dtype)) return total
      const most = output.dtype === 'f16' ? 65504 : largest
      return Math.abs(value) + total <= most || Object.is(Math.abs(value), Infinity) ? total : Infinity
    })
    return { ...output, error }
  })
}

/** Sums of products of elements, with signs of no concern: what is greatest is at the greatest operands. */
const isSum: ReadonlySet<string> = new Set(['mul', 'dot', 'sum', 'cumsum', 'scatterAdd', 'unskew'])

type Evaluate = (operands: readonly Dense[]) => readonly Dense[]

const sizes = (inputs: readonly Rounded[], by: number): readonly Dense[] =>
  inputs.map((input) =>
    isFloat(input.dtype) ? { ...input, data: input.data.map((x, k) => Math.abs(x) + by * input.error[k]!) } : input,
  )

/**
 * What errors of the terms amount to, and the rounding: of each term, and of each addition of partial sums no greater
 * than that of all sizes. Ones add up to the number of terms.
 */
function ofSum(of: Evaluate, inputs: readonly Rounded[]): Float64Array {
  const off = inputs.some(({ error }) => error.some((e) => e > 0))
  const [high] = of(sizes(inputs, 1))
  const [low] = off ? of(sizes(inputs, 0)) : [high]
  const [terms] = of(inputs.map((input) => (isFloat(input.dtype) ? filled(input, 1) : input)))
  return high!.data.map((all, k) => {
    const count = terms!.data[k]!
    return apart(all, low!.data[k]!) + (count === 0 ? 0 : (count + 1) * (unit * all + least))
  })
}

/**
 * Other primitives go up or down with each operand, near enough, so that their results lie farthest apart at the
 * corners of where the operands may lie.
 */
function atCorners(
  of: Evaluate,
  { name }: Primitive,
  inputs: readonly Rounded[],
  exact: readonly Dense[],
): readonly Float64Array[] {
  const moved = exact.map(({ data }) => new Float64Array(data.length))
  if (inputs.every(({ error }) => error.every((e) => e === 0))) return moved
  // A shift of all leaves their order as it is.
  if (name === 'argsort') return moved.map((errors) => errors.fill(1))
  // The same number on both sides has been computed in the same way.
  const same = ['less', 'lessEqual', 'equal'].includes(name) && inputs.every(({ data }) => data.length > 0)
  const off = inputs.filter(({ error }) => error.some((e) => e > 0))
  const corners = signsFor(off.length).map((signs) =>
    inputs.map((input) => {
      const sign = signs[off.indexOf(input)] ?? 0
      return { ...input, data: input.data.map((x, k) => within(input.dtype, x + sign * input.error[k]!)) }
    }),
  )
  // A pole, or where a function ends.
  const least = inputs.map((input) => ({
    ...input,
    data: input.data.map((x, k) => Math.sign(x) * Math.max(0, Math.abs(x) - input.error[k]!)),
  }))
  for (const corner of [...corners, least])
    for (const [i, { data }] of of(corner).entries())
      for (let k = 0; k < data.length; k++)
        if (!(same && inputs[0]!.data[k] === inputs[1]!.data[k]))
          moved[i]![k] = Math.max(moved[i]![k]!, apart(data[k]!, exact[i]!.data[k]!))
  return moved
}

/**
 * All ways to go up or down with a few operands; with many, which then do not meet in one element, all up or all down.
 */
const signsFor = (operands: number): readonly (readonly number[])[] =>
  operands > 3
    ? [1, -1].map((sign) => Array(operands).fill(sign))
    : Array.from({ length: 2 ** operands }, (_, n) =>
        Array.from({ length: operands }, (_, i) => ((n >> i) & 1 ? 1 : -1)),
      )

const within = (dtype: DType, x: number): number => (dtype === 'bool' ? Math.min(1, Math.max(0, x)) : x)

/** How far; infinitely where one is NaN or infinite and the other is not. */
const apart = (a: number, b: number): number => (Object.is(a, b) ? 0 : Number.isNaN(a - b) ? Infinity : Math.abs(a - b))

/**
 * In units of the last place of results: what WGSL allows of its own operators
 * (https://www.w3.org/TR/WGSL/#floating-point-accuracy) and what is stated of the functions written in them
 * (test/compiler/kernel/functions.test.ts). Twice that of operators alone: the compiler may put two in the place of
 * one. What is not here moves or chooses numbers.
 */
const ulps: { readonly [name: string]: (x: number) => number } = {
  add: () => 1,
  sub: () => 1,
  div: () => 5,
  sqrt: () => 10,
  exp: (x) => 6 + 4 * Math.abs(x),
  log: () => 1,
  sigmoid: (x) => 14 + 4 * Math.abs(x),
  pow: () => 5,
  erf: () => 2,
  erfInv: () => 5,
  log1p: () => 1,
  expm1: () => 1.5,
  tanh: () => 4,
  sin: () => 2.5,
  cos: () => 2.5,
  tan: () => 5.5,
  asin: () => 1,
  acos: () => 1.5,
  atan: () => 2.5,
  atan2: () => 2.5,
  cast: () => 1,
}

/** The rounding of one equation, by element of its result. */
function roundingOf({ name }: Primitive, inputs: readonly Rounded[], exact: Dense): (k: number) => number {
  if (name === 'constant' || name === 'literal') return (k) => apart(exact.data[k]!, Math.fround(exact.data[k]!))
  const count = ulps[name]
  if (!count) return () => 0
  return (k) => {
    const value = Math.abs(exact.data[k]!)
    if (!Number.isFinite(value)) return 0
    return count(inputs[0]?.data[k] ?? 0) * 2 * unit * value + least
  }
}
