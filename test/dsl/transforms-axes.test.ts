import { describe, expect, test } from 'vitest'
import { type AnyTensor, f32, grad, jvp, map, program, type Shape, type Tensor, vmap } from '../../dsl/index.ts'
import * as fc from '../fc.ts'
import { times } from '../full.ts'
import { closeTo, numbers, runBody, tracing } from './run.ts'

type Wide = Tensor<number[]>
const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** Row-major elements with an axis moved: a direct loop over indices. */
function moveAxis(elements: readonly number[], shape: readonly number[], from: number, to: number): number[] {
  const order = shape.map((_, axis) => axis)
  const [axis] = order.splice(from, 1)
  order.splice(to, 0, axis!)
  const moved = order.map((axis) => shape[axis]!)
  return Array.from({ length: elements.length }, (_, place) => {
    const index = new Array<number>(shape.length)
    let rest = place
    for (let k = moved.length - 1; k >= 0; k--) {
      index[order[k]!] = rest % moved[k]!
      rest = Math.floor(rest / moved[k]!)
    }
    return elements[index.reduce((at, i, k) => at * shape[k]! + i, 0)]!
  })
}

/** A shape, and one of its axes by both of its names. */
const mappedShape = fc
  .array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 })
  .chain((shape) =>
    fc.tuple(fc.constant(shape), fc.integer({ min: -shape.length, max: shape.length - 1 }), fc.integer({ min: 0 })),
  )

describe('vmap over any axis', () => {
  test('is the loop over that axis, and puts the results where it is told', () => {
    fc.assert(
      fc.property(mappedShape, fc.integer(), ([shape, axis, out], seed) => {
        const front = axis < 0 ? axis + shape.length : axis
        const part = shape.toSpliced(front, 1)
        const to = out % shape.length
        const outAxis = seed % 2 === 0 ? to : to - shape.length
        const x = numbers(sizeOf(shape), seed)
        const w = numbers(sizeOf(part), seed + 1)
        const f = (x: Wide, w: Wide) => ({ y: x.mul(w).add(x.square()), total: x.sum() })
        const mapped = vmap(f as (x: Wide, w: Wide) => { y: AnyTensor; total: AnyTensor }, {
          inAxes: [axis, null],
          outAxes: { y: outAxis, total: 0 } as never,
        })
        const found = runBody({ x: f32(...shape), w: f32(...part) }, ({ x, w }) => mapped(x as never, w as never), {
          x,
          w,
        }) as { y: number[]; total: number[] }

        const rows = moveAxis(x, shape, front, 0)
        const size = w.length
        const expected = Array.from({ length: shape[front]! }, (_, i) => rows.slice(i * size, (i + 1) * size))
        const stacked = expected.flatMap((row) => row.map((e, k) => e * w[k]! + e * e))
        closeTo(found.y, moveAxis(stacked, [shape[front]!, ...part], 0, to), 1e-14)
        closeTo(
          found.total,
          expected.map((row) => row.reduce((a, b) => a + b, 0)),
          1e-13,
        )
      }),
      { numRuns: 60 * times },
    )
  })

  test('a number is for all arguments, and axes may differ from one to the next', () => {
    const specs = { a: f32(2, 'n'), b: f32('n', 2) }
    const inputs = { a: [1, 2, 3, 4, 5, 6], b: numbers(6) }
    const dot = (x: Tensor<[2]>, y: Tensor<[2]>) => x.mul(y).sum()
    const both = ({ a, b }: { a: Tensor<[2, 'n']>; b: Tensor<['n', 2]> }) => [
      vmap(dot, { inAxes: 1 })(a, a),
      vmap(dot, { inAxes: [-1, 0] })(a, b),
    ]
    const pairs = [0, 1, 2].map((i) => [inputs.a[i]!, inputs.a[3 + i]!] as const)
    const expected = [
      pairs.map(([p, q]) => p * p + q * q),
      pairs.map(([p, q], i) => p * inputs.b[2 * i]! + q * inputs.b[2 * i + 1]!),
    ]
    closeTo(runBody(specs, both, inputs, { n: 3 }), expected, 1e-14)
  })

  test('nests over two axes at once', () => {
    const shift = (x: Tensor<[]>, y: Tensor<[]>) => x.sub(y)
    const outer = vmap(vmap(shift, { inAxes: [null, 0], outAxes: 0 }), { inAxes: [0, null], outAxes: 1 })
    const found = runBody({ x: f32(2), y: f32(3) }, ({ x, y }) => outer(x, y), { x: [10, 20], y: [1, 2, 3] })
    expect(found).toEqual([9, 19, 8, 18, 7, 17])
  })

  test('of a program takes a record of axes, and its names stand for the dims of the parts', () => {
    const line = program({ w: f32('d'), x: f32('m', 'd') }, ({ w, x }) => ({ y: x.mul(w).sum(1), w }))
    const body = ({ w, x }: { w: Tensor<[2]>; x: Tensor<[3, 2, 'n']> }) =>
      vmap(line, { inAxes: { w: null, x: 2 }, outAxes: { y: 1, w: null } })({ w, x })
    const inputs = { w: [2, -1], x: numbers(12) }
    const expected = [0, 1, 2].flatMap((m) =>
      [0, 1].map((n) => [0, 1].reduce((sum, d) => sum + inputs.w[d]! * inputs.x[4 * m + 2 * d + n]!, 0)),
    )
    const specs = { w: f32(2), x: f32(3, 2, 'n') }
    closeTo(runBody(specs, body, inputs, { n: 2 }), { y: expected, w: inputs.w }, 1e-14)
    const { outputs } = tracing(specs, body, { n: 2 })
    expect(outputs).toMatchObject({ y: { dims: [3, 'n'] }, w: { dims: [2] } })
  })

  test('gives once what is the same for all parts, where outAxes is null', () => {
    const body = ({ x, c }: { x: Tensor<['n', 2]>; c: Tensor<[2]> }) =>
      vmap((x: Tensor<[2]>) => ({ x, c: c.mul(2) }), { outAxes: { c: null } })(x)
    const found = runBody({ x: f32('n', 2), c: f32(2) }, body, { x: [1, 2, 3, 4], c: [5, 6] }, { n: 2 })
    expect(found).toEqual({ x: [1, 2, 3, 4], c: [10, 12] })
    expect(() =>
      tracing({ x: f32('n', 2) }, ({ x }) => vmap((x: Tensor<[2]>) => x, { outAxes: null })(x), { n: 2 }),
    ).toThrow('type error: vmap: the result depends on the mapped axis; give it a place in outAxes')
  })

  test('is differentiated forward and backward', () => {
    const f = (x: Tensor<[2]>) => x.exp().mul(x.sum())
    const columns = vmap(f, { inAxes: 1, outAxes: 1 })
    const body = ({ x, v }: { x: Tensor<[2, 3]>; v: Tensor<[2, 3]> }) => ({
      loop: map((x, v) => jvp(f, [x], [v])[1], x.transpose(), v.transpose()).transpose(),
      forward: jvp(columns, [x], [v])[1],
      reverse: grad((x: Tensor<[2, 3]>) => columns(x).mul(v).sum())(x),
      each: vmap((x: Tensor<[2]>, v: Tensor<[2]>) => grad((x: Tensor<[2]>) => f(x).mul(v).sum())(x), {
        inAxes: -1,
        outAxes: -1,
      })(x, v),
    })
    const inputs = { x: numbers(6, 3), v: numbers(6, 4) }
    const { loop, forward, reverse, each } = runBody({ x: f32(2, 3), v: f32(2, 3) }, body, inputs) as {
      [name: string]: number[]
    }
    closeTo(forward, loop, 1e-14)
    closeTo(reverse, each, 1e-14)
    // The transpose of a linear map: <v, J v> is the same both ways.
    const dot = (a: readonly number[]) => a.reduce((sum, e, i) => sum + e * inputs.v[i]!, 0)
    closeTo(dot(forward!), dot(reverse!), 1e-13)
  })

  test('says where there is no such axis', () => {
    const same = (x: Tensor<Shape>) => x
    const specs = { x: f32('n', 2), s: f32() }
    const wrong = (body: (given: { x: Tensor<Shape>; s: Tensor<Shape> }) => unknown) => () =>
      tracing(specs, body as never, { n: 4 })
    expect(wrong(({ x }) => vmap(same, { inAxes: -3 })(x))).toThrow(
      'shape error: vmap: argument 0: axis -3 is out of range for [n, 2]',
    )
    expect(wrong(({ x }) => vmap(same, { inAxes: 0.5 })(x))).toThrow('axis 0.5 is out of range for [n, 2]')
    expect(wrong(({ x, s }) => map((x, _) => x, x, s))).toThrow(
      'shape error: map: argument 1 is [] and has no axis to map',
    )
    const record = (p: { x: Tensor<Shape> }) => p
    expect(wrong(({ x }) => vmap(record, { outAxes: { x: 2 } })({ x }))).toThrow(
      'shape error: vmap: the result.x: axis 2 is out of range for [2]',
    )
    expect(wrong(({ x }) => vmap(same, { inAxes: [{ y: 0 }] })(x as never))).toThrow(
      'type error: vmap: argument 0 is one tensor and its axes are a record',
    )
  })
})
