import { describe, expect, test } from 'vitest'
import { describe as describeKernels } from '../../compiler/explain/describe.ts'
import { explain } from '../../compiler/explain/explain.ts'
import type { Explained, ExplainedTensor, Why } from '../../compiler/explain/explained.ts'
import { Builder } from '../../compiler/ir/builder.ts'
import type { Graph, Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { f32, program, scan, tensor, zeros } from '../../dsl/index.ts'
import { silu } from '../../dsl/nn/index.ts'
import { baseline } from '../../runtime/capabilities.ts'
import * as fc from '../fc.ts'
import { times } from '../full.ts'
import { compileTraced } from './compile-traced.ts'
import { compileGraph, executableOf } from './differential.ts'
import { compileProgram } from './fuse/compile-program.ts'
import { uniforms } from './random.ts'
import { randomNetwork, randomStateStep } from './random-network.ts'
import { randomRows } from './random-rows.ts'
import { randomGraph } from './transform/random-graph.ts'

const explainedOf = (compilation: ReturnType<typeof compileGraph>): Explained =>
  describeKernels(compilation, executableOf(compilation).code)

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

const kinds = {
  'graphs of every primitive': (random: () => number) => randomGraph(random, 1 + Math.floor(30 * random())).graph,
  'networks and their gradients': (random: () => number) => randomNetwork(random).graph,
  'norms and softmaxes': (random: () => number) => randomRows(random).graph,
  'steps on state': (random: () => number) => randomStateStep(random).graph,
} satisfies { readonly [kind: string]: (random: () => number) => Graph }

const laws: { readonly [law: string]: (explained: Explained) => void } = {
  'kernels do no less than the least, and the figures add up': ({ kernels, totals, memory }) => {
    expect(totals.kernels).toBe(kernels.length)
    expect(totals.dispatches).toBe(kernels.length)
    expect(totals.flops).toBe(total(kernels.map(({ flops }) => flops)))
    expect(totals.bytes).toBe(total(kernels.map(({ bytesRead, bytesWritten }) => bytesRead + bytesWritten)))
    expect(totals.least.bytes).toBeLessThanOrEqual(totals.bytes)
    expect(totals.least.kernels).toBeLessThanOrEqual(totals.kernels)
    expect(memory.all).toBe(memory.inputs + memory.state + memory.outputs + memory.temporaries)
    expect(memory.live).toBe(Math.max(0, ...memory.liveAt))
    expect(memory.live).toBeLessThanOrEqual(memory.temporaries)
    expect(memory.temporaries).toBeLessThanOrEqual(memory.withoutReuse)
  },

  'the tensors that a kernel reads and writes are the bytes that it moves': ({ kernels, tensors }) => {
    for (const { index, reads, writes, bytesRead, bytesWritten } of kernels) {
      const bytes = (numbers: readonly number[]) => total(numbers.map((number) => tensors[number]!.bytes))
      expect(bytes(reads)).toBe(bytesRead)
      expect(bytes(writes)).toBe(bytesWritten)
      for (const number of reads) expect(tensors[number]!.readBy).toContain(index)
      for (const number of writes) expect(tensors[number]!.madeBy).toBe(index)
    }
  },

  'what is made says why, is read after that, and shares memory with nothing that is needed': ({ tensors }) => {
    for (const { madeBy, readBy, why, kind, from, to } of tensors) {
      if (madeBy === undefined) continue
      expect(why!.text).not.toMatch(/undefined|NaN|\d\.\d/)
      for (const reader of readBy) expect(reader).toBeGreaterThan(madeBy)
      if (kind === 'temporary') expect([from, to]).toEqual([madeBy, Math.max(madeBy, ...readBy)])
      if (kind === 'temporary' && why!.kind === 'output') expect(why!.text).toMatch(/by way of a copy$/)
    }
    const apart = (a: ExplainedTensor, b: ExplainedTensor) =>
      a.region !== b.region || a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset
    const temporaries = tensors.filter(({ kind }) => kind === 'temporary')
    for (const [i, a] of temporaries.entries())
      for (const b of temporaries.slice(i + 1)) if (a.from <= b.to && b.from <= a.to) expect(apart(a, b)).toBe(true)
  },

  'it is JSON': (explained) => expect(JSON.parse(JSON.stringify(explained))).toEqual(explained),
}

test.each(Object.entries(kinds))('random %s explained', (_, make) => {
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom('wasm' as const, 'wgsl' as const), (seed, target) => {
      const graph = make(uniforms(seed))
      const paths = graph.inputs.map(({ name }) => name)
      const outputs = graph.outputs.map((_, i) => (i < graph.inputs.length - 1 ? paths[i]! : `out${i}`))
      const explained = explainedOf(compileGraph(graph, target, { inputs: paths, outputs }))
      for (const law of Object.values(laws)) law(explained)
    }),
    { numRuns: 30 * times },
  )
})

describe('the least', () => {
  const leastOf = (build: (b: Builder, x: Value) => Value): Explained['totals']['least'] => {
    const b = new Builder()
    const x = b.input({ shape: [4, 8], dtype: 'f32' }, 'x')
    return explainedOf(compileGraph(b.graph('toy', [build(b, x)]), 'wasm')).totals.least
  }
  const product = (b: Builder, x: Value, to: number): Value => {
    const weight = b.input({ shape: [x.type.shape[1]!, to], dtype: 'f32' }, 'weight')
    return b.emit(p.dot, [x, weight], { batch: [], contract: [[1, 0]] })
  }

  test('without products it is what goes in and out', () => {
    expect(leastOf((b, x) => b.emit(p.exp, [x], {}))).toEqual({ kernels: 1, bytes: 4 * (32 + 32) })
  })

  test('between two products the smallest value on the way is written and read', () => {
    const narrow = { start: [0, 0], stop: [4, 2], step: [1, 1] }
    const least = leastOf((b, x) => product(b, b.emit(p.slice, [b.emit(p.exp, [product(b, x, 16)], {})], narrow), 3))
    expect(least).toEqual({ kernels: 2, bytes: 4 * (32 + 8 * 16 + 2 * 3 + 12) + 2 * 4 * 8 })
  })

  test('what passes between products and leaves as well is written once', () => {
    const both = program({ x: f32(4, 8), a: f32(8, 2), b: f32(2, 5) }, ({ x, a, b }) => {
      const y = x.matmul(a)
      return { y, z: y.exp().matmul(b) }
    })
    const { least } = explainedOf(compileProgram(both)).totals
    expect(least).toEqual({ kernels: 2, bytes: 4 * (32 + 16 + 10 + 8 + 20) + 4 * 8 })
  })

  test('products that meet before the next may share what passes', () => {
    const least = leastOf((b, x) => product(b, b.emit(p.add, [product(b, x, 5), product(b, x, 5)], {}), 3))
    expect(least).toEqual({ kernels: 2, bytes: 4 * (32 + 2 * 40 + 15 + 12) + 2 * 4 * 20 })
  })

  test('what nobody reads need not move', () => {
    const shift = program({ x: f32(8), unused: f32(1000) }, ({ x }) => x.add(1))
    expect(explainedOf(compileProgram(shift)).totals.least).toEqual({ kernels: 1, bytes: 64 })
  })

  test('a product of what is known is none', () => {
    const indices = program({ x: f32(4, 8), w: f32(2, 3) }, ({ x, w }) => {
      const added = zeros([4, 2]).scatterAdd(tensor([-1, -1, -1, -1, -1, -1, -1, -1], 'i32'), x, 1)
      return added.matmul(w)
    })
    const { totals } = explainedOf(compileProgram(indices))
    expect(totals.least.bytes).toBeLessThanOrEqual(totals.bytes)
    expect(totals.least.kernels).toBe(1)
  })

  test('new state in the place of the old is not the old one', () => {
    const step = program({ state: { a: f32(4, 4), unread: f32(4, 4) }, x: f32(4, 4) }, ({ state, x }) => {
      const unread = x.matmul(x).tanh()
      return { state: { a: state.a, unread }, y: state.a.matmul(unread) }
    })
    const { totals, tensors } = explainedOf(compileProgram(step))
    // a, x, the new state, y, and the new state once more.
    expect(totals.least).toEqual({ kernels: 2, bytes: 5 * 64 })
    const places = tensors.filter(({ name }) => name === 'state.unread').map(({ region, offset }) => [region, offset])
    expect(places.length).toBe(2)
    expect(places[0]).toEqual(places[1])
  })

  test('in a scan it is moved in every turn', () => {
    const twice = program(
      { x: f32(4, 8), a: f32(8, 3), b: f32(3, 8) },
      ({ x, a, b }) => scan((carry) => [carry.matmul(a).matmul(b), {}] as const, x, {}, { length: 5 })[0],
    )
    const { totals, loops, tensors, kernels } = explainedOf(compileProgram(twice))
    expect(totals.least).toEqual({ kernels: 2, bytes: 4 * (32 + 24 + 24 + 32) + 5 * (2 * 4 * 12) })
    expect(totals.bytes).toBeGreaterThanOrEqual(totals.least.bytes)
    expect(loops.map(({ times }) => times)).toEqual([5])
    expect(totals.dispatches).toBe(total(kernels.map(({ times }) => times)))
    // What a turn leaves is read by the next.
    const [{ from, to }] = loops as [Explained['loops'][number]]
    const carried = tensors.filter(({ madeBy, readBy }) => madeBy !== undefined && readBy.some((by) => by <= madeBy))
    expect(carried.length).toBeGreaterThan(0)
    for (const tensor of carried) expect([tensor.from <= from, tensor.to >= to - 1]).toEqual([true, true])
  })
})

describe('why a tensor is stored', () => {
  const x = f32(64, 32)
  const w = f32(32, 64)
  /** The reasons of all that kernels write, by kind. */
  const whyIn = (explained: Explained): ReadonlyMap<Why['kind'], string> =>
    new Map(explained.tensors.flatMap(({ why }) => (why ? [[why.kind, why.text] as const] : [])))
  const line = /\(.*explain-data\.test\.ts:\d+\)/.source

  test('it leaves the program', () => {
    const double = program({ x }, ({ x }) => x.mul(2))
    expect([...whyIn(explainedOf(compileProgram(double)))]).toEqual([['output', 'leaves the program']])
  })

  test('it is a product, and what follows it', () => {
    const two = program({ x, w }, ({ x, w }) => silu(x.matmul(w)).matmul(x))
    const why = whyIn(explainedOf(compileProgram(two)))
    expect([...why.keys()].sort()).toEqual(['output', 'sum'])
    expect(why.get('sum')).toMatch(new RegExp(`^ends the product dot ${line}: whoever computed it again`))
  })

  test('it would be computed too often, and how often', () => {
    const wide = program({ x: f32(64, 32), w: f32(32, 512) }, ({ x, w }) => x.erfInv().exp().sin().matmul(w))
    const why = whyIn(explainedOf(compileProgram(wide)))
    expect([...why.keys()].sort()).toEqual(['output', 'repeated'])
    expect(why.get('repeated')).toMatch(
      new RegExp(`^an operand of dot ${line}: would be computed 64 times over, \\d+ operations each$`),
    )
  })

  test('others need more than its own row', () => {
    const softmax = program({ x: f32(512, 512), w: f32(512, 8) }, ({ x, w }) => x.softmax(-1).matmul(w))
    expect(whyIn(explainedOf(compileProgram(softmax))).get('rows')).toMatch(
      new RegExp(`^has sums over rows, and dot ${line} needs other rows of it than its own$`),
    )
  })

  test('it goes into a loop', () => {
    const loop = program(
      { x: f32(8) },
      ({ x }) => scan((carry) => [carry.sin(), {}] as const, x.exp(), {}, { length: 3 })[0],
    )
    const why = whyIn(explainedOf(compileProgram(loop)))
    expect([...why.keys()].sort()).toEqual(['loop', 'output'])
    expect(why.get('output')).toBe('leaves the turn of the loop')
  })

  test('what comes in goes out as well', () => {
    const same = program({ x: f32(8) }, ({ x }) => ({ x, y: x.exp() }))
    const why = whyIn(explainedOf(compileProgram(same)))
    expect(why.get('copy')).toBe('a copy: it has to be at a place of its own')
  })

  test('its expression is as long as one may be', () => {
    const b = new Builder()
    let at = b.input({ shape: [4], dtype: 'f32' }, 'x')
    for (let i = 0; i < 450; i++) at = b.emit(i % 2 ? p.sin : p.exp, [at], {})
    const why = whyIn(explainedOf(compileGraph(b.graph('chain', [at]), 'wasm')))
    expect(why.get('long')).toMatch(/^the expression behind it has 200 equations/)
  })
})

describe('how a product runs', () => {
  const b = new Builder()
  const [x, w] = [b.input({ shape: [256, 192], dtype: 'f32' }, 'x'), b.input({ shape: [192, 128], dtype: 'f32' }, 'w')]
  const graph = b.graph('product', [b.emit(p.dot, [x, w], { batch: [], contract: [[1, 0]] })])
  const leaf = (path: string, shape: readonly number[]) => ({ leaf: { path, dtype: 'f32' as const, dims: shape } })
  const traced = {
    name: 'product',
    graph,
    dims: {},
    inputs: { list: [leaf('x', x.type.shape), leaf('w', w.type.shape)] },
    outputs: { list: [leaf('out', [256, 128])] },
  }
  const scheduleOf = (target: 'wasm' | 'wgsl', software: boolean) => {
    const compilation = compileTraced(traced, target, { ...baseline, software })
    return { compilation, schedule: explainedOf(compilation).kernels[0]!.schedule }
  }
  const points = ({ grid }: Explained['kernels'][number]['schedule']['nests'][number]) =>
    grid.reduce((product, { extent }) => product * extent, 1)

  test.each([
    ['wasm', true, 'iteration'],
    ['wgsl', true, 'thread'],
    ['wgsl', false, 'workgroup'],
  ] as const)('for %s, in software %s: by each %s', (target, software, by) => {
    const { schedule, compilation } = scheduleOf(target, software)
    expect(schedule.nests.map((nest) => nest.by)).toEqual(schedule.nests.map(() => by))
    expect(total(schedule.nests.map((nest) => points(nest) * nest.tile))).toBe(256 * 128)
    for (const nest of schedule.nests) expect([nest.lanes, nest.loops.length]).toEqual([4, expect.any(Number)])
    const [nest] = schedule.nests
    const { group } = compilation.plan.kernels[0]!.nests[0]!
    expect(schedule.threads).toBe(target === 'wasm' ? undefined : (group?.thread.extent ?? 64))
    if (by === 'workgroup') {
      expect(schedule.workgroups!.reduce((product, count) => product * count, 1)).toBe(points(nest!))
      expect(nest!.sharedBytes).toBeGreaterThan(0)
    } else {
      expect(nest!.splits).toBe(1)
      // On a CPU the factors are packed.
      expect(nest!.sharedBytes > 0).toBe(target === 'wasm')
    }
  })
})

test('a format that there is not is refused, and code comes where it is asked for', () => {
  const compilation = compileProgram(program({ x: f32(8) }, ({ x }) => x.mul(2)))
  const { code } = executableOf(compilation)
  expect(() => explain(compilation, code, { format: 'xml' as 'json' })).toThrow(
    "explain: the format is xml; write 'text', 'json' or 'html'",
  )
  const of = (options: object) => explain(compilation, code, { format: 'json', ...options }) as Explained
  expect(of({}).kernels[0]!.code).toBeUndefined()
  expect(of({ code: true }).kernels[0]!.code).toMatch(/^kernel /)
})
