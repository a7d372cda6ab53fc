import { describe, expect, test } from 'vitest'
import {
  FluxionError,
  f32,
  grad,
  i32,
  initialised,
  program,
  type Tensor,
  traceProgram,
  zeros,
} from '../../dsl/index.ts'
import { linear, sequential, silu } from '../../dsl/nn/index.ts'
import {
  accumulate,
  adagrad,
  adam,
  adamW,
  addDecayedWeights,
  chain,
  clipByGlobalNorm,
  clipByValue,
  ema,
  globalNorm,
  linearWarmup,
  lion,
  matricesOnly,
  momentum,
  type Optimiser,
  rmsProp,
  scale,
  scaleByAdam,
  scaleByLion,
  scaleByRms,
  scaleBySchedule,
  sgd,
  type Transformation,
} from '../../dsl/optim/index.ts'
import * as fc from '../fc.ts'
import { times } from '../full.ts'
import { is } from './is.ts'
import {
  type AnyOptimiser,
  each,
  evaluator,
  leavesOf,
  listed,
  shapes,
  specsOf,
  steps,
  transformed,
  unlisted,
  type Values,
  valuesFor,
  within,
} from './optim-run.ts'
import { closeTo, runBody } from './run.ts'

const numRuns = times * 30
const optimisers: { readonly [name: string]: AnyOptimiser } = {
  sgd: sgd({ learningRate: 0.1 }),
  'sgd with momentum': sgd({ learningRate: 0.05, momentum: 0.8, dampening: 0.2 }),
  adam: adam({ learningRate: 0.1 }),
  adamW: adamW({ learningRate: linearWarmup({ start: 0.1, peak: 0.2, steps: 3 }), weightDecay: 0.1 }),
  lion: lion({ learningRate: 0.1 }),
  rmsProp: rmsProp({ learningRate: 0.1 }),
  adagrad: adagrad({ learningRate: 0.1 }),
}
const optimiser = fc.constantFrom(...Object.values(optimisers))
const case_ = fc.record({ shapes, seed: fc.integer(), count: fc.integer({ min: 1, max: 5 }) })
const sequence = (of: Parameters<typeof valuesFor>[0], seed: number, count: number, scale = 3) =>
  Array.from({ length: count }, (_, t) => valuesFor(of, seed + t + 1, scale))

describe('chain', () => {
  test('of one member is that member', () => {
    fc.assert(
      fc.property(optimiser, case_, (optimiser, { shapes, seed, count }) => {
        const grads = sequence(shapes, seed, count)
        const start = valuesFor(shapes, seed)
        const alone = steps(optimiser, shapes, start, grads)
        const chained = steps(chain(optimiser as Optimiser<{ count: 'count' }>) as AnyOptimiser, shapes, start, grads)
        expect(chained.map(({ params }) => params)).toEqual(alone.map(({ params }) => params))
        expect(chained.map(({ opt }) => (opt as { 0: unknown })[0])).toEqual(alone.map(({ opt }) => opt))
      }),
      { numRuns },
    )
  })

  test('of transformations is their composition, however it is bracketed', () => {
    fc.assert(
      fc.property(case_, ({ shapes, seed, count }) => {
        const given = sequence(shapes, seed, count)
        const start = valuesFor(shapes, seed)
        const [a, b, c] = [clipByGlobalNorm(1), scaleByAdam({ nesterov: true }), addDecayedWeights(0.1)]
        const through = (of: Parameters<typeof transformed>[0], updates: readonly Values[]) =>
          transformed(of, shapes, start, updates)
        const expected = through(c, through(b, through(a, given)))
        expect(through(chain(a, b, c), given)).toEqual(expected)
        expect(through(chain(chain(a, b), c), given)).toEqual(expected)
        expect(through(chain(a, chain(b, c)), given)).toEqual(expected)
        expect(through(chain(), given)).toEqual(given)
      }),
      { numRuns: times * 15 },
    )
  })

  test('ready optimisers are the chains of their parts', () => {
    fc.assert(
      fc.property(case_, ({ shapes, seed, count }) => {
        const grads = sequence(shapes, seed, count)
        const start = valuesFor(shapes, seed)
        const last = (of: AnyOptimiser) => steps(of, shapes, start, grads).at(-1)!.params
        const rate = sgd({ learningRate: 0.1 })
        const decay = addDecayedWeights(0.2, { mask: matricesOnly })
        for (const [ready, parts] of [
          [adam({ learningRate: 0.1 }), chain(scaleByAdam(), rate)],
          [adamW({ learningRate: 0.1, weightDecay: 0.2, mask: matricesOnly }), chain(scaleByAdam(), decay, rate)],
          [lion({ learningRate: 0.1, weightDecay: 0.2, mask: matricesOnly }), chain(scaleByLion(), decay, rate)],
          [rmsProp({ learningRate: 0.1 }), chain(scaleByRms(), rate)],
          [sgd({ learningRate: 0.1, momentum: 0.9 }), chain(momentum(0.9), rate)],
          [rate, chain(scale(0.1), sgd({ learningRate: 1 }))],
          [rate, chain(rate, scale(1))],
        ] as const)
          closeTo(last(ready as AnyOptimiser), last(parts as AnyOptimiser), 1e-12)
      }),
      { numRuns: times * 5 },
    )
  })

  test('a schedule sees how many steps were done before, wherever it stands', () => {
    const warmup = linearWarmup({ start: 0.5, peak: 2, steps: 3 })
    const ones = Array(5).fill({ a: [1] })
    for (const of of [
      sgd({ learningRate: warmup }),
      chain(scale(1), sgd({ learningRate: warmup })),
      chain(scaleBySchedule(warmup), sgd({ learningRate: 1 })),
      chain(sgd({ learningRate: 1 }), scaleBySchedule(warmup)),
      // Adam's steps along equal gradients are the learning rate.
      adam({ learningRate: warmup, eps: 0 }),
    ] as readonly AnyOptimiser[]) {
      const along = steps(of, { a: [] }, { a: [0] }, ones).map(({ params }) => (params as { a: number[] }).a[0]!)
      const moved = along.map((p, t) => (t === 0 ? 0 : along[t - 1]!) - p)
      closeTo(moved, [0.5, 1, 1.5, 2, 2], 1e-12)
    }
  })

  test('its state is that of its members, where they have one, without initialisers', () => {
    const net = linear(2, 3)
    const of = chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 }), scale(2))
    const state = of.state(net.params)
    expect(Object.keys(state)).toEqual(['1'])
    expect(Object.keys(state[1])).toEqual(['m', 'v', 'count'])
    expect(net.params.weight.initialiser).toBeDefined()
    expect(state[1].m.weight).toEqual({ ...net.params.weight, initialiser: undefined })
    expect(state[1].count).toEqual(i32())
    expect(sgd({ learningRate: 1 }).state(f32(3))).toEqual({ count: i32() })
    expect(ema(0.9).state({ a: initialised(f32(2), (_, shape) => zeros(shape)) }).mean.a).toEqual(f32(2))
  })
})

describe('clipping', () => {
  const norm = (values: Values) => Math.hypot(...listed(values).flat())

  test('by the global norm keeps the direction and bounds the length', () => {
    fc.assert(
      fc.property(case_, within(1e-3, 10), ({ shapes, seed, count }, max) => {
        const given = sequence(shapes, seed, count)
        const clipped = transformed(clipByGlobalNorm(max), shapes, valuesFor(shapes, seed), given)
        for (const [t, updates] of clipped.entries()) {
          const before = norm(given[t]!)
          if (before <= max) expect(updates).toEqual(given[t])
          else closeTo(norm(updates), max, 1e-12)
          const factor = before <= max ? 1 : max / before
          const scaled = listed(given[t]!).map((list) => list.map((g) => g * factor))
          closeTo(updates, unlisted(shapes, scaled), 1e-12)
        }
      }),
      { numRuns },
    )
  })

  test('by the global norm leaves zero alone, and so does the gradient through it', () => {
    const body = ({ g }: { g: { a: Tensor<[2]>; b: Tensor<[]> } }) => {
      const clipped = (g: { a: Tensor<[2]>; b: Tensor<[]> }) => clipByGlobalNorm(1).update(g, {}, g).updates
      return { clipped: clipped(g), slope: grad((g: { a: Tensor<[2]>; b: Tensor<[]> }) => clipped(g).a.sum())(g) }
    }
    const specs = { g: { a: f32(2), b: f32() } }
    const still = { a: [0, 0], b: [0] }
    expect(runBody(specs, body, { g: { a: [0, 0], b: 0 } })).toEqual({
      clipped: still,
      slope: { a: [1, 1], b: [0] },
    })
    // Beyond the bound: d/dg of g_i / |g| is (delta_ij - u_i u_j) / |g|.
    const u = [0.6, 0, 0.8]
    const found = runBody(specs, body, { g: { a: [3, 0], b: 4 } })
    const slope = (j: number) => ((j < 2 ? 1 : 0) - (u[0]! + u[1]!) * u[j]!) / 5
    closeTo(found, { clipped: { a: [0.6, 0], b: [0.8] }, slope: { a: [slope(0), slope(1)], b: [slope(2)] } }, 1e-12)
  })

  test('by value keeps each element within its bounds', () => {
    fc.assert(
      fc.property(case_, within(1e-3, 3), ({ shapes, seed, count }, max) => {
        const given = sequence(shapes, seed, count)
        const bounded = (g: number) => Math.max(-max, Math.min(max, g))
        expect(transformed(clipByValue(max), shapes, valuesFor(shapes, seed), given)).toEqual(
          given.map((values) =>
            unlisted(
              shapes,
              listed(values).map((list) => list.map(bounded)),
            ),
          ),
        )
      }),
      { numRuns },
    )
  })

  test('the global norm is that of all elements', () => {
    fc.assert(
      fc.property(shapes, fc.integer(), (shapes, seed) => {
        const values = valuesFor(shapes, seed)
        const of = evaluator({ g: specsOf(shapes) }, ({ g }: { g: never }) => ({ norm: globalNorm(g) }))
        closeTo(of({ g: values as never }), { norm: [norm(values)] }, 1e-12)
      }),
      { numRuns },
    )
  })
})

describe('weight decay', () => {
  test('adds a part of the parameters that its mask picks, by path and shape', () => {
    fc.assert(
      fc.property(case_, within(0, 2), ({ shapes, seed }, part) => {
        const [params, given] = [valuesFor(shapes, seed), sequence(shapes, seed, 1)]
        const leaves = leavesOf(shapes)
        for (const mask of [matricesOnly, (path: string) => path.endsWith('weight'), () => false]) {
          const asked: string[] = []
          const watched = (path: string, shape: readonly (number | string)[]) => {
            asked.push(`${path} ${shape}`)
            return mask(path, shape)
          }
          const found = transformed(addDecayedWeights(part, { mask: watched }), shapes, params, given)
          expect(asked).toEqual(leaves.map(({ path, shape }) => `${path} ${shape}`))
          const expected = listed(given[0]!).map((list, leaf) => {
            const { path, shape } = leaves[leaf]!
            const decays =
              mask === matricesOnly ? shape.length > 1 : mask.length === 1 ? path.split('.').at(-1) === 'weight' : false
            return decays ? list.map((g, i) => g + part * listed(params)[leaf]![i]!) : list
          })
          closeTo(found[0], unlisted(shapes, expected), 1e-12)
        }
      }),
      { numRuns: times * 10 },
    )
  })

  test('of matrices alone leaves the biases of a network to Adam', () => {
    const net = sequential(linear(2, 3), silu, linear(3, 1))
    const picked: string[] = []
    const mask = (path: string, shape: readonly (number | string)[]) => {
      const yes = matricesOnly(path, shape)
      if (yes) picked.push(path)
      return yes
    }
    const of = adamW({ learningRate: 0.1, mask })
    traceProgram(
      program({ state: { params: net.params, opt: of.state(net.params) } }, ({ state }) => ({
        state: of.update(state.params, state.opt, state.params),
      })),
    )
    expect(picked).toEqual(['0.weight', '2.weight'])
  })
})

describe('accumulation', () => {
  test('of K gradients is one step along their mean, and in between nothing but the sum changes', () => {
    fc.assert(
      fc.property(
        optimiser,
        shapes,
        fc.integer(),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        (optimiser, shapes, seed, everyK, rounds) => {
          const start = valuesFor(shapes, seed)
          const grads = sequence(shapes, seed, everyK * rounds)
          const of = accumulate(optimiser as Optimiser<{ count: 'count' }>, everyK)
          const found = steps(of as AnyOptimiser, shapes, start, grads)
          const sums = (t: number) => {
            const since = grads.slice(t - (t % everyK), t + 1)
            const lists = since.map(listed)
            return listed(grads[0]!).map((list, leaf) =>
              list.map((_, i) => lists.reduce((sum, values) => sum + values[leaf]![i]!, 0)),
            )
          }
          const means = Array.from({ length: rounds }, (_, round) => {
            const total = sums((round + 1) * everyK - 1)
            return unlisted(
              shapes,
              total.map((list) => list.map((g) => g / everyK)),
            )
          })
          const expected = steps(optimiser, shapes, start, means)
          let before: unknown = { params: start, opt: undefined }
          for (const [t, now] of found.entries()) {
            const { sum, count, opt } = now.opt as { sum: Values; count: number[]; opt: unknown }
            const done = (t + 1) % everyK === 0
            expect(count).toEqual([(t + 1) % everyK])
            closeTo(sum, done ? each(shapes, (shape) => Array(size(shape)).fill(0)) : unlisted(shapes, sums(t)), 1e-12)
            if (done) {
              const { params, opt: inner } = expected[(t + 1) / everyK - 1]!
              closeTo({ params: now.params, opt }, { params, opt: inner }, 1e-12)
            } else if (t > 0) {
              expect({ params: now.params, opt }).toEqual(before)
            } else {
              expect(now.params).toEqual(start)
            }
            before = { params: now.params, opt }
          }
        },
      ),
      { numRuns },
    )
  })
  const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

  test('of equal gradients is a step along one of them', () => {
    fc.assert(
      fc.property(optimiser, case_, (optimiser, { shapes, seed, count }) => {
        const g = valuesFor(shapes, seed + 1, 3)
        const start = valuesFor(shapes, seed)
        const one = steps(optimiser, shapes, start, [g])[0]!
        const whole = accumulate(optimiser as Optimiser<{ count: 'count' }>, count)
        const all = steps(whole as AnyOptimiser, shapes, start, Array(count).fill(g)).at(-1)!
        closeTo(all.params, one.params, 1e-9)
      }),
      { numRuns },
    )
  })

  test('before or after clipping is a chain inside or outside', () => {
    const grads = [{ a: [30] }, { a: [-1] }]
    const rate = sgd({ learningRate: 1 })
    const last = (of: unknown) => steps(of as AnyOptimiser, { a: [] }, { a: [0] }, grads).at(-1)!.params
    closeTo(last(accumulate(chain(clipByGlobalNorm(2), rate), 2)), { a: [-2] }, 1e-12)
    closeTo(last(chain(clipByGlobalNorm(2), accumulate(rate, 2))), { a: [-0.5] }, 1e-12)
  })
})

describe('averages', () => {
  const averaged = (of: ReturnType<typeof ema>, shapes: Parameters<typeof specsOf>[0], seen: readonly Values[]) => {
    const params = specsOf(shapes)
    const step = evaluator(
      { params, average: of.state(params as never) as never },
      ({ params, average }: { params: never; average: never }) => {
        const after = of.update(params, average)
        return { after, read: of.read(after as never), before: of.read(average) }
      },
    )
    let average: unknown = {
      mean: each(shapes, (shape) => Array(shape.reduce((a, b) => a * b, 1)).fill(0)),
      count: [0],
    }
    return seen.map((params) => {
      const { after, read, before } = step({ params, average } as never) as {
        after: unknown
        read: Values
        before: Values
      }
      average = after
      return { after: after as { count: number[] }, read, before }
    })
  }

  test('are the weighted mean of what was seen', () => {
    fc.assert(
      fc.property(case_, fc.oneof(fc.constant(0), within(0, 0.9999)), ({ shapes, seed, count }, decay) => {
        const seen = sequence(shapes, seed, count)
        const lists = seen.map(listed)
        const found = averaged(ema(decay), shapes, seen)
        for (const [t, { after, read }] of found.entries()) {
          expect(after.count).toEqual([t + 1])
          const weights = Array.from({ length: t + 1 }, (_, s) => decay ** (t - s))
          const total = weights.reduce((a, b) => a + b, 0)
          const mean = listed(seen[0]!).map((list, leaf) =>
            list.map((_, i) => weights.reduce((sum, w, s) => sum + w * lists[s]![leaf]![i]!, 0) / total),
          )
          closeTo(read, unlisted(shapes, mean), 1e-10)
        }
      }),
      { numRuns },
    )
  })

  test('of what stays the same are it from the first on, and zero before', () => {
    fc.assert(
      fc.property(case_, within(0, 0.9999), fc.boolean(), ({ shapes, seed, count }, decay, debias) => {
        const params = valuesFor(shapes, seed)
        const found = averaged(ema(decay, { debias }), shapes, Array(count).fill(params))
        for (const { read } of found) closeTo(read, params, 1e-10)
        expect(
          listed(found[0]!.before)
            .flat()
            .every((x) => x === 0),
        ).toBe(true)
      }),
      { numRuns },
    )
  })

  test('without correction begin at the first parameters', () => {
    fc.assert(
      fc.property(case_, within(0, 0.9999), ({ shapes, seed, count }, decay) => {
        const seen = sequence(shapes, seed, count)
        const found = averaged(ema(decay, { debias: false }), shapes, seen)
        let mean = listed(seen[0]!)
        for (const [t, { read }] of found.entries()) {
          if (t > 0)
            mean = listed(seen[t]!).map((list, leaf) => list.map((p, i) => decay * mean[leaf]![i]! + (1 - decay) * p))
          closeTo(read, unlisted(shapes, mean), 1e-12)
        }
      }),
      { numRuns },
    )
  })
})

describe('all of them', () => {
  test('come near the least value of a quadratic', () => {
    const shapes = { a: [2], b: { weight: [2, 2] } }
    const scales = [1, 4, 2, 0.5, 3, 1]
    const target = [1, -1, 0.5, 2, -0.5, 0]
    for (const [name, of] of Object.entries({
      ...optimisers,
      adamW: adamW({ learningRate: 0.1, weightDecay: 0 }),
      adagrad: adagrad({ learningRate: 1 }),
    })) {
      const params = specsOf(shapes)
      const opt = (of as AnyOptimiser).state(params as never)
      const step = evaluator({ params, opt: opt as never, grads: params }, ({ params, opt, grads }: never) =>
        (of as AnyOptimiser).update(grads, opt, params),
      )
      let at: { params: Values; opt: unknown } = {
        params: unlisted(shapes, [
          [0, 0],
          [0, 0, 0, 0],
        ]),
        opt: zeroLike(opt),
      }
      const flat = () => listed(at.params).flat()
      const loss = () => flat().reduce((sum, p, i) => sum + scales[i]! * (p - target[i]!) ** 2, 0)
      const before = loss()
      for (let t = 0; t < 150; t++) {
        const g = flat().map((p, i) => 2 * scales[i]! * (p - target[i]!))
        at = step({ ...at, grads: unlisted(shapes, [g.slice(0, 2), g.slice(2)]) } as never) as typeof at
      }
      // Lion's steps never get smaller than the learning rate.
      expect(loss() / before, name).toBeLessThan(0.02)
    }
  })
  const zeroLike = (specs: unknown): unknown =>
    typeof specs === 'object' && specs !== null && 'shape' in specs
      ? Array((specs.shape as number[]).reduce((a, b) => a * b, 1)).fill(0)
      : Object.fromEntries(Object.entries(specs as object).map(([name, part]) => [name, zeroLike(part)]))

  test('a gradient goes through a step of Adam, where epsRoot keeps it finite', () => {
    // p after one step, as a function of the gradient g: p - rate g / (sqrt(g^2 + root) + eps).
    const of = adam({ learningRate: 0.1, eps: 0, epsRoot: 0.01 })
    const body = ({ g }: { g: Tensor<[3]> }) =>
      grad((g: Tensor<[3]>) =>
        of.update(g, { m: zeros([3]), v: zeros([3]), count: zeros([], 'i32') }, zeros([3])).params.sum(),
      )(g)
    const g = [0, 0.1, -2]
    closeTo(
      runBody({ g: f32(3) }, body, { g }),
      g.map((g) => (-0.1 * 0.01) / (g * g + 0.01) ** 1.5),
      1e-10,
    )
  })

  test('a count stays at the greatest there is', () => {
    const greatest = 2 ** 31 - 1
    const body = ({ p, count }: { p: Tensor<[]>; count: Tensor<[], 'i32'> }) => ({
      sgd: sgd({ learningRate: linearWarmup({ peak: 1, steps: 10 }) }).update(p, { count }, p),
      adam: adam({ learningRate: 1, eps: 0 }).update(p, { m: p, v: p, count }, p),
      ema: ema(0.5).update(p, { mean: p, count }),
    })
    const found = runBody({ p: f32(), count: i32() }, body, { p: 1, count: greatest })
    expect(found).toEqual({
      sgd: { params: [0], opt: { count: [greatest] } },
      adam: { params: [0], opt: { m: [1], v: [1], count: [greatest] } },
      ema: { mean: [1], count: [greatest] },
    })
  })

  test('nothing that is computed needs an infinite constant, which shaders do not have', () => {
    for (const of of [...Object.values(optimisers), adam({ learningRate: 1, b1: 0, b2: 0, nesterov: true })]) {
      const specs = { params: { a: f32(2) }, opt: of.state({ a: f32(2) } as never) as Record<never, never> }
      const { graph } = traceProgram(
        program(specs, ({ params, opt }) => of.update(params as never, opt as never, params as never) as typeof opt),
      )
      const constants = graph.equations.flatMap(({ primitive, params }) =>
        primitive.name === 'constant' ? [(params as { value: number }).value] : [],
      )
      expect(constants.length).toBeGreaterThan(0)
      expect(constants.filter((value) => !Number.isFinite(value))).toEqual([])
    }
  })

  test('types say what the state is', () => {
    const net = linear(2, 3)
    type P = typeof net.params
    is<Optimiser<{ readonly 1: { readonly m: 'params'; readonly v: 'params'; readonly count: 'count' } }>>
    const of = chain(clipByGlobalNorm(1), adam({ learningRate: linearWarmup({ peak: 1e-3, steps: 10 }) }))
    is<{ readonly 1: { readonly m: P; readonly v: P; readonly count: ReturnType<typeof i32<[]>> } }>()(
      of.state(net.params),
    )
    is<Transformation<Record<never, never>>>()(chain(scale(1), clipByValue(1)) as Transformation<Record<never, never>>)
    const nested = accumulate(chain(scaleByAdam(), sgd({ learningRate: 1, momentum: 0.9 })), 3)
    const step = program(
      { state: { params: net.params, opt: nested.state(net.params) }, x: f32('n', 2) },
      ({ state, x }) => {
        is<Tensor<[2, 3]>>()(state.opt.opt[1].velocity.weight)
        is<Tensor<[], 'i32'>>()(state.opt.opt[0].count)
        const g = grad((params: typeof state.params) => net.apply(params, x).square().sum())(state.params)
        const { params, opt } = nested.update(g, state.opt, state.params)
        is<typeof state.params>()(params)
        is<typeof state.opt>()(opt)
        return { state: { params, opt } }
      },
    )
    expect(traceProgram(step, { n: 2 }).graph.outputs).toHaveLength(2 + 2 + 1 + 4 + 1 + 2 + 1)
  })

  test('a list of members, of a length that types do not know, leaves the state to tracing', () => {
    const clips: Transformation<Record<never, never>>[] = [clipByValue(3), clipByGlobalNorm(2)]
    const of = chain(...clips, sgd({ learningRate: 1, momentum: 0.5 }))
    const found = steps(of, { a: [] }, { a: [0] }, [{ a: [5] }, { a: [1] }])
    expect(found.map(({ params }) => params)).toEqual([{ a: [-2] }, { a: [-4] }])
    expect(() => steps({ ...of, state: () => ({}) }, { a: [] }, { a: [0] }, [{ a: [5] }])).toThrow(
      'type error: the optimiser state.2 is missing',
    )
  })

  test('code that is generic in its sizes needs no casts', () => {
    const training = <D extends number>(d: D) => {
      const net = sequential(linear(d, 4), silu, linear(4, d))
      const of = chain(clipByGlobalNorm(1), adamW({ learningRate: 1e-3, mask: matricesOnly }))
      const average = ema(0.99)
      return program(
        {
          state: { params: net.params, opt: of.state(net.params), average: average.state(net.params) },
          x: f32('n', d),
        },
        ({ state, x }) => {
          const g = grad((params: typeof state.params) => net.apply(params, x).square().sum())(state.params)
          const { params, opt } = of.update(g, state.opt, state.params)
          return { state: { params, opt, average: average.update(params, state.average) } }
        },
      )
    }
    expect(traceProgram(training(3), { n: 2 }).outputs).toMatchObject({
      state: { opt: { 1: { count: { dtype: 'i32' } } } },
    })
  })
})

describe('what is refused', () => {
  const rate = { learningRate: 0.1 }
  const wrong: readonly [says: string, make: () => unknown][] = [
    ['type error: adam: b1 is 1, needs a number from 0 to below 1', () => adam({ ...rate, b1: 1 })],
    ['type error: adamW: b2 is -0.1, needs a number from 0 to below 1', () => adamW({ ...rate, b2: -0.1 })],
    ['type error: scaleByAdam: eps is NaN, needs a number of at least 0', () => scaleByAdam({ eps: Number.NaN })],
    ['type error: addDecayedWeights: weightDecay is -1, needs a number of at least 0', () => addDecayedWeights(-1)],
    ['type error: lion: b1 is 2, needs a number from 0 to below 1', () => lion({ ...rate, b1: 2 })],
    ['type error: rmsProp: decay is 1, needs a number from 0 to below 1', () => rmsProp({ ...rate, decay: 1 })],
    ['type error: adagrad: eps is -1, needs a number of at least 0', () => adagrad({ ...rate, eps: -1 })],
    ['type error: sgd: momentum is 1, needs a number from 0 to below 1', () => sgd({ ...rate, momentum: 1 })],
    [
      'type error: sgd: nesterov is for a momentum without dampening',
      () => sgd({ ...rate, momentum: 0.9, dampening: 0.1, nesterov: true }),
    ],
    [
      'type error: sgd: nesterov and dampening are of a momentum; give it, too',
      () => sgd({ ...rate, nesterov: true } as never),
    ],
    ['type error: clipByGlobalNorm: max is 0, needs a number above 0', () => clipByGlobalNorm(0)],
    ['type error: clipByValue: max is Infinity, needs a number above 0', () => clipByValue(Number.POSITIVE_INFINITY)],
    ["type error: scale: the factor is '2', needs a number", () => scale('2' as never)],
    ['type error: ema: decay is 1, needs a number from 0 to below 1', () => ema(1)],
    ['type error: accumulate: everyK is 0, needs a whole number of at least 1', () => accumulate(sgd(rate), 0)],
    [
      'type error: chain: member 1 is neither a transformation nor an optimiser',
      () => chain(scale(1), undefined as never),
    ],
    [
      'dtype error: params.n is i32, needs f32; leave out what is not trained',
      () => sgd(rate).state({ a: f32(2), n: i32() } as never),
    ],
    [
      'type error: params.a is not a spec; write f32(...) or a record of them',
      () => sgd(rate).state({ a: 3 } as never),
    ],
  ]
  test.each(wrong)('%s', (says, make) => {
    let thrown: unknown
    try {
      make()
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(FluxionError)
    expect((thrown as FluxionError).complaint).toBe(says)
    expect((thrown as FluxionError).frame?.file).toBe(import.meta.filename)
  })
})
