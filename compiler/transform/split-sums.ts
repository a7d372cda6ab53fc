import type { Builder } from '../ir/builder.ts'
import { type Equation, type Graph, sizeOf, type Value } from '../ir/graph.ts'
import { applies } from '../ir/primitive.ts'
import { asDType } from '../ir/primitives/cast.ts'
import { dot, reduceMax, reshape, sum } from '../ir/primitives/index.ts'
import { type Replacement, replaceEquations } from './replace.ts'

/** Terms from which a sum is worth a second kernel, and the fewest that each part keeps. */
const longSum = 2 ** 17
const leastOfSum = 4096
/** The same for sums of products. */
const longProduct = 4096
const leastOfProduct = 1024
/** Results that a workgroup computes at a time, roughly. */
const tile = 32 * 32
/** The most parts: their sums are one more sum. */
const mostParts = 256

/**
 * Sums of many terms and few results as sums of partial sums: where a workgroup computes a few results, most of the
 * machine would have nothing to do. `atOnce` is how many workgroups it runs at once.
 */
export const splitSums = (graph: Graph, atOnce: number): Graph =>
  replaceEquations(graph, (equation) => splitSum(equation) ?? splitProduct(equation, atOnce))

function splitSum(equation: Equation): ReturnType<Replacement> {
  const primitive = applies(equation, sum) ? sum : applies(equation, reduceMax) ? reduceMax : undefined
  if (!primitive) return undefined
  const [x] = equation.inputs as [Value]
  const terms = sizeOf(x.type.shape)
  if (sizeOf(equation.outputs[0]!.type.shape) !== 1 || terms < longSum) return undefined
  const parts = partsOf(terms, Math.min(mostParts, terms / leastOfSum))
  if (parts < 2) return undefined
  return (b) => {
    const lines = b.emit(reshape, [summable(b, x)], { shape: [parts, terms / parts] })
    const partial = b.emit(primitive, [lines], { axes: [1] })
    const whole = asDType(b, b.emit(primitive, [partial], { axes: [0] }), x.type.dtype)
    return [b.emit(reshape, [whole], { shape: equation.outputs[0]!.type.shape })]
  }
}

function splitProduct(equation: Equation, atOnce: number): ReturnType<Replacement> {
  if (!applies(equation, dot)) return undefined
  const { batch, contract } = equation.params
  const [x, y] = equation.inputs as [Value, Value]
  const [pair] = contract
  if (!pair || contract.length > 1) return undefined
  const terms = x.type.shape[pair[0]]!
  const groups = Math.ceil(sizeOf(equation.outputs[0]!.type.shape) / tile)
  if (terms < longProduct || 2 * groups > atOnce) return undefined
  const parts = partsOf(terms, Math.min(mostParts, atOnce / groups, terms / leastOfProduct))
  if (parts < 2) return undefined
  const beyond = (axis: number, split: number) => (axis > split ? axis + 1 : axis)
  return (b) => {
    const [left, right] = [x, y].map((operand, side) => inParts(b, summable(b, operand), pair[side]!, parts))
    const partial = b.emit(dot, [left!, right!], {
      batch: [pair, ...batch.map(([i, j]) => [beyond(i, pair[0]), beyond(j, pair[1])] as const)],
      contract: [[pair[0] + 1, pair[1] + 1]],
    })
    return [asDType(b, b.emit(sum, [partial], { axes: [0] }), x.type.dtype)]
  }
}

/** Halves are summed as f32, also where a partial sum is stored. */
const summable = (b: Builder, x: Value): Value => (x.type.dtype === 'f16' ? asDType(b, x, 'f32') : x)

/** A tensor with an axis as two: which part, and where in it. */
function inParts(b: Builder, x: Value, axis: number, parts: number): Value {
  const { shape } = x.type
  return b.emit(reshape, [x], { shape: shape.toSpliced(axis, 1, parts, shape[axis]! / parts) })
}

/**
 * How many equal parts to make, at most `most`: where that goes, parts of a multiple of four terms, which can be read
 * as vectors.
 */
function partsOf(terms: number, most: number): number {
  const ofFours = terms % 4 === 0 ? divisorOf(terms / 4, most) : 1
  return ofFours > 1 ? ofFours : divisorOf(terms, most)
}

/** The greatest divisor of n that is not greater than `most`. */
function divisorOf(n: number, most: number): number {
  let divisor = Math.max(1, Math.floor(most))
  while (n % divisor !== 0) divisor--
  return divisor
}
