import { Builder } from '../../compiler/ir/builder.ts'
import { generated } from '../../compiler/ir/dense.ts'
import { type Graph, sizeOf, type Type, type Value } from '../../compiler/ir/graph.ts'
import type { Dense, Primitive } from '../../compiler/ir/primitive.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { vjp } from '../../compiler/transform/reverse.ts'
import type { Random } from './transform/random-graph.ts'

const below = (random: Random, n: number): number => Math.floor(random() * n)
const one = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]!

/** Around the sizes of lanes, and sums that are done in blocks; nothing at all and one element too. */
const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 17, 33, 300]
const counts = [0, 1, 2, 3, 5, 65]

/**
 * A chain of what normalises rows (softmax, norms, sums and maxima that are used again over the row) with elementwise
 * operations, moves and products between, over one or two leading and one or two trailing axes; with `gradients`
 * followed by those in its inputs.
 */
export function randomRows(random: Random, gradients = random() < 0.6): { graph: Graph; inputs: Dense[] } {
  const b = new Builder()
  const lead = Array.from({ length: 1 + below(random, 2) }, () => one(random, counts.slice(random() < 0.9 ? 1 : 0)))
  const rest = Array.from({ length: 1 + below(random, 2) }, () => one(random, lengths.slice(random() < 0.9 ? 1 : 0)))
  // The float64 evaluator takes seconds for programs of hundreds of thousands of elements.
  for (const axes of [lead, rest]) if (sizeOf([...lead, ...rest]) > 1500) axes.length = 1
  if (sizeOf([...lead, ...rest]) > 6000) lead[0] = 5
  const of = new Rows(b, random, lead.length)
  const x = b.input(f32(...lead, ...rest), 'x')
  const made: Value[] = [x]
  for (let step = 1 + below(random, 5); step > 0; step--)
    made.push(of.next(random() < 0.8 ? made.at(-1)! : one(random, made)))
  const outputs = [...new Set([made.at(-1)!, ...(random() < 0.4 ? [one(random, made.slice(1))] : [])])]
  if (random() < 0.4) outputs.push(...of.read.slice(-1))
  const graph = b.graph('rows', [...new Set(outputs)])
  const forward = { graph, inputs: inputsOf(graph, random) }
  if (!gradients) return forward

  const whole = new Builder()
  const args = graph.inputs.map(({ type, name }) => whole.input(type, name))
  const wrt = args.flatMap(({ type }, i) => (type.dtype === 'f32' && random() < 0.8 ? [i] : []))
  const { outputs: values, pull } = vjp(whole, graph, args, wrt)
  const cotangents = values.map(({ type }, i) => whole.input(type, `d${i}`))
  const back = pull(cotangents)
  const kept = random() < 0.5 ? values : values.slice(0, 1)
  const both = whole.graph('rows', [...new Set([...kept, ...back])])
  return { graph: both, inputs: inputsOf(both, random) }
}

const f32 = (...shape: number[]): Type => ({ shape, dtype: 'f32' })

const inputsOf = ({ inputs }: Graph, random: Random): Dense[] =>
  inputs.map(({ type }) => generated(type, () => (type.dtype === 'i32' ? below(random, 40) - 20 : 2 * random() - 1)))

class Rows {
  /** Values of one element a row. */
  readonly read: Value[] = []
  readonly #b: Builder
  readonly #random: Random
  /** How many axes lead. */
  readonly #lead: number

  constructor(b: Builder, random: Random, lead: number) {
    this.#b = b
    this.#random = random
    this.#lead = lead
  }

  next(x: Value): Value {
    const { shape } = x.type
    const steps: readonly (() => Value)[] = [
      () => this.#softmax(x),
      () => this.#norm(x),
      () => this.#softmax(this.#norm(x)),
      () => this.#map(x),
      () => this.#two(p.add, x, this.#other(shape)),
      () => this.#two(p.mul, x, this.#other(shape)),
      () => this.#counted(x),
      () => this.#columns(x),
      () => this.#joined(x),
      () => this.#product(x),
      () => this.#reshaped(x),
    ]
    return one(this.#random, steps)()
  }

  #fold(x: Value, op: 'sum' | 'reduceMax', axes: readonly number[]): Value {
    const { shape } = x.type
    const folded = this.#b.emit(op === 'sum' ? p.sum : p.reduceMax, [x], { axes })
    if (axes.every((axis) => axis >= this.#lead)) this.read.push(folded)
    const kept = [...shape.keys()].filter((axis) => !axes.includes(axis))
    return this.#b.emit(p.broadcast, [folded], { shape, axes: kept })
  }

  /** The trailing axes, or the last alone. */
  #trailing({ type: { shape } }: Value): readonly number[] {
    const axes = [...shape.keys()].slice(Math.min(this.#lead, shape.length - 1))
    return this.#random() < 0.8 ? axes : axes.slice(-1)
  }

  #mean(x: Value, axes: readonly number[]): Value {
    const count = Math.max(1, sizeOf(axes.map((axis) => x.type.shape[axis]!)))
    return this.#scaled(this.#fold(x, 'sum', axes), 1 / count)
  }

  #softmax(x: Value): Value {
    const axes = this.#trailing(x)
    const powers = this.#one(p.exp, this.#two(p.sub, x, this.#fold(x, 'reduceMax', axes)))
    return this.#two(p.div, powers, this.#fold(powers, 'sum', axes))
  }

  #norm(x: Value): Value {
    const axes = this.#trailing(x)
    const centred = this.#random() < 0.6 ? this.#two(p.sub, x, this.#mean(x, axes)) : x
    const power = this.#shifted(this.#mean(this.#two(p.mul, centred, centred), axes), 0.1)
    return this.#two(p.div, centred, this.#one(p.sqrt, power))
  }

  #map(x: Value): Value {
    return this.#random() < 0.5 ? this.#two(p.mul, x, this.#one(p.sigmoid, x)) : this.#one(p.tanh, x)
  }

  /** Another input of the same shape, or of the trailing axes alone. */
  #other(shape: readonly number[]): Value {
    if (this.#random() < 0.5) return this.#b.input(f32(...shape), 'y')
    const gain = this.#b.input(f32(...shape.slice(1)), 'gain')
    return this.#b.emit(p.broadcast, [gain], { shape, axes: [...shape.keys()].slice(1) })
  }

  /** With a sum or a greatest of whole numbers. */
  #counted(x: Value): Value {
    const count = this.#b.input({ shape: x.type.shape, dtype: 'i32' }, 'count')
    const folded = this.#fold(
      count,
      this.#random() < 0.5 || sizeOf(x.type.shape) === 0 ? 'sum' : 'reduceMax',
      this.#trailing(x),
    )
    const close = this.#b.emit(p.sub, [count, folded], {})
    return this.#two(p.add, x, this.#scaled(this.#b.emit(p.cast, [close], { dtype: 'f32' }), 1 / 64))
  }

  /** Less its mean over the first axis. */
  #columns(x: Value): Value {
    return this.#two(p.sub, x, this.#mean(x, [0]))
  }

  /** A part of it beside another. */
  #joined(x: Value): Value {
    const { shape } = x.type
    const axis = shape.length - 1
    const stop = shape.with(axis, Math.ceil(shape[axis]! / 2))
    const part = this.#b.emit(p.slice, [x], { start: shape.map(() => 0), stop, step: shape.map(() => 1) })
    return this.#b.emit(p.concat, [part, this.#map(x)], { axis })
  }

  #product(x: Value): Value {
    const { shape } = x.type
    const [from, to] = [shape.at(-1)!, 1 + below(this.#random, 9)]
    const weight = this.#b.input(f32(from, to), 'weight')
    const product = this.#b.emit(p.dot, [x, weight], { batch: [], contract: [[shape.length - 1, 0]] })
    return this.#scaled(product, 1 / Math.sqrt(Math.max(1, from)))
  }

  /** The trailing axes as one. */
  #reshaped(x: Value): Value {
    const { shape } = x.type
    if (shape.length <= this.#lead) return this.#map(x)
    return this.#b.emit(p.reshape, [x], { shape: [...shape.slice(0, this.#lead), sizeOf(shape.slice(this.#lead))] })
  }

  #one = (primitive: Primitive<Record<never, never>>, x: Value): Value => this.#b.emit(primitive, [x], {})
  #two = (primitive: Primitive<Record<never, never>>, x: Value, y: Value): Value => this.#b.emit(primitive, [x, y], {})

  #filled = ({ type: { shape } }: Value, value: number): Value =>
    this.#b.emit(p.constant, [], { value, shape, dtype: 'f32' })
  #scaled = (x: Value, by: number): Value => this.#two(p.mul, x, this.#filled(x, by))
  #shifted = (x: Value, by: number): Value => this.#two(p.add, x, this.#filled(x, by))
}
