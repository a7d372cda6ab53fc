import { sizeOf, type Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import * as elementwise from '../operations/elementwise.ts'
import * as layout from '../operations/layout.ts'
import { cumsum } from '../operations/order.ts'
import { sum } from '../operations/reduce.ts'
import { checkFlag, optionsOf } from '../option.ts'
import { type Dim, type Extent, type Extents, type Shape, show } from '../shape/dim.ts'
import { floats } from '../shape/dtype.ts'
import { fits } from '../shape/fit.ts'
import { cut, type Drawn, type OneKey } from '../shape/random.ts'
import type { Makes, Needs } from '../shape/rule.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { bindDims, check, must, type Trace } from '../trace/trace.ts'
import { heldTensor, isTensor, traced } from '../traced-tensor.ts'
import { gumbelOf } from './exponential.ts'
import { enterKey } from './key.ts'
import { shuffled } from './permutation.ts'
import { randintOf } from './randint.ts'
import type { Words } from './threefry.ts'
import { uniformOf } from './uniform.ts'

/** How to draw. */
export interface ChoiceOptions<X extends number> {
  /** Whether one may be drawn twice; true unless given. */
  readonly replace?: boolean
  /** The probability of each, [n]; equal unless given. Without replacement they may be of any sum. */
  readonly p?: Tensor<Shape>
  /** The axis that is drawn along; the first unless given. */
  readonly axis?: X
}

/**
 * Random parts of a tensor along an axis, or random numbers from 0 .. n - 1: as many as `shape` has, which stands in
 * the place of the axis.
 */
export function choice<
  K extends AnyTensor,
  const A extends Dim | AnyTensor,
  const S extends Shape,
  const X extends number = 0,
>(
  key: Needs<OneKey<'choice', K>, K>,
  from: Needs<Extract<Drawn<'choice', A, X, S>, string>, A>,
  shape: [...S],
  options?: ChoiceOptions<X>,
): Makes<Drawn<'choice', A, X, S>>
export function choice(
  key: AnyTensor,
  from: Dim | AnyTensor,
  shape: Shape,
  options: ChoiceOptions<number> = {},
): AnyTensor {
  const { replace = true, p: weights, axis = 0 } = optionsOf('choice', options, ['replace', 'p', 'axis'])
  checkFlag('choice', 'replace', replace)
  const tensor = isTensor(from) ? from : undefined
  const all = tensor ? extentsOf(tensor) : bindDims('choice', [from as Dim])
  const { axis: at, before, after } = must(cut('choice', all, axis))
  const drawn = bindDims('choice', shape)
  const population = all[at]!
  const chances = weights === undefined ? undefined : heldTensor('choice', weights)
  if (chances) check(floats('choice', chances.dtype) ?? ofPopulation(extentsOf(chances), population))
  const draws = sizeOf(drawn.map(({ size }) => size))
  check(enough(population, draws, replace))
  const { trace, words } = enterKey(
    'choice',
    key,
    [tensor, chances].filter((x) => x !== undefined),
  )
  const draw = draws === 0 || (replace && !chances) ? equal : replace ? weighted : chances ? weightedOnce : once
  const picked = draw(trace, words, drawn, population, chances!)
  if (!tensor) return traced(hold(trace, picked, drawn, 'i32'))
  const value = trace.builder.emit(p.gather, [tensor.value, picked], { axis: at, batch: 0 }, 'choice')
  return traced(hold(trace, value, [...before, ...drawn, ...after], tensor.dtype))
}

const ofPopulation = (p: Extents, population: Extent): string | undefined =>
  fits(p, [population]) ? undefined : `shape error: choice: p is ${show(p)}, needs ${show([population])}`

function enough(population: Extent, draws: number, replace: boolean): string | undefined {
  if (draws === 0 || (replace ? population.size > 0 : draws <= population.size)) return undefined
  return `shape error: choice: ${draws} cannot be drawn from ${population.size}${replace ? '' : ' without replacement'}`
}

/** Indices of the drawn, as i32. */
type Draw = (trace: Trace, words: Words, drawn: Extents, population: Extent, chances: Held) => Value

const equal: Draw = (trace, words, drawn, { size }) => randintOf(trace, words, drawn, 0, Math.max(1, size)).value

const once: Draw = (trace, words, drawn, { size }) => firstOf(trace, shuffled(trace, words, size), drawn)

/** Where a uniform number falls among the sums of the probabilities: the number of sums below it. */
const weighted: Draw = (trace, words, drawn, { size }, chances) => {
  const b = trace.builder
  const count = sizeOf(drawn.map(({ size }) => size))
  const sums = cumsum(chances, 0)
  const total = b.emit(p.slice, [sums.value], { start: [size - 1], stop: [size], step: [1] })
  const u = b.emit(p.reshape, [uniformOf(trace, words, drawn).value], { shape: [count, 1] })
  const left = elementwise.add(elementwise.neg(hold(trace, u, [count, 1], 'f32')), 1)
  const at = elementwise.mul(left, hold(trace, total, [1], 'f32'))
  const index = sum(layout.cast(elementwise.less(sums, at), 'i32'), 1)
  return b.emit(p.reshape, [index.value], { shape: drawn.map(({ size }) => size) }, 'choice')
}

/**
 * The greatest of log p + gumbel: the Gumbel top-k trick (W. Kool, H. van Hoof and M. Welling, Stochastic Beams and
 * Where to Find Them, ICML 2019).
 */
const weightedOnce: Draw = (trace, words, drawn, population, chances) => {
  const scores = elementwise.add(gumbelOf(trace, words, [population]), elementwise.log(chances))
  const order = trace.builder.emit(p.argsort, [elementwise.neg(scores).value], {}, 'choice')
  return firstOf(trace, order, drawn)
}

/** The first of a list of indices, in a shape. */
function firstOf(trace: Trace, order: Value, drawn: Extents): Value {
  const shape = drawn.map(({ size }) => size)
  const first = trace.builder.emit(p.slice, [order], { start: [0], stop: [sizeOf(shape)], step: [1] })
  return trace.builder.emit(p.reshape, [first], { shape }, 'choice')
}
