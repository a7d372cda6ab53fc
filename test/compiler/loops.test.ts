import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simplify } from '../../compiler/transform/simplify.ts'
import {
  type AnyProgram,
  type Checkpoint,
  checkpoint,
  cond,
  f32,
  foriLoop,
  full,
  grad,
  i32,
  key,
  normal,
  program,
  scan,
  split,
  type Tensor,
  type Tensors,
  traceProgram,
  valueAndGrad,
  vmap,
  whileLoop,
  zeros,
} from '../../dsl/index.ts'
import { openCpu } from '../../runtime/cpu/device.ts'
import type { Device } from '../../runtime/device.ts'
import { openWebGpu } from '../../runtime/webgpu/index.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { compileGraph, difference, reference, rounded, runOn } from './differential.ts'
import { uniforms } from './random.ts'

const recurrent = { w: f32(3, 3), c: f32(3), xs: f32(7, 3) }
const loss =
  (options: { checkpoint?: Checkpoint; reverse?: boolean }) =>
  ({ w, c, xs }: Tensors<typeof recurrent>) => {
    const [{ h, total }, ys] = scan(
      ({ h, total }, x) => {
        const next = h.expand(0).matmul(w).reshape([3]).add(x).sigmoid()
        return [{ h: next, total: total.add(next.square().sum()) }, next.mul(x)] as const
      },
      { h: c, total: full([], 0.5) },
      xs,
      options,
    )
    return h.sum().add(total.square()).add(ys.exp().sum())
  }
const trained = (options: { checkpoint?: Checkpoint; reverse?: boolean }) =>
  program(recurrent, (inputs) => valueAndGrad(loss(options))(inputs))

const halvings = (x: Tensor<[]>, maxSteps?: number) =>
  whileLoop(
    ({ x }) => full([], 1).less(x),
    ({ x, n }) => ({ x: x.mul(0.5), n: n.add(1) }),
    { x, n: zeros([], 'i32') },
    maxSteps === undefined ? {} : { maxSteps },
  )

const programs: { readonly [what: string]: AnyProgram } = {
  'a recurrent network and its gradients': trained({}),
  'the same in reverse': trained({ reverse: true }),
  'the same from its carries alone': trained({ checkpoint: 'carry' }),
  'the same in segments': trained({ checkpoint: 3 }),
  'many of them at once': program({ w: f32(3, 3), c: f32(4, 3), xs: f32(4, 7, 3) }, ({ w, c, xs }) =>
    grad((w: Tensor<[3, 3]>) => vmap((c: Tensor<[3]>, xs: Tensor<[7, 3]>) => loss({})({ w, c, xs }))(c, xs).sum())(w),
  ),
  'a loop in a loop, over rows and then columns': program({ x: f32(4, 5), s: f32() }, ({ x, s }) => {
    const [total, rows] = scan(
      (total, row) => {
        const [sum, partial] = scan((sum, x) => [sum.mul(s).add(x), sum.add(x)], total, row)
        return [sum.add(1), { partial, sum }]
      },
      zeros([]),
      x,
      { reverse: true },
    )
    return { total, ...rows }
  }),
  'carries that change places, and parts that come out as they are': program(
    { a: f32(3), b: f32(3), xs: f32(5, 3) },
    ({ a, b, xs }) => {
      const [carry, out] = scan(
        ([a, b]: [Tensor<[3]>, Tensor<[3]>], x) => [[b, a] as [Tensor<[3]>, Tensor<[3]>], { x, a }],
        [a, b],
        xs,
      )
      return { carry, out }
    },
  ),
  'keys, integers and a carry that stays': program({ seed: key(), n: i32(), w: f32(2) }, ({ seed, n, w }) => {
    const [carry, drawn] = scan(
      ({ seed, n, w }) => {
        const [next, here] = split(seed, 2)
        return [
          { seed: next, n: n.add(3), w },
          { noise: normal(here, [2]).mul(w), n },
        ]
      },
      { seed, n, w },
      null,
      { length: 4 },
    )
    return { ...drawn, w: carry.w, m: carry.n }
  }),
  'no turns at all': program({ x: f32(3), xs: f32(0, 3) }, ({ x, xs }) =>
    scan((c, x) => [c.add(x), c.mul(x)], x.mul(2), xs),
  ),
  'a bounded loop on a condition, with its gradient': program({ x: f32() }, ({ x }) => ({
    of: halvings(x, 6),
    slope: grad((x: Tensor<[]>) => halvings(x, 6).x)(x),
  })),
  'rows that end at their own turns': program({ x: f32() }, ({ x }) => {
    const xs = scan((x, _) => [x.mul(2), x], x, null, { length: 4 })[1]
    return vmap((x: Tensor<[]>) => halvings(x, 9))(xs)
  }),
  'a choice, and what is computed again': program({ x: f32(3), s: f32() }, ({ x, s }) =>
    valueAndGrad((x: Tensor<[3]>) => {
      const f = checkpoint((x: Tensor<[3]>) => x.sigmoid().mul(x).exp())
      return cond(
        s.less(0.5),
        () => f(f(x)).sum(),
        () => x.sum(),
      )
    })(x),
  ),
  'a count of turns': program({ x: f32(2) }, ({ x }) => foriLoop(2, 6, (i, c) => c.mul(0.5).add(i.cast('f32')), x)),
}

const given = (of: AnyProgram, seed: number) => {
  const { graph } = traceProgram(of)
  const random = uniforms(seed)
  const inputs = graph.inputs.map(({ type }) => {
    const data = Float64Array.from({ length: type.shape.reduce((a, b) => a * b, 1) }, () =>
      type.dtype === 'f32' ? 2 * random() : Math.floor(random() * 100),
    )
    return { ...type, data }
  })
  return { graph, inputs: rounded(inputs) }
}

for (const [kind, open, skipped, options] of [
  ['cpu', () => openCpu({ threads: 1 }), false, {}],
  ['cpu', () => openCpu({ threads: 3 }), false, { leastWork: 1 }],
  ['cpu without SIMD', () => openCpu({ threads: 1, simd: false }), false, {}],
  ['webgpu', () => openWebGpu(computing.gpu!), missing(computing, 'loops on WebGPU'), {}],
] as const) {
  describe.skipIf(skipped)(
    `loops compiled for ${kind}${'leastWork' in options ? ', on several threads' : ''}`,
    { timeout: 60_000 },
    () => {
      let device: Device
      beforeAll(async () => {
        device = await open()
      })
      afterAll(() => device.dispose())

      test.each(Object.keys(programs))('%s', async (what) => {
        for (const seed of [1, 2]) {
          const { graph, inputs } = given(programs[what]!, seed)
          const results = await runOn(device, compileGraph(graph, device.target, {}, device), inputs, 2, options)
          expect(difference(reference(graph, inputs), results)).toBeUndefined()
        }
      })

      test('a loop without a bound', async () => {
        const { graph } = given(
          program({ x: f32() }, ({ x }) => halvings(x)),
          1,
        )
        const compiled = () => compileGraph(graph, device.target, {}, device)
        if (kind === 'webgpu') {
          expect(compiled).toThrow(/whileLoop: WebGPU cannot end a loop .* give maxSteps, or compile for the CPU/)
          return
        }
        const results = await runOn(
          device,
          compiled(),
          [{ shape: [], dtype: 'f32', data: Float64Array.of(1000) }],
          2,
          options,
        )
        expect(results.map((result) => [...result])).toEqual([[1000 / 1024], [10]])
      })
    },
  )
}

test('a loop is a loop: its kernels are compiled once, however many turns it has', () => {
  const compiled = (n: number) => {
    const of = program(
      { xs: f32('n', 3), c: f32(3) },
      ({ xs, c }) => scan((c, x) => [c.mul(0.5).add(x), null], c, xs)[0],
    )
    return compileGraph(simplify(traceProgram(of, { n }).graph), 'wasm').plan
  }
  const [few, many] = [compiled(10), compiled(1000)]
  expect(few.dispatches).toHaveLength(2)
  expect(many.dispatches).toHaveLength(2)
  expect(many.loops).toEqual([{ from: 1, to: 2, times: 1000 }])
})
