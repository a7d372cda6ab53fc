import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Builder } from '../../../../compiler/ir/builder.ts'
import { type Graph, sizeOf } from '../../../../compiler/ir/graph.ts'
import type { Dense } from '../../../../compiler/ir/primitive.ts'
import * as p from '../../../../compiler/ir/primitives/index.ts'
import { leavesOf } from '../../../../compiler/plan/tree.ts'
import { printHalf } from '../../../../compiler/target/wgsl/half.ts'
import { printWgsl } from '../../../../compiler/target/wgsl/print.ts'
import { baseline } from '../../../../runtime/capabilities.ts'
import type { Device, Words } from '../../../../runtime/device.ts'
import { openWebGpu } from '../../../../runtime/webgpu/index.ts'
import * as fc from '../../../fc.ts'
import { times } from '../../../full.ts'
import { checking, computing, missing } from '../../../runtime/webgpu/gpus.ts'
import { compileGraph, rounded } from '../../differential.ts'
import { aroundHalves, halves, nearest } from '../../halves.ts'
import { uniforms } from '../../random.ts'
import { randomNetwork } from '../../random-network.ts'
import { randomGraph } from '../../transform/random-graph.ts'
import { inputsFor, withHalves } from '../../with-halves.ts'
import { interpret } from './interpret.ts'

const planFor = (graph: Graph, f16: boolean, software = false) =>
  compileGraph(graph, 'wgsl', {}, { capabilities: { ...baseline, f16, software } }).plan

/** The outputs of a plan as its types describe it. */
function computed(plan: ReturnType<typeof planFor>, inputs: readonly Dense[]): readonly Words[] {
  const memory = plan.regions.map(({ element, size }) =>
    element === 'u32' ? new Uint32Array(size) : new Float32Array(size),
  )
  for (const [i, { place }] of leavesOf(plan.inputs).entries()) memory[place.region]!.set(inputs[i]!.data, place.offset)
  interpret(plan, memory)
  // What lies in 16 bits is a half.
  for (const [i, { element }] of plan.regions.entries())
    if (element === 'f16') expect(memory[i]).toEqual(Float32Array.from(memory[i]!, nearest))
  return leavesOf(plan.outputs).map(({ place: { region, offset }, shape }) =>
    memory[region]!.slice(offset, offset + sizeOf(shape)),
  )
}

/** `share` of them are small graphs, the others networks with their gradients. */
const mixed = (share: number) =>
  fc.integer().map((seed) => {
    const random = uniforms(seed)
    const made = random() < share ? randomGraph(random, 1 + Math.floor(30 * random())) : randomNetwork(random)
    const graph = withHalves(random, made.graph)
    return { graph, inputs: rounded(inputsFor(graph, made.inputs)), software: random() < 0.5 }
  })

test('what is stored in 16 bits is what else is stored in 32, to the bit', () => {
  let inHalves = 0
  fc.assert(
    fc.property(mixed(1), ({ graph, inputs, software }) => {
      const [narrow, wide] = [planFor(graph, true, software), planFor(graph, false, software)]
      expect(wide.regions.some(({ element }) => element === 'f16')).toBe(false)
      inHalves += Number(narrow.regions.some(({ element }) => element === 'f16'))
      expect(computed(narrow, inputs)).toEqual(computed(wide, inputs))
    }),
    { numRuns: 40 * times },
  )
  expect(inHalves).toBeGreaterThan(15)
})

test('it takes half the memory, and begins at multiples of 16 bytes', () => {
  const b = new Builder()
  const x = b.input({ shape: [3, 1000], dtype: 'f16' }, 'x')
  const y = b.input({ shape: [5], dtype: 'f16' }, 'y')
  const s = b.input({ shape: [], dtype: 'f16' }, 's')
  const graph = b.graph('memory', [b.emit(p.exp, [x], {}), b.emit(p.exp, [y], {}), b.emit(p.exp, [s], {})])
  const { regions, inputs, outputs } = planFor(graph, true)
  const sizes = regions.map(({ name, element, size }) => [name, element, size])
  // A single half is a word: no less room would be taken, and it is copied as one.
  expect(sizes).toEqual([
    ['input_f16', 'f16', 3008],
    ['input', 'f32', 4],
    ['output_f16', 'f16', 3008],
    ['output', 'f32', 4],
  ])
  for (const { place } of [...leavesOf(inputs), ...leavesOf(outputs)]) expect(place.offset % 8).toBe(0)
  expect(regions[0]!.largest![0]).toMatchObject({ name: 'x', bytes: 6000 })
})

describe.skipIf(missing(checking, 'shaders with 16-bit storage'))('shaders with 16-bit storage', () => {
  let device: Device
  beforeAll(async () => {
    device = await openWebGpu(checking.gpu!)
  })
  afterAll(() => device.dispose())

  const dot = (rows: number, depth: number, columns: number): Graph => {
    const b = new Builder()
    const [x, y] = [
      b.input({ shape: [rows, depth], dtype: 'f16' }, 'x'),
      b.input({ shape: [depth, columns], dtype: 'f16' }, 'y'),
    ]
    return b.graph('product', [b.emit(p.dot, [x, y], { batch: [], contract: [[1, 0]] })])
  }

  test('are accepted: by elements and by four, in groups of threads and without', async () => {
    expect(device.capabilities.f16).toBe(true)
    const forms = new Set<string>()
    // However the others fall out, these are stored by four and by elements.
    const certain = [dot(256, 128, 64), dot(61, 67, 71)].map(
      (graph): [{ graph: Graph; inputs: Dense[]; software: boolean }] => [{ graph, inputs: [], software: false }],
    )
    await fc.assert(
      fc.asyncProperty(mixed(0.9), async ({ graph, software }) => {
        const plan = planFor(graph, true, software)
        const code = printWgsl(plan)
        for (const { source } of code.shaders)
          for (const form of source.match(/array<(f16|vec4h)>|\bhalf(_x4)?\(|\bload4_\w+f16\(/g) ?? []) forms.add(form)
        const loaded = await device.load({ plan, code })
        loaded.dispose()
      }),
      { numRuns: 60 * times, examples: certain },
    )
    expect([...forms]).toEqual(expect.arrayContaining(['array<f16>', 'half(', 'half_x4(']))
  })

  test.each([
    [256, 128, 64],
    [61, 67, 71],
    [16, 8192, 16],
  ])('products %i x %i x %i', async (...sizes) => {
    const plan = planFor(dot(...sizes), true)
    const code = printWgsl(plan)
    const source = code.shaders.map((shader) => shader.source).join()
    expect(source).toContain(sizes[0] % 4 === 0 ? 'array<vec4h>' : 'array<f16>')
    // No partial sum is a half.
    const temporary = plan.regions.filter(({ kind }) => kind === 'temporary')
    expect(temporary.map(({ element }) => element)).toEqual(sizes[1] > 4096 ? ['f32'] : [])
    const loaded = await device.load({ plan, code })
    loaded.dispose()
  })
})

describe.skipIf(missing(computing, 'halves in shaders'))('the function that makes halves of f32 in a shader', () => {
  const given = aroundHalves()

  test.each([1, 4] as const)('in %i lanes gives the bits of the nearest', async (lanes) => {
    const adapter = (await computing.gpu!.requestAdapter())!
    const device = await adapter.requestDevice()
    // Where a shader cannot have an f16, it gives its bits.
    const text = printHalf('half', lanes)
      .replace(/-> \w+ \{/, `-> ${lanes === 1 ? 'u32' : 'vec4u'} {`)
      .replace(/return .*;/, 'return word;')
    const [float, word] = lanes === 1 ? ['f32', 'u32'] : ['vec4f', 'vec4u']
    const code = `${text}
@group(0) @binding(0) var<storage, read_write> x: array<${float}>;
@group(0) @binding(1) var<storage, read_write> y: array<${word}>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&x)) { y[id.x] = half(x[id.x]); }
}`
    const length = 4 * Math.ceil(given.length / 4)
    const [x, y, read] = [0x80 | 0x8, 0x80 | 0x4, 0x8 | 0x1].map((usage) =>
      device.createBuffer({ size: 4 * length, usage }),
    ) as [GPUBuffer, GPUBuffer, GPUBuffer]
    device.queue.writeBuffer(x, 0, given as Float32Array<ArrayBuffer>)
    const module = device.createShaderModule({ code })
    const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } })
    const bindGroup = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [x, y].map((buffer, binding) => ({ binding, resource: { buffer } })),
    })
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, bindGroup)
    pass.dispatchWorkgroups(Math.ceil(length / lanes / 64))
    pass.end()
    encoder.copyBufferToBuffer(y, 0, read, 0, 4 * length)
    device.queue.submit([encoder.finish()])
    await read.mapAsync(1)
    const bits = new Uint32Array(read.getMappedRange())
    const wrong = given.findIndex((value, k) => !Object.is(halves[bits[k]!], nearest(value)))
    expect(wrong < 0 ? undefined : [given[wrong], bits[wrong]]).toBeUndefined()
    device.destroy()
  })
})
