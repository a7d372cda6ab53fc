import type { Executable, Place, PlanOutline, Region } from '../../compiler/plan/plan.ts'
import type { Kept, Loaded, Range, Words } from '../device.ts'
import { amountOf, tooLarge } from '../too-large.ts'
import { timeSteps } from './profile.ts'
import { type Exports, runSteps, type Step, stepsOf } from './steps.ts'

/** WebAssembly addresses are 32 bits. */
export const mostBytes = 2 ** 32
const pageBytes = 2 ** 16
/** Regions begin at cache lines. */
const alignment = 64

/** An executable with its regions in one WebAssembly memory. Everything happens at once, on the thread that calls. */
export class CpuExecutable implements Loaded {
  readonly #name: string
  // Both hold the memory, and whoever has disposed this may keep a reference to it.
  #regions: readonly Words[]
  #words: Uint32Array
  #steps: readonly Step[]
  readonly #dispatches: number
  #disposed = false

  private constructor(
    { name, dispatches }: PlanOutline,
    regions: readonly Words[],
    words: Uint32Array,
    steps: readonly Step[],
  ) {
    this.#name = name
    this.#dispatches = dispatches.length
    this.#regions = regions
    this.#words = words
    this.#steps = steps
  }

  static async load({ plan, code }: Executable): Promise<CpuExecutable> {
    if (code.target !== 'wasm')
      throw new Error(`${plan.name} was compiled for ${code.target}; the CPU runs what is compiled for wasm`)
    const { starts, bytes } = layOut(plan.regions)
    const memory = allocate(plan, bytes + (plan.scratch ?? 0))
    // The plan may have come out of a file, with its bytes in a buffer of any kind.
    const { instance } = await WebAssembly.instantiate(Uint8Array.from(code.module), { env: { memory } })
    const regions = plan.regions.map(({ element, size }, i) =>
      element === 'f32'
        ? new Float32Array(memory.buffer, starts[i], size)
        : new Uint32Array(memory.buffer, starts[i], size),
    )
    const words = new Uint32Array(memory.buffer)
    const steps = stepsOf(plan, starts, bytes, instance.exports as Exports)
    return new CpuExecutable(plan, regions, words, steps)
  }

  write(place: Place, data: Words): void {
    this.#range(place, data.length).set(data)
  }

  run(): void {
    this.check()
    runSteps(this.#steps, this.#words, [])
  }

  repeat(times: number, history: readonly Range[]): readonly Kept[] {
    const kept = history.map(({ place, length }) => {
      const range = this.#range(place, length)
      return range instanceof Float32Array ? new Float32Array(times * length) : new Uint32Array(times * length)
    })
    for (let time = 0; time < times; time++) {
      this.run()
      for (const [i, { place, length }] of history.entries()) kept[i]!.set(this.#range(place, length), time * length)
    }
    return kept.map((words) => new CpuCopy(words))
  }

  async timed(): Promise<readonly number[]> {
    this.check()
    return timeSteps(this.#steps, this.#words, this.#dispatches)
  }

  async read(place: Place, length: number): Promise<Words> {
    return this.#range(place, length).slice()
  }

  keep(place: Place, length: number): Kept {
    return new CpuCopy(this.#range(place, length).slice())
  }

  restore(kept: Kept, place: Place): void {
    if (!(kept instanceof CpuCopy)) throw new Error('what another device kept cannot be restored on the CPU')
    this.write(place, kept.words())
  }

  dispose(): void {
    this.#disposed = true
    this.#regions = []
    this.#words = new Uint32Array()
    this.#steps = []
  }

  #range({ region, offset }: Place, length: number): Words {
    this.check()
    const all = this.#regions[region]!
    if (offset + length > all.length)
      throw new RangeError(
        `${this.#name}: elements ${offset} to ${offset + length} are beyond region ${region} of ${all.length}`,
      )
    return all.subarray(offset, offset + length)
  }

  check(): void {
    if (this.#disposed) throw new Error(`${this.#name} has been disposed`)
  }
}

class CpuCopy implements Kept {
  readonly length: number
  readonly collected = true
  #words: Words | undefined

  constructor(words: Words) {
    this.length = words.length
    this.#words = words
  }

  words(): Words {
    if (!this.#words) throw new Error('this copy has been disposed')
    return this.#words
  }

  async read(): Promise<Words> {
    return this.words().slice()
  }

  dispose(): void {
    this.#words = undefined
  }
}

function layOut(regions: readonly Region[]): { readonly starts: readonly number[]; readonly bytes: number } {
  const starts: number[] = []
  let bytes = 0
  for (const { size } of regions) {
    starts.push(bytes)
    bytes = Math.ceil((bytes + 4 * size) / alignment) * alignment
  }
  return { starts, bytes }
}

function allocate({ name, regions }: PlanOutline, bytes: number): WebAssembly.Memory {
  if (bytes > mostBytes)
    throw new Error(
      `${name} needs ${amountOf(bytes)} of memory, and WebAssembly has at most ${amountOf(mostBytes)}${tooLarge(regions)}; or WebGPU`,
    )
  const pages = Math.ceil(bytes / pageBytes)
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  } catch (error) {
    throw new Error(
      `${name} needs ${amountOf(bytes)} of memory, which this machine does not give: ${(error as Error).message}${tooLarge(regions)}`,
    )
  }
}
