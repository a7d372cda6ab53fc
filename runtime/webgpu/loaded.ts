import type { Executable, Place, PlanOutline } from '../../compiler/plan/plan.ts'
import type { Kept, Loaded, Range, Words } from '../device.ts'
import { toHalves } from '../halves.ts'
import { bytesOf, wordBytes } from './bytes.ts'
import type { Shared } from './device.ts'
import { WebGpuError } from './error.ts'
import { checkFits } from './fits.ts'
import { KeptOnGpu } from './kept.ts'
import { isOutput, Memory } from './memory.ts'
import type { Span } from './results.ts'
import { makeSteps, recordCall, type Step } from './steps.ts'
import { type Turn, turnsOf } from './turns.ts'

/** Makes an executable's memory, pipelines and bind groups: all that its calls need. */
export async function load({ plan, code }: Executable, device: Shared): Promise<Loaded> {
  if (code.target !== 'wgsl')
    throw new WebGpuError(
      'unavailable',
      `${plan.name} was compiled for ${code.target}; a WebGPU device runs wgsl: compile it for this device`,
    )
  checkFits(plan, code, device.gpu)
  // Pages without halves do without it.
  if (plan.regions.some(({ element }) => element === 'f16')) {
    const { Conversions } = await import('./conversions.ts')
    device.conversions ??= new Conversions(device.gpu, device.submissions)
  }
  const turns = turnsOf(plan)
  const memory = await Memory.make(plan, turns, device)
  try {
    return new LoadedOnGpu(plan, memory, await makeSteps(plan, code, memory, device), turns.list, device)
  } catch (error) {
    memory.destroy()
    throw error
  }
}

class LoadedOnGpu implements Loaded {
  readonly #plan: PlanOutline
  readonly #memory: Memory
  readonly #steps: readonly (Step | undefined)[]
  readonly #turns: readonly Turn[]
  readonly #device: Shared
  #disposed = false

  constructor(
    plan: PlanOutline,
    memory: Memory,
    steps: readonly (Step | undefined)[],
    turns: readonly Turn[],
    device: Shared,
  ) {
    this.#plan = plan
    this.#memory = memory
    this.#steps = steps
    this.#turns = turns
    this.#device = device
  }

  check(): void {
    this.#alive()
    this.#device.check()
  }

  write(place: Place, data: Words): void {
    const { element, name } = this.#range(place, data.length)
    if ((element !== 'u32') !== data instanceof Float32Array)
      throw new TypeError(
        `'${name}' holds ${element}: expected a ${arrayOf[element]} and got a ${data.constructor.name}`,
      )
    if (data.length === 0) return
    this.#leave(place)
    const { buffer, offset } = this.#memory.span(place, data.length)
    this.#device.gpu.queue.writeBuffer(
      buffer,
      offset * bytesOf[element],
      element === 'f16' ? toHalves(data) : own(data),
    )
  }

  run(): void {
    this.repeat(1, [])
  }

  repeat(times: number, history: readonly Range[]): readonly Kept[] {
    this.#alive()
    const { results } = this.#memory
    const kept = history.map(({ place, length }) =>
      KeptOnGpu.apart(this.#device, times * length, this.#range(place, length).element),
    )
    this.#submit((encoder) => {
      for (let done = 0; done < times; ) {
        const first = done
        const slots = [results.next(encoder)]
        // With nothing to be noted, all calls may leave their outputs in one slot.
        const pass = encoder.beginComputePass({ label: this.#plan.name })
        for (;;) {
          recordCall(pass, this.#steps, this.#turns, results.slot)
          if (++done === times || (history.length > 0 && results.isLast)) break
          if (history.length > 0) slots.push(results.next(encoder))
        }
        pass.end()
        for (const [i, { place, length }] of history.entries())
          for (const [n, slot] of slots.entries()) {
            const from = this.#memory.span(place, length, slot)
            copy(encoder, from, kept[i]!.where() as Span, (first + n) * length)
          }
      }
    })
    return kept
  }

  async timed(): Promise<readonly number[]> {
    this.#alive()
    const { timeSteps } = await import('./profile.ts')
    return timeSteps(this.#device, this.#steps, this.#turns, this.#memory.results)
  }

  async read(place: Place, length: number): Promise<Words> {
    this.#range(place, length)
    return this.#device.read(this.#memory.span(place, length))
  }

  keep(place: Place, length: number): Kept {
    const region = this.#range(place, length)
    const span = this.#memory.span(place, length)
    if (isOutput(region)) {
      const kept = KeptOnGpu.inPlace(this.#device, span)
      this.#memory.results.give(kept)
      return kept
    }
    const kept = KeptOnGpu.apart(this.#device, length, region.element)
    if (length > 0) this.#submit((encoder) => copy(encoder, span, kept.where() as Span))
    return kept
  }

  restore(kept: Kept, place: Place): void {
    const { element, name } = this.#range(place, kept.length)
    if (!(kept instanceof KeptOnGpu) || kept.device !== this.#device)
      throw new TypeError(`'${name}' is on another device than what was kept: read it there and write it here`)
    if ((kept.element === 'u32') !== (element === 'u32'))
      throw new TypeError(`'${name}' holds ${element}, and what was kept is ${kept.element}`)
    this.#leave(place)
    const from = kept.where()
    if (ArrayBuffer.isView(from)) this.write(place, from)
    else {
      const to = this.#memory.span(place, kept.length)
      if (kept.element === element) this.#submit((encoder) => copy(encoder, from, to))
      else this.#device.conversions!.convert(from, to)
    }
  }

  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    if (!this.#device.isLost) this.#saveResults()
    this.#memory.destroy()
  }

  /** Before something else is put in place of outputs that may still be read. */
  #leave({ region }: Place): void {
    if (isOutput(this.#plan.regions[region]!)) this.#saveResults()
  }

  #saveResults(): void {
    if (this.#memory.results.given > 0) this.#submit((encoder) => this.#memory.results.saveAll(encoder))
  }

  #submit(record: (encoder: GPUCommandEncoder) => void): void {
    const encoder = this.#device.gpu.createCommandEncoder({ label: this.#plan.name })
    record(encoder)
    this.#device.submissions.submit(encoder.finish())
  }

  #range(place: Place, length: number) {
    this.#alive()
    return this.#memory.region(place, length)
  }

  #alive(): void {
    if (this.#disposed) throw new Error(`${this.#plan.name} was disposed of and cannot be used any more`)
  }
}

const arrayOf = { f32: 'Float32Array', f16: 'Float32Array', u32: 'Uint32Array' } as const

/** A view of shared memory is copied first: a queue takes no other. */
const own = (data: Words) =>
  data.buffer instanceof ArrayBuffer ? (data as Words & ArrayBufferView<ArrayBuffer>) : data.slice()

/** `at` is where the first goes, in elements of what is copied to. */
function copy(encoder: GPUCommandEncoder, from: Span, to: Span, at = 0): void {
  const bytes = bytesOf[from.element]
  if (from.length > 0)
    encoder.copyBufferToBuffer(from.buffer, from.offset * bytes, to.buffer, (to.offset + at) * bytes, wordBytes(from))
}
