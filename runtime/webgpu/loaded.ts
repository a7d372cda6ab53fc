import type { Executable, Place, PlanLoop, PlanOutline, Region, WgslCode } from '../../compiler/plan/plan.ts'
import type { Kept, Loaded, Words } from '../device.ts'
import type { Shared } from './device.ts'
import { fromGpu, WebGpuError } from './error.ts'
import { copyDestination, copySource, storage, uniform } from './usage.ts'

/** Makes an executable's memory, pipelines and bind groups: all that its calls need. */
export async function load({ plan, code }: Executable, device: Shared): Promise<Loaded> {
  if (code.target !== 'wgsl')
    throw new WebGpuError(
      'unavailable',
      `${plan.name} was compiled for ${code.target}; a WebGPU device runs wgsl: compile it for this device`,
    )
  checkLimits(plan, code, device.gpu.limits)
  const { buffers, offsets } = await makeBuffers(plan, device)
  try {
    const steps = await makeSteps(plan, code, buffers, offsets, device)
    const turns = offsetLayout(plan).turns.filter(({ step }) => steps[step])
    return new LoadedOnGpu(plan, buffers, offsets, steps, turns, device)
  } catch (error) {
    for (const buffer of [...buffers, offsets]) buffer.destroy()
    throw error
  }
}

/** A dispatch with everything bound but its offsets. */
interface Step {
  readonly pipeline: GPUComputePipeline
  readonly bindGroup: GPUBindGroup
  readonly workgroups: readonly [x: number, y: number, z: number]
}

/** A step at one turn of each loop around it: where its offsets start, in bytes. */
interface Turn {
  readonly step: number
  readonly start: number
}

function checkLimits({ name, regions }: PlanOutline, { shaders }: WgslCode, limits: GPUSupportedLimits): void {
  const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize)
  for (const region of regions)
    if (region.size * 4 > most)
      throw new WebGpuError(
        'unavailable',
        `${name} needs ${region.size * 4} bytes in one piece for '${region.name}', and this GPU allows ${most}: compile it for smaller sizes`,
      )
  const bound = Math.max(0, ...shaders.map((shader) => shader.regions.length))
  if (bound > limits.maxStorageBuffersPerShaderStage)
    throw new WebGpuError(
      'unavailable',
      `a kernel of ${name} uses ${bound} regions, and this GPU allows ${limits.maxStorageBuffersPerShaderStage}`,
    )
}

/** A buffer for each region, zero at first, and one with the offsets of every dispatch. */
async function makeBuffers(plan: PlanOutline, { gpu }: Shared): Promise<{ buffers: GPUBuffer[]; offsets: GPUBuffer }> {
  gpu.pushErrorScope('validation')
  gpu.pushErrorScope('out-of-memory')
  const buffers = plan.regions.map(({ name, size }) =>
    gpu.createBuffer({
      label: name,
      size: Math.max(16, size * 4),
      usage: storage | copySource | copyDestination,
    }),
  )
  const layout = offsetLayout(plan)
  const offsets = gpu.createBuffer({ label: 'offsets', size: layout.size, usage: uniform | copyDestination })
  const words = new Uint32Array(layout.size / 4)
  for (const { start, values } of layout.blocks) words.set(values, start / 4)
  gpu.queue.writeBuffer(offsets, 0, words)
  const [memory, validation] = await Promise.all([gpu.popErrorScope(), gpu.popErrorScope()])
  const error = memory ?? validation
  if (!error) return { buffers, offsets }
  for (const buffer of [...buffers, offsets]) buffer.destroy()
  const bytes = plan.regions.reduce((sum, { size }) => sum + size * 4, 0)
  throw fromGpu(error, `loading ${plan.name}, ${bytes} bytes`)
}

interface OffsetLayout {
  /** All that is dispatched in a call, in order. */
  readonly turns: readonly Turn[]
  /** The offsets of a step's slots, in elements, and where they stand; turns at which they are the same share them. */
  readonly blocks: readonly { readonly start: number; readonly values: readonly number[] }[]
  readonly size: number
}

/** The offsets of each dispatch in each turn of the loops around it. A binding must start at a multiple of 256 bytes. */
function offsetLayout({ name, dispatches, loops = [] }: PlanOutline): OffsetLayout {
  let size = 0
  const turns: Turn[] = []
  const blocks: { start: number; values: readonly number[] }[] = []
  const known = new Map<string, number>()
  const emit = (step: number, at: readonly number[]) => {
    const values = dispatches[step]!.places.map(({ offset, advance = [] }) =>
      advance.reduce((sum, by, depth) => sum + by * at[depth]!, offset),
    )
    const key = `${step}:${values.join()}`
    const start = known.get(key) ?? size
    if (start === size) {
      known.set(key, start)
      blocks.push({ start, values })
      size += 256 * Math.max(1, Math.ceil((values.length * 4) / 256))
    }
    turns.push({ step, start })
  }
  const within = (from: number, to: number, inner: readonly PlanLoop[], at: readonly number[]): void => {
    for (let step = from; step < to; ) {
      const loop = inner.find((candidate) => candidate.from === step)
      if (!loop) {
        emit(step++, at)
        continue
      }
      if (loop.test)
        throw new WebGpuError('unavailable', `${name} has a loop that ends on a condition, which WebGPU cannot run`)
      const rest = inner.slice(inner.indexOf(loop) + 1).filter((other) => other.to <= loop.to)
      for (let turn = 0; turn < loop.times; turn++) within(loop.from, loop.to, rest, [...at, turn])
      step = loop.to
    }
  }
  within(0, dispatches.length, loops, [])
  return { turns, blocks, size: Math.max(256, size) }
}

async function makeSteps(
  plan: PlanOutline,
  code: WgslCode,
  buffers: readonly GPUBuffer[],
  offsets: GPUBuffer,
  { gpu, pipelines }: Shared,
): Promise<(Step | undefined)[]> {
  const steps = plan.dispatches.map(async ({ kernel, places }, i): Promise<Step | undefined> => {
    const shader = code.shaders[code.dispatches[i]!]!
    if (shader.workgroups.some((count) => count === 0)) return undefined
    const pipeline = await pipelines.get(shader, plan.kernels[kernel]!.name)
    const bindGroup = gpu.createBindGroup({
      layout: pipelines.layout(shader.regions.length),
      entries: [
        {
          binding: 0,
          resource: { buffer: offsets, size: Math.max(16, 16 * Math.ceil(places.length / 4)) },
        },
        ...shader.regions.map((region, j) => ({ binding: j + 1, resource: { buffer: buffers[region]! } })),
      ],
    })
    return { pipeline, bindGroup, workgroups: shader.workgroups }
  })
  return Promise.all(steps)
}

class LoadedOnGpu implements Loaded {
  readonly #plan: PlanOutline
  readonly #buffers: readonly GPUBuffer[]
  readonly #offsets: GPUBuffer
  readonly #steps: readonly (Step | undefined)[]
  readonly #turns: readonly Turn[]
  readonly #device: Shared
  #disposed = false

  constructor(
    plan: PlanOutline,
    buffers: readonly GPUBuffer[],
    offsets: GPUBuffer,
    steps: readonly (Step | undefined)[],
    turns: readonly Turn[],
    device: Shared,
  ) {
    this.#plan = plan
    this.#buffers = buffers
    this.#offsets = offsets
    this.#steps = steps
    this.#turns = turns
    this.#device = device
  }

  write(place: Place, data: Words): void {
    const { element, name } = this.#range(place, data.length)
    if ((element === 'f32') !== data instanceof Float32Array)
      throw new TypeError(
        `'${name}' holds ${element}: expected a ${arrayOf[element]} and got a ${data.constructor.name}`,
      )
    // A view of shared memory is copied first: a queue takes no other.
    const own = data.buffer instanceof ArrayBuffer ? (data as Words & ArrayBufferView<ArrayBuffer>) : data.slice()
    if (data.length > 0) this.#device.gpu.queue.writeBuffer(this.#buffers[place.region]!, place.offset * 4, own)
  }

  run(): void {
    this.#alive()
    const encoder = this.#device.gpu.createCommandEncoder({ label: this.#plan.name })
    const pass = encoder.beginComputePass({ label: this.#plan.name })
    let current: GPUComputePipeline | undefined
    for (const { step, start } of this.#turns) {
      const { pipeline, bindGroup, workgroups } = this.#steps[step]!
      if (pipeline !== current) pass.setPipeline(pipeline)
      current = pipeline
      pass.setBindGroup(0, bindGroup, [start])
      pass.dispatchWorkgroups(...workgroups)
    }
    pass.end()
    this.#device.gpu.queue.submit([encoder.finish()])
  }

  async read(place: Place, length: number): Promise<Words> {
    const { element } = this.#range(place, length)
    return readWords(this.#device, this.#buffers[place.region]!, place.offset, length, element)
  }

  keep(place: Place, length: number): Kept {
    const { element } = this.#range(place, length)
    const kept = new KeptOnGpu(this.#device, length, element)
    this.#copy(this.#buffers[place.region]!, place.offset, kept.buffer, 0, length)
    return kept
  }

  restore(kept: Kept, place: Place): void {
    const { element, name } = this.#range(place, kept.length)
    if (!(kept instanceof KeptOnGpu) || kept.device !== this.#device)
      throw new TypeError(`'${name}' is on another device than what was kept: read it there and write it here`)
    if (kept.element !== element)
      throw new TypeError(`'${name}' holds ${element}, and what was kept is ${kept.element}`)
    this.#copy(kept.buffer, 0, this.#buffers[place.region]!, place.offset, kept.length)
  }

  dispose(): void {
    this.#disposed = true
    for (const buffer of [...this.#buffers, this.#offsets]) buffer.destroy()
  }

  #copy(from: GPUBuffer, fromOffset: number, to: GPUBuffer, toOffset: number, length: number): void {
    if (length === 0) return
    const { gpu } = this.#device
    const encoder = gpu.createCommandEncoder()
    encoder.copyBufferToBuffer(from, fromOffset * 4, to, toOffset * 4, length * 4)
    gpu.queue.submit([encoder.finish()])
  }

  #range({ region: number, offset }: Place, length: number): Region {
    this.#alive()
    const region = this.#plan.regions[number]
    if (!region || offset < 0 || offset + length > region.size)
      throw new RangeError(
        region
          ? `'${region.name}' has ${region.size} elements, and ${offset} to ${offset + length} were asked for`
          : `${this.#plan.name} has ${this.#plan.regions.length} regions and no region ${number}`,
      )
    return region
  }

  #alive(): void {
    if (this.#disposed) throw new Error(`${this.#plan.name} was disposed of and cannot be used any more`)
  }
}

const arrayOf = { f32: 'Float32Array', u32: 'Uint32Array' } as const

class KeptOnGpu implements Kept {
  readonly device: Shared
  readonly length: number
  readonly collected = false
  readonly element: 'f32' | 'u32'
  readonly #buffer: GPUBuffer
  #disposed = false

  constructor(device: Shared, length: number, element: 'f32' | 'u32') {
    this.device = device
    this.length = length
    this.element = element
    const usage = copySource | copyDestination
    this.#buffer = device.gpu.createBuffer({ label: 'kept', size: Math.max(16, length * 4), usage })
  }

  get buffer(): GPUBuffer {
    if (this.#disposed) throw new Error('what was kept was disposed of and cannot be used any more')
    return this.#buffer
  }

  async read(): Promise<Words> {
    return readWords(this.device, this.buffer, 0, this.length, this.element)
  }

  dispose(): void {
    this.#disposed = true
    this.#buffer.destroy()
  }
}

/** Raises what has gone wrong on the device up to when the words arrive. */
async function readWords(
  device: Shared,
  from: GPUBuffer,
  offset: number,
  length: number,
  element: 'f32' | 'u32',
): Promise<Words> {
  device.check()
  if (length === 0) return element === 'f32' ? new Float32Array() : new Uint32Array()
  try {
    return await device.readback.read(from, offset, length, element)
  } finally {
    device.check()
  }
}
