import fc from 'fast-check'
import { Builder } from '../../../compiler/ir/builder.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import { type DType, type Graph, type Params, sizeOf, type Type } from '../../../compiler/ir/graph.ts'
import type { Dense, Primitive } from '../../../compiler/ir/primitive.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { uniforms } from '../random.ts'

/** One application of a primitive: well typed, with values at which it is smooth where it is a float function. */
export interface Case {
  readonly primitive: Primitive
  readonly params: Params
  readonly inputs: readonly Dense[]
}

/** What a primitive is tried on: params and input types that fit, and for each input the values it may have. */
interface Recipe {
  readonly params: Params
  readonly types: readonly Type[]
  readonly values?: readonly Values[]
}
/** Element k of n from a number in [0, 1). */
type Values = (u: number, k: number, n: number) => number

const anywhere: Values = (u) => 4 * u - 2
const positive: Values = (u) => 0.2 + 3 * u
const awayFromZero: Values = (u) => (u < 0.5 ? -0.5 - u : u)
/** Distinct, and at least 0.005 apart. */
const distinct: Values = (u, k, n) => (((k * 7919) % (n || 1)) + u / 2) * 0.01 - 1
/** Distinct, too, and at least 0.001 from those: differences would see both sides of where two are equal. */
const between: Values = (u, k, n) => ((((k + 3) * 7919) % (n + 7)) + 0.6 + 0.3 * u) * 0.01 - 1
const integers: Values = (u) => Math.floor(u * 2 ** 32)
/** Away from whole numbers and from halves. */
const inCell: Values = (u) => Math.floor(20 * u - 10) / 2 + 0.1 + 0.3 * ((20 * u) % 1)
const inside: Values = (u) => 1.8 * u - 0.9
/** So few that equal ones are usual. */
const few: Values = (u) => Math.floor(2 * u)
const signed: Values = (u) => Math.floor(u * 2 ** 32) - 2 ** 31
const small: Values = (u) => Math.floor(u * 32)
const bools: Values = (u) => Number(u < 0.5)
const usual = (dtype: DType): Values =>
  ({ f32: anywhere, f16: anywhere, u32: integers, i32: signed, bool: bools })[dtype]

export const shapes = (minRank = 0): fc.Arbitrary<number[]> =>
  fc.array(
    fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 12, arbitrary: fc.integer({ min: 1, max: 3 }) }),
    {
      minLength: minRank,
      maxLength: 5,
    },
  )

const type = (shape: readonly number[], dtype: DType = 'f32'): Type => ({ shape, dtype })

const elementwise = (inputs: number, values?: Values, dtypes: readonly DType[] = ['f32']): fc.Arbitrary<Recipe> =>
  fc.tuple(shapes(), fc.constantFrom(...dtypes)).map(([shape, dtype]) => {
    const types = Array.from({ length: inputs }, () => type(shape, dtype))
    return { params: {}, types, ...(values && { values: types.map(() => values) }) }
  })

/**
 * A quotient away from whole numbers in f32, where the remainder jumps; any integers, zeros and -1 often among the
 * divisors.
 */
const divisions: fc.Arbitrary<Recipe> = fc.oneof(
  elementwise(2, undefined, ['f32']).map((recipe) => ({
    ...recipe,
    values: [(u: number, k: number) => (Math.floor(9 * u) - 4.3) * divisor(k), (_: number, k: number) => divisor(k)],
  })),
  elementwise(2, undefined, ['u32', 'i32']).map((recipe) => ({
    ...recipe,
    values: [
      usual(recipe.types[0]!.dtype),
      (u: number) => Math.floor(u * 7) - (recipe.types[0]!.dtype === 'u32' ? 0 : 3),
    ],
  })),
)
/** 0.7 .. 1.4 and its negative. */
const divisor = (k: number): number => (0.7 + 0.1 * (k % 8)) * (k % 2 === 0 ? 1 : -1)

const extremes: fc.Arbitrary<Recipe> = fc.oneof(
  elementwise(2).map((recipe) => ({
    ...recipe,
    values: [distinct, between],
  })),
  elementwise(2, undefined, ['u32', 'i32']),
)

const shifts: fc.Arbitrary<Recipe> = elementwise(2, undefined, ['u32', 'i32']).map((recipe) => ({
  ...recipe,
  values: [usual(recipe.types[0]!.dtype), small],
}))

const perAxis = <T>(shape: readonly number[], of: (size: number) => fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.tuple(...shape.map(of))

const slices: fc.Arbitrary<Recipe> = shapes().chain((shape) =>
  perAxis(shape, (size) =>
    fc.tuple(fc.integer({ min: 0, max: size }), fc.integer({ min: 0, max: size }), fc.integer({ min: 1, max: 3 })),
  ).map((ranges) => ({
    params: {
      start: ranges.map(([a, b]) => Math.min(a, b)),
      stop: ranges.map(([a, b]) => Math.max(a, b)),
      step: ranges.map(([, , step]) => step),
    },
    types: [type(shape)],
  })),
)

const broadcasts: fc.Arbitrary<Recipe> = shapes().chain((shape) =>
  perAxis(shape, () => fc.constantFrom('kept', 'stretched', 'new')).map((how) => {
    const axes = [...shape.keys()].filter((axis) => how[axis] !== 'new')
    return {
      params: { shape, axes },
      types: [type(axes.map((axis) => (how[axis] === 'stretched' ? 1 : shape[axis]!)))],
    }
  }),
)

/** Two shapes with the same elements: axes split, joined, and sizes of 1 strewn in. */
const reshapes: fc.Arbitrary<Recipe> = fc
  .array(fc.tuple(fc.array(fc.constantFrom(1, 2, 2, 3, 4, 6), { maxLength: 3 }), fc.boolean(), fc.boolean()), {
    maxLength: 3,
  })
  .chain((blocks) => {
    const side = (k: 1 | 2) => blocks.flatMap((block) => (block[k] ? block[0].toReversed() : [sizeOf(block[0])]))
    return fc.constantFrom({ params: { shape: side(2) }, types: [type(side(1))] })
  })
  .filter(({ types }) => sizeOf(types[0]!.shape) <= 200)

const reductions = (values: Values): fc.Arbitrary<Recipe> =>
  shapes().chain((shape) =>
    fc.subarray([...shape.keys()]).map((axes) => ({ params: { axes }, types: [type(shape)], values: [values] })),
  )

const dots: fc.Arbitrary<Recipe> = fc
  .record({
    batch: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }),
    contract: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
    a: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
    b: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
    seed: fc.integer(),
  })
  .map(({ batch, contract, a, b, seed }) => {
    const random = uniforms(seed)
    // Each operand's axes in an order of its own.
    const side = (free: readonly number[]) => {
      const axes = [...batch, ...contract, ...free].map((size, role) => ({ size, role, at: random() }))
      const order = axes.toSorted((x, y) => x.at - y.at)
      const shape = order.map((axis) => axis.size)
      return { shape, place: (role: number) => order.findIndex((axis) => axis.role === role) }
    }
    const [x, y] = [side(a), side(b)]
    const pair = (role: number): [number, number] => [x.place(role), y.place(role)]
    return {
      params: { batch: batch.map((_, k) => pair(k)), contract: contract.map((_, k) => pair(batch.length + k)) },
      types: [type(x.shape), type(y.shape)],
    }
  })

const concats: fc.Arbitrary<Recipe> = shapes(1).chain((shape) =>
  fc
    .tuple(fc.nat(shape.length - 1), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }))
    .map(([axis, sizes]) => ({ params: { axis }, types: sizes.map((size) => type(shape.with(axis, size))) })),
)

const pads: fc.Arbitrary<Recipe> = shapes().chain((shape) =>
  fc
    .tuple(
      perAxis(shape, () => fc.nat(2)),
      perAxis(shape, () => fc.nat(2)),
    )
    .map(([low, high]) => ({
      params: { low, high },
      types: [type(shape)],
    })),
)

const casts: fc.Arbitrary<Recipe> = fc
  .tuple(
    shapes(),
    fc.constantFrom<DType[]>('f32', 'u32', 'i32', 'bool'),
    fc.constantFrom<DType[]>('f32', 'u32', 'i32', 'bool'),
  )
  .map(([shape, from, to]) => ({ params: { dtype: to }, types: [type(shape, from)] }))

/**
 * An array and indices into it, or updates and where they go: shared axes, axes before and after the indexed one, and
 * those of the indices. Some indices are out of range.
 */
const indexed = (scatter: boolean): fc.Arbitrary<Recipe> =>
  fc
    .record({
      batch: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }),
      pre: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 1 }),
      size: fc.integer({ min: 0, max: 4 }),
      own: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
      post: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 1 }),
      dtype: fc.constantFrom<DType[]>('f32', 'f32', 'i32', 'u32', ...(scatter ? [] : (['bool'] as const))),
      index: fc.constantFrom<DType[]>('i32', 'u32'),
    })
    .map(({ batch, pre, size, own, post, dtype, index }) => {
      const params = { axis: batch.length + pre.length, batch: batch.length }
      const whole = [...batch, ...pre, ...(scatter ? own : [size]), ...post]
      const anyPlace: Values = (u) => Math.floor(u * (size + 2)) - 1
      const place: Values = index === 'u32' ? (u, k, n) => anyPlace(u, k, n) >>> 0 : anyPlace
      return {
        params: scatter ? { ...params, size } : params,
        types: [type(whole, dtype), type([...batch, ...own], index)],
        values: [usual(dtype), place],
      }
    })

/** Windows that fit: `skew` takes them, `unskew` puts them back. */
const windows = (back: boolean): fc.Arbitrary<Recipe> =>
  fc
    .record({
      shape: shapes(2).filter((shape) => shape.length < 4),
      axes: fc.shuffledSubarray([0, 1], { minLength: 2 }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      count: fc.nat(3),
      more: fc.nat(2),
    })
    .map(({ shape, axes: [axis, at], stride, dilation, count, more }) => {
      const width = shape[at!]!
      const outer = (count > 0 && width > 0 ? (count - 1) * stride + (width - 1) * dilation + 1 : 0) + more
      const params = { axis: axis!, at: at!, stride, dilation, size: back ? outer : count }
      return { params, types: [type(shape.with(axis!, back ? count : outer))] }
    })

/** Few numbers, so that many are equal; among floats also NaN and both zeros. */
const sortable = (dtype: DType): Values =>
  dtype === 'f32'
    ? (u) => [Number.NaN, -0, 0, -1.5, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-3][Math.floor(8 * u)]!
    : dtype === 'u32'
      ? (u) => [0, 1, 2 ** 31, 2 ** 32 - 1][Math.floor(4 * u)]!
      : (u) => [0, 1, -(2 ** 31), 2 ** 31 - 1, -1][Math.floor(5 * u)]!

const sorts: fc.Arbitrary<Recipe> = fc
  .tuple(shapes(1), fc.nat(9), fc.constantFrom<DType[]>('f32', 'f32', 'i32', 'u32'))
  .map(([shape, last, dtype]) => ({
    params: {},
    types: [type(shape.with(-1, shape.at(-1) === 0 ? 0 : last), dtype)],
    values: [sortable(dtype)],
  }))

const runningSums: fc.Arbitrary<Recipe> = fc
  .tuple(shapes(1), fc.nat(3), fc.boolean(), fc.constantFrom<DType[]>('f32', 'f32', 'i32', 'u32'))
  .map(([shape, axis, reverse, dtype]) => ({
    params: { axis: axis % shape.length, reverse },
    types: [type(shape, dtype)],
  }))

const literals: fc.Arbitrary<Recipe> = fc
  .tuple(shapes(), fc.constantFrom<DType[]>('f32', 'i32', 'u32', 'bool'), fc.integer())
  .filter(([shape]) => sizeOf(shape) <= 64)
  .map(([shape, dtype, seed]) => {
    const random = uniforms(seed)
    const values = Array.from({ length: sizeOf(shape) }, (_, k) => usual(dtype)(random(), k, sizeOf(shape)))
    return { params: { values, shape, dtype }, types: [] }
  })

/** Inputs in integers too, for what else is tried in floats. */
const alsoIntegers = (floats: fc.Arbitrary<Recipe>): fc.Arbitrary<Recipe> =>
  fc
    .tuple(floats, fc.constantFrom<DType[]>('f32', 'f32', 'i32', 'u32'))
    .map(([recipe, dtype]) =>
      dtype === 'f32' ? recipe : { params: recipe.params, types: recipe.types.map(({ shape }) => type(shape, dtype)) },
    )

/** For every primitive, under its name: what it is tried on. */
const recipes: { readonly [name in keyof typeof p]: fc.Arbitrary<Recipe> } = {
  neg: elementwise(1, undefined, ['f32', 'i32']),
  exp: elementwise(1),
  log: elementwise(1, positive),
  sqrt: elementwise(1, positive),
  sin: elementwise(1),
  cos: elementwise(1),
  tanh: elementwise(1),
  sigmoid: elementwise(1),
  expm1: elementwise(1),
  erfInv: elementwise(1, (u) => 1.9 * u - 0.95),
  add: elementwise(2, undefined, ['f32', 'f32', 'u32', 'i32']),
  sub: elementwise(2, undefined, ['f32', 'f32', 'u32', 'i32']),
  mul: elementwise(2, undefined, ['f32', 'f32', 'u32', 'i32']),
  div: divisions,
  rem: divisions,
  maximum: extremes,
  minimum: extremes,
  less: elementwise(2, undefined, ['f32', 'u32', 'i32']),
  lessEqual: elementwise(2, few, ['f32', 'u32', 'i32']),
  equal: elementwise(2, few, ['f32', 'u32', 'i32', 'bool']),
  bitAnd: elementwise(2, undefined, ['u32', 'i32', 'bool']),
  bitOr: elementwise(2, undefined, ['u32', 'i32', 'bool']),
  bitXor: elementwise(2, undefined, ['u32', 'i32', 'bool']),
  bitNot: elementwise(1, undefined, ['u32', 'i32', 'bool']),
  shiftLeft: shifts,
  shiftRight: shifts,
  pow: elementwise(2).map((recipe) => ({ ...recipe, values: [positive, anywhere] })),
  abs: elementwise(1, undefined, ['f32', 'i32']).map((recipe) =>
    recipe.types[0]!.dtype === 'f32' ? { ...recipe, values: [awayFromZero] } : recipe,
  ),
  floor: elementwise(1, inCell),
  round: elementwise(1, inCell),
  log1p: elementwise(1, (u) => 3 * u - 0.8),
  erf: elementwise(1),
  tan: elementwise(1, (u) => 2.6 * u - 1.3),
  asin: elementwise(1, inside),
  acos: elementwise(1, inside),
  atan: elementwise(1),
  atan2: elementwise(2, awayFromZero),
  stopGradient: elementwise(1, undefined, ['f32', 'u32', 'i32', 'bool']),
  select: fc.tuple(shapes(), fc.constantFrom<DType[]>('f32', 'f32', 'u32', 'bool')).map(([shape, dtype]) => ({
    params: {},
    types: [type(shape, 'bool'), type(shape, dtype), type(shape, dtype)],
  })),
  cast: casts,
  bitcast: casts.filter(({ params, types }) => params.dtype !== 'bool' && types[0]!.dtype !== 'bool'),
  threefry: elementwise(4, integers, ['u32']),
  constant: fc
    .tuple(shapes(), fc.constantFrom<[DType, number][]>(['f32', 0.1], ['i32', -3], ['u32', 4e9], ['bool', 1]))
    .map(([shape, [dtype, value]]) => ({ params: { value, shape, dtype }, types: [] })),
  iota: fc
    .tuple(shapes(1), fc.nat(3), fc.constantFrom<DType[]>('f32', 'i32', 'u32'))
    .map(([shape, axis, dtype]) => ({ params: { shape, axis: axis % shape.length, dtype }, types: [] })),
  broadcast: broadcasts,
  reshape: reshapes,
  transpose: shapes().chain((shape) =>
    fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }).map((permutation) => ({
      params: { permutation },
      types: [type(shape)],
    })),
  ),
  slice: slices,
  pad: pads,
  concat: concats,
  sum: alsoIntegers(reductions(anywhere)),
  reduceMax: alsoIntegers(reductions(distinct)),
  dot: alsoIntegers(dots),
  gather: indexed(false),
  scatterAdd: indexed(true),
  oneHot: fc
    .tuple(shapes(), fc.nat(4), fc.constantFrom<DType[]>('f32', 'i32', 'u32', 'bool'), fc.boolean())
    .map(([shape, size, dtype, unsigned]) => ({
      params: { size, dtype },
      types: [type(shape, unsigned ? 'u32' : 'i32')],
      values: [(u: number) => (unsigned ? (Math.floor(u * (size + 2)) - 1) >>> 0 : Math.floor(u * (size + 2)) - 1)],
    })),
  flip: shapes().chain((shape) =>
    fc.subarray([...shape.keys()]).map((axes) => ({ params: { axes }, types: [type(shape)] })),
  ),
  skew: windows(false),
  unskew: windows(true),
  argsort: sorts,
  cumsum: runningSums,
  literal: literals,
}

export type Name = keyof typeof p
export const names = Object.keys(recipes) as Name[]

const records: ReadonlyMap<string, unknown> = new Map(Object.entries(p))
export const primitiveOf = (name: Name): Primitive => records.get(name) as Primitive

/** Applications of one primitive. */
export const cases = (name: Name): fc.Arbitrary<Case> =>
  fc.tuple(recipes[name], fc.integer()).map(([{ params, types, values }, seed]) => {
    const random = uniforms(seed)
    const inputs = types.map((of, i) => {
      const value = values?.[i] ?? usual(of.dtype)
      return generated(of, (k) => value(random(), k, sizeOf(of.shape)))
    })
    return { primitive: primitiveOf(name), params, inputs }
  })

/** The graph of one application. */
export function graphOf({ primitive, params, inputs }: Case): Graph {
  const b = new Builder()
  const args = inputs.map(({ shape, dtype }, i) => b.input({ shape, dtype }, `x${i}`))
  return b.graph(primitive.name, b.emitAll(primitive, args, params))
}
