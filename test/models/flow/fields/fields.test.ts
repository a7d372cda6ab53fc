import { describe, expect, test } from 'vitest'
import {
  type AnyProgram,
  concat,
  type Dim,
  f32,
  i32,
  jvp,
  program,
  type Specs,
  type Tensor,
  type Tensors,
  traceProgram,
  valueAndGrad,
} from '../../../../dsl/index.ts'
import {
  type Conditioning,
  mlpField,
  simpleMlpAdaLN,
  transformerField,
  type VelocityField,
} from '../../../../models/index.ts'
import { complaintOf } from './complaint-of.ts'
import { parameterCount } from './parameter-count.ts'

const field = simpleMlpAdaLN(2, { width: 4, blocks: 1 })
const ofFeatures = simpleMlpAdaLN(2, { width: 4, blocks: 1, condition: { features: 3 } })
const ofClasses = simpleMlpAdaLN(2, { width: 4, blocks: 1, condition: { classes: 3 } })

/** As losses and solvers are written, of any field. */
const matching = <N extends Dim, D extends Dim, P extends Specs, C extends Conditioning | undefined>(
  field: VelocityField<D, P, C>,
  params: Tensors<P>,
  y: Tensor<[N, D]>,
  x0: Tensor<[N, D]>,
  t: Tensor<[N]>,
): Tensor<[]> => {
  const xt = x0.lerp(y, t.expand(1))
  const square = field.apply(params, xt, t).sub(y.sub(x0)).square()
  return (square.sum(1 as never) as Tensor<[N]>).mean()
}

const traced = (of: unknown, sizes = {}) => traceProgram(of as AnyProgram, sizes)

test('it has the parameters of the public networks', () => {
  expect(parameterCount(simpleMlpAdaLN(2, { width: 512, blocks: 4 }).params)).toBe(6_179_330)
  expect(parameterCount(simpleMlpAdaLN(32, { width: 1024, blocks: 6 }).params)).toBe(34_978_848)
})

describe('types are inferred', () => {
  test('of named and of literal rows, of several rows together, and of code that is generic', () => {
    const named = program({ params: field.params, x: f32('n', 2), t: f32('n') }, ({ params, x, t }) => {
      const v: Tensor<['n', 2]> = field.apply(params, x, t)
      const [loss, gradient] = valueAndGrad((p: typeof params) => matching(field, p, v, x, t))(params)
      const both: Tensor<['n+n', 2]> = field.apply(params, concat([x, v]), concat([t, t]))
      const along: Tensor<['n', 2]> = jvp((x: Tensor<['n', 2]>) => field.apply(params, x, t), [x], [v])[1]
      return { loss, bias: gradient.input_proj.bias, both, along }
    })
    expect(traced(named, { n: 5 }).graph.outputs.map(({ type }) => type.shape)).toEqual([[], [4], [10, 2], [5, 2]])
    const literal = program({ params: field.params, x: f32(3, 2), t: f32(3) }, ({ params, x, t }) => {
      const v: Tensor<[3, 2]> = field.apply(params, x, t)
      return v
    })
    expect(traced(literal).graph.outputs.map(({ type }) => type.shape)).toEqual([[3, 2]])
  })

  test('of tokens', () => {
    const field = transformerField(3, 2, { width: 4, heads: 2, blocks: 1 })
    const dimension: 6 = field.dimension
    const of = program({ params: field.params, x: f32('n', 6), t: f32('n') }, ({ params, x, t }) => {
      const v: Tensor<['n', 6]> = field.apply(params, x, t)
      const both: Tensor<['n+n', 6]> = field.apply(params, concat([x, v]), concat([t, t]))
      return both
    })
    expect(dimension).toBe(6)
    expect(traced(of, { n: 4 }).graph.outputs.map(({ type }) => type.shape)).toEqual([[8, 6]])
  })
})

// biome-ignore format: a mistake must stand on the line below its comment
test('what does not fit is refused by the types, and by tracing', () => {
  const specs = { params: field.params, features: ofFeatures.params, classes: ofClasses.params, x: f32('n', 2), wide: f32('n', 3), t: f32('n'), m: f32('m'), ids: i32('n') }
  const complaint = (wrong: (given: Tensors<typeof specs>) => unknown): string =>
    complaintOf(() => traced(program(specs, wrong as never), { n: 3, m: 4 }))
  // @ts-expect-error
  expect(complaint(({ params, wide, t }) => field.apply(params, wide, t))).toBe('shape error: simpleMlpAdaLN: x is [n, 3], needs [N, 2]')
  // @ts-expect-error
  expect(complaint(({ params, x, m }) => field.apply(params, x, m))).toBe('shape error: simpleMlpAdaLN: t is [m], needs [n]')
  // @ts-expect-error
  expect(complaint(({ params, x, ids }) => field.apply(params, x, ids))).toBe('dtype error: simpleMlpAdaLN: t is i32, needs f32')
  // @ts-expect-error
  expect(complaint(({ params, x }) => field.apply(params, x))).toBe('type error: simpleMlpAdaLN: t is not a tensor [n] of f32')
  // @ts-expect-error
  expect(complaint(({ params, x, t, ids }) => field.apply(params, x, t, ids))).toBe('type error: simpleMlpAdaLN: this field takes no condition; make it with { condition }')
  // @ts-expect-error
  expect(complaint(({ features, x, t }) => ofFeatures.apply(features, x, t, x))).toBe('shape error: simpleMlpAdaLN: the condition is [n, 2], needs [n, 3]')
  // @ts-expect-error
  expect(complaint(({ classes, x, t }) => ofClasses.apply(classes, x, t, t))).toBe('dtype error: simpleMlpAdaLN: the condition is f32, needs i32')
  // @ts-expect-error
  expect(complaint(({ params, x, t }) => ofClasses.apply(params, x, t))).toBe('type error: params.cond_embed is missing')
})

test('what is no size or no option is said', () => {
  const complaint = (make: () => unknown) => complaintOf(make)
  const ok = { width: 4, blocks: 1 }
  expect(complaint(() => simpleMlpAdaLN(0, ok))).toBe(
    'type error: simpleMlpAdaLN: dimension is 0, needs a whole number of at least 1',
  )
  expect(complaint(() => simpleMlpAdaLN(2, { ...ok, width: 1.5 }))).toBe(
    'type error: simpleMlpAdaLN: width is 1.5, needs a whole number of at least 1',
  )
  expect(complaint(() => simpleMlpAdaLN(2, { ...ok, blocks: -1 }))).toBe(
    'type error: simpleMlpAdaLN: blocks is -1, needs a whole number of at least 0',
  )
  expect(complaint(() => simpleMlpAdaLN(2, { ...ok, timeScale: 0 }))).toBe(
    'type error: simpleMlpAdaLN: timeScale is 0, needs a number above 0',
  )
  expect(complaint(() => simpleMlpAdaLN(2, { ...ok, condition: {} as never }))).toBe(
    'type error: simpleMlpAdaLN: condition is an object, needs { features: 5 } or { classes: 10 }',
  )
  expect(complaint(() => simpleMlpAdaLN(2, { ...ok, condition: { classes: 0 } }))).toBe(
    'type error: simpleMlpAdaLN: condition.classes is 0, needs a whole number of at least 1',
  )
  expect(complaint(() => simpleMlpAdaLN(2, { ...ok, depth: 1 } as never))).toMatch(
    /^type error: simpleMlpAdaLN: there is no option 'depth'/,
  )
  expect(complaint(() => mlpField(2, { widths: [] as never }))).toBe(
    'type error: mlpField: there are no widths; write one or more',
  )
  expect(complaint(() => mlpField(2, { widths: [4, 0] }))).toBe(
    'type error: mlpField: widths[1] is 0, needs a whole number of at least 1',
  )
  expect(complaint(() => mlpField(2, { widths: [4], activation: 'relu' as never }))).toBe(
    "type error: mlpField: the activation is 'relu', needs a layer",
  )
  expect(complaint(() => mlpField(2, { widths: [4], timeFeatures: 0.5 }))).toBe(
    'type error: mlpField: timeFeatures is 0.5, needs a whole number of at least 0',
  )
  expect(complaint(() => transformerField(3, 2, { ...ok, heads: 3 }))).toMatch(/^shape error: multiHeadAttention: /)
  expect(complaint(() => transformerField(0, 2, { ...ok, heads: 2 }))).toBe(
    'type error: transformerField: tokens is 0, needs a whole number of at least 1',
  )
})
