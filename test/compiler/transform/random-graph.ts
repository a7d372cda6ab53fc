import { Builder } from '../../../compiler/ir/builder.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import { type DType, type Graph, type Params, sizeOf, type Type, type Value } from '../../../compiler/ir/graph.ts'
import type { Dense, Primitive } from '../../../compiler/ir/primitive.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'

/** A source of choices: every graph is a function of its stream of numbers in [0, 1). */
export type Random = () => number

const below = (random: Random, n: number): number => Math.floor(random() * n)
const one = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]!

/**
 * A well-typed graph of about `length` equations over small f32, u32 and bool tensors, with inputs for it. Values stay
 * moderate, and floats are compared only with numbers that no exact result hits, so that rounding cannot change a
 * choice. It is rich in what a simplifier looks for: constants 0 and 1, moves of moves, the same equation twice.
 */
export function randomGraph(random: Random, length: number): { graph: Graph; inputs: Dense[] } {
  const b = new Builder()
  const pool: Value[] = [
    b.input({ shape: [2, 3], dtype: 'f32' }, 'x'),
    b.input({ shape: [3], dtype: 'f32' }, 'y'),
    b.input({ shape: [1, 2], dtype: 'f32' }, 'z'),
    b.input({ shape: [2], dtype: 'u32' }, 'n'),
    b.input({ shape: [], dtype: 'f32' }, 's'),
  ]
  while (b.equations.length < length) {
    const made = one(random, random() < 0.4 ? moves : steps)(b, random, pool)
    // Equations come again now and then, for common subexpressions.
    const last = b.equations.at(-1)
    if (last && random() < 0.15) pool.push(...b.emitAll(last.primitive, last.inputs, last.params))
    if (made && sizeOf(made.type.shape) <= 72) pool.push(made)
  }
  const outputs = Array.from(
    { length: 1 + below(random, 4) },
    () => pool[pool.length - 1 - below(random, Math.min(8, pool.length))]!,
  )
  const graph = b.graph('random', outputs)
  return { graph, inputs: graph.inputs.map(({ type }) => values(random, type)) }
}

/** A graph of `length` moves of elements, each of the result of the one before. */
export function chainOfMoves(random: Random, length: number): { graph: Graph; inputs: Dense[] } {
  const b = new Builder()
  let last = b.input(
    { shape: Array.from({ length: 2 + below(random, 2) }, () => 1 + below(random, 4)), dtype: 'f32' },
    'x',
  )
  for (let k = 0; k < length; k++) {
    const next = one(random, moves)(b, random, [last])
    if (next && sizeOf(next.type.shape) > 0 && sizeOf(next.type.shape) <= 200 && next.type.shape.length < 5) last = next
  }
  const graph = b.graph('moves', [last])
  return { graph, inputs: graph.inputs.map(({ type }) => values(random, type)) }
}

const values = (random: Random, type: Type): Dense =>
  generated(type, () => (type.dtype === 'u32' ? below(random, 2 ** 32) : 2 * random() - 1))

type Step = (b: Builder, random: Random, pool: readonly Value[]) => Value | undefined

/** A value of the pool; often one of the latest, so that equations form chains. */
const pick = (random: Random, pool: readonly Value[], dtypes: readonly DType[]): Value | undefined => {
  const fit = pool.filter(({ type }) => dtypes.includes(type.dtype))
  return fit.length > 0 ? one(random, random() < 0.7 ? fit.slice(-2) : fit) : undefined
}

const anyDtype: readonly DType[] = ['f32', 'u32', 'bool']

/** A step on one value of the pool. */
const on =
  (dtypes: readonly DType[], make: (b: Builder, random: Random, x: Value) => Value | undefined): Step =>
  (b, random, pool) => {
    const x = pick(random, pool, dtypes)
    return x && make(b, random, x)
  }

/** A step on two values of one type; where there is only one, a constant is the other. */
const onTwo =
  (dtypes: readonly DType[], make: (b: Builder, random: Random, x: Value, y: Value) => Value): Step =>
  (b, random, pool) => {
    const x = pick(random, pool, dtypes)
    if (!x) return undefined
    const alike = pool.filter(({ type }) => JSON.stringify(type) === JSON.stringify(x.type))
    const y = random() < 0.7 ? one(random, alike) : splat(b, random, x.type)
    return random() < 0.5 ? make(b, random, x, y) : make(b, random, y, x)
  }

function splat(b: Builder, random: Random, { shape, dtype }: Type): Value {
  const value = dtype === 'f32' ? one(random, [0, 1, -1, 0.5]) : one(random, [0, 1])
  return b.emit(p.constant, [], { value, shape, dtype })
}

const unary = (dtypes: readonly DType[], primitive: Primitive<Record<string, never>>): Step =>
  on(dtypes, (b, _, x) => b.emit(primitive, [x], {}))
const binary = (dtypes: readonly DType[], primitive: Primitive<Record<string, never>>): Step =>
  onTwo(dtypes, (b, _, x, y) => b.emit(primitive, [x, y], {}))

/** tanh(x + y): what grows is brought back. */
const bounded = (primitive: Primitive<Record<string, never>>): Step =>
  onTwo(['f32'], (b, _, x, y) => b.emit(p.tanh, [b.emit(primitive, [x, y], {})], {}))

const moved = <P extends Params>(
  primitive: Primitive<P>,
  params: (random: Random, shape: readonly number[]) => P,
): Step => on(anyDtype, (b, random, x) => b.emit(primitive, [x], params(random, x.type.shape)))

const subset = (random: Random, n: number): number[] =>
  Array.from({ length: n }, (_, k) => k).filter(() => random() < 0.5)

const steps: readonly Step[] = [
  (b, random) => splat(b, random, { shape: one(random, [[], [3], [2, 3]]), dtype: one<DType>(random, ['f32', 'u32']) }),
  (b, random) =>
    b.emit(p.iota, [], { shape: [2, 3], axis: below(random, 2), dtype: one<DType>(random, ['f32', 'u32']) }),
  binary(['f32', 'u32'], p.sub),
  bounded(p.add),
  bounded(p.mul),
  bounded(p.sub),
  binary(['u32'], p.add),
  binary(['u32'], p.mul),
  binary(['u32'], p.bitOr),
  binary(['u32'], p.bitXor),
  binary(['f32', 'u32'], p.maximum),
  binary(['f32', 'u32'], p.minimum),
  binary(['u32', 'bool'], p.bitAnd),
  binary(['bool'], p.bitOr),
  binary(['bool'], p.bitXor),
  binary(['u32', 'bool'], p.equal),
  binary(['u32'], p.lessEqual),
  binary(['u32'], p.div),
  binary(['u32'], p.rem),
  unary(['u32', 'bool'], p.bitNot),
  on(['u32'], (b, random, x) => b.emit(p.shiftLeft, [x, splat(b, random, x.type)], {})),
  unary(['f32'], p.abs),
  unary(['f32'], p.erf),
  unary(['f32'], p.atan),
  unary(['f32'], p.stopGradient),
  on(['f32'], (b, _, x) => b.emit(p.log1p, [b.emit(p.abs, [x], {})], {})),
  on(['f32'], (b, random, x) => b.emit(p.pow, [b.emit(p.sigmoid, [x], {}), splat(b, random, x.type)], {})),
  onTwo(['f32'], (b, _, x, y) => b.emit(p.add, [b.emit(p.neg, [x], {}), y], {})),
  on(['f32'], (b, random, x) => b.emit(p.mul, [x, splat(b, random, x.type)], {})),
  on(['f32'], (b, _, x) =>
    b.emit(p.div, [x, b.emit(p.constant, [], { value: 1, shape: x.type.shape, dtype: 'f32' })], {}),
  ),
  on(['u32'], (b, random, x) => b.emit(p.shiftRight, [x, splat(b, random, x.type)], {})),
  on(['f32'], (b, _, x) =>
    b.emit(p.less, [x, b.emit(p.constant, [], { value: 0.13757, shape: x.type.shape, dtype: 'f32' })], {}),
  ),
  (b, random, pool) => {
    const x = pick(random, pool, ['f32'])
    if (!x) return undefined
    const condition =
      random() < 0.5
        ? b.emit(p.constant, [], { value: below(random, 2), shape: x.type.shape, dtype: 'bool' })
        : b.emit(p.less, [x, b.emit(p.constant, [], { value: 0.2731, shape: x.type.shape, dtype: 'f32' })], {})
    return b.emit(p.select, [condition, x, random() < 0.5 ? x : splat(b, random, x.type)], {})
  },
  unary(['f32'], p.neg),
  unary(['f32'], p.sigmoid),
  unary(['f32'], p.tanh),
  on(['f32', 'u32', 'bool'], (b, _, x) => b.emit(p.cast, [x], { dtype: x.type.dtype })),
  on(['bool'], (b, _, x) => b.emit(p.cast, [x], { dtype: 'f32' })),
  on(['u32'], (b, _, x) => b.emit(p.bitcast, [b.emit(p.bitcast, [x], { dtype: 'i32' })], { dtype: 'u32' })),
  on(['u32'], (b, _, x) => b.emitAll(p.threefry, [x, x, x, x], {})[1]!),
  on(['f32', 'u32'], (b, random, x) => b.emit(p.sum, [x], { axes: subset(random, x.type.shape.length) })),
  on(['f32'], (b, random, x) =>
    sizeOf(x.type.shape) > 0 ? b.emit(p.reduceMax, [x], { axes: subset(random, x.type.shape.length) }) : undefined,
  ),
  onTwo(['f32'], (b, random, x, y) => {
    const contract = subset(random, x.type.shape.length).map((axis): [number, number] => [axis, axis])
    return b.emit(p.tanh, [b.emit(p.dot, [x, y], { batch: [], contract })], {})
  }),
  onTwo(['u32'], (b, random, x, y) => {
    const contract = subset(random, x.type.shape.length).map((axis): [number, number] => [axis, axis])
    return b.emit(p.dot, [x, y], { batch: [], contract })
  }),
  on(['u32'], (b, random, x) => b.emit(p.reduceMax, [x], { axes: subset(random, x.type.shape.length) })),
  // The order of floats could hang on how they are rounded; that of integers cannot.
  on(['u32'], (b, _, x) =>
    x.type.shape.length > 0 ? b.emit(p.cast, [b.emit(p.argsort, [x], {})], { dtype: 'u32' }) : undefined,
  ),
  on(['f32', 'u32'], (b, random, x) => {
    if (x.type.shape.length === 0) return undefined
    const total = b.emit(p.cumsum, [x], { axis: below(random, x.type.shape.length), reverse: random() < 0.5 })
    return x.type.dtype === 'f32' ? b.emit(p.tanh, [total], {}) : total
  }),
  on(['u32'], (b, random, x) => {
    const few = b.emit(p.bitAnd, [x, b.emit(p.constant, [], { value: 3, ...x.type })], {})
    return b.emit(p.oneHot, [few], { size: 1 + below(random, 4), dtype: one<DType>(random, ['f32', 'u32', 'bool']) })
  }),
]

/** Steps that only move elements. */
const moves: readonly Step[] = [
  moved(p.broadcast, (random, shape) => {
    const added = random() < 0.5 ? [1 + below(random, 3)] : []
    const stretched = shape.map((size) => (size === 1 ? 1 + below(random, 2) : size))
    const at = below(random, shape.length + 1)
    return {
      shape: [...stretched.slice(0, at), ...added, ...stretched.slice(at)],
      axes: shape.map((_, axis) => (axis < at ? axis : axis + added.length)),
    }
  }),
  moved(p.reshape, (random, shape) => ({
    shape: one(random, [shape, [sizeOf(shape)], [...shape, 1], shape.filter((size) => size !== 1), shape.toReversed()]),
  })),
  moved(p.transpose, (random, shape) => {
    const order = shape.map((_, axis) => ({ axis, at: random() })).sort((x, y) => x.at - y.at)
    return { permutation: order.map(({ axis }) => axis) }
  }),
  moved(p.slice, (random, shape) => {
    const ranges = shape.map((size) => {
      const start = below(random, size)
      return {
        start,
        stop: start + below(random, size - start + (random() < 0.1 ? 0 : 1)) || size,
        step: 1 + below(random, 2),
      }
    })
    return {
      start: ranges.map(({ start, stop }) => Math.min(start, stop)),
      stop: ranges.map(({ stop }) => stop),
      step: ranges.map(({ step }) => step),
    }
  }),
  moved(p.pad, (random, shape) => ({
    low: shape.map(() => below(random, 2)),
    high: shape.map(() => below(random, 2)),
  })),
  (b, random, pool) => {
    const x = pick(random, pool, anyDtype)
    if (!x || x.type.shape.length === 0) return undefined
    const axis = below(random, x.type.shape.length)
    const alike = pool.filter(({ type }) => JSON.stringify(type) === JSON.stringify(x.type))
    return b.emit(p.concat, [x, one(random, alike), splat(b, random, x.type)].slice(below(random, 3)), { axis })
  },
  on(['f32', 'u32'], (b, random, x) => b.emit(p.sum, [x], { axes: subset(random, x.type.shape.length) })),
  moved(p.flip, (random, shape) => ({ axes: subset(random, shape.length) })),
  (b, random, pool) => {
    const x = pick(random, pool, anyDtype)
    if (!x || x.type.shape.length === 0) return undefined
    const axis = below(random, x.type.shape.length)
    const batch = random() < 0.3 ? axis : 0
    const indices = places(b, random, [...x.type.shape.slice(0, batch), 1 + below(random, 3)], x.type.shape[axis]!)
    return b.emit(p.gather, [x, indices], { axis, batch })
  },
  on(['f32', 'u32'], (b, random, x) => {
    const [axis, size] = [below(random, x.type.shape.length), 1 + below(random, 3)]
    const own = x.type.shape.slice(axis, axis + 1 + below(random, 2))
    return b.emit(p.scatterAdd, [x, places(b, random, own, size)], { axis, batch: 0, size })
  }),
  on(anyDtype, (b, random, x) => {
    const { shape } = x.type
    const fitting = [...shape.keys()].filter((axis) => shape[axis]! > 0)
    if (fitting.length === 0) return undefined
    const axis = one(random, fitting)
    const { width, stride, dilation, count } = windows(random, shape[axis]!)
    const repeated = b.emit(p.broadcast, [x], { shape: [...shape, width], axes: [...shape.keys()] })
    return b.emit(p.skew, [repeated], { axis, at: shape.length, stride, dilation, size: count })
  }),
  on(anyDtype, (b, random, x) => {
    const { shape } = x.type
    if (shape.length < 2) return undefined
    const axis = below(random, shape.length)
    const at = (axis + 1 + below(random, shape.length - 1)) % shape.length
    const [stride, dilation] = [1 + below(random, 2), 1 + below(random, 2)]
    const least = Math.max(0, shape[axis]! - 1) * stride + Math.max(0, shape[at]! - 1) * dilation + 1
    return b.emit(p.unskew, [x], { axis, at, stride, dilation, size: least + below(random, 2) })
  }),
]

/** Indices along an axis of a size, some of them out of range. */
const places = (b: Builder, random: Random, shape: readonly number[], size: number): Value =>
  b.emit(p.literal, [], {
    values: Array.from({ length: sizeOf(shape) }, () => below(random, size + 2) - 1),
    shape,
    dtype: 'i32',
  })

/** Windows that fit into some elements. */
function windows(random: Random, size: number) {
  const [stride, dilation] = [1 + below(random, 2), 1 + below(random, 2)]
  const width = 1 + below(random, Math.min(3, 1 + Math.floor((size - 1) / dilation)))
  return { width, stride, dilation, count: 1 + Math.floor((size - 1 - (width - 1) * dilation) / stride) }
}
