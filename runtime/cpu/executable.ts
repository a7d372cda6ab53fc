import type { Executable, Place, Region } from '../../compiler/plan/plan.ts'
import type { Kept, Loaded, Words } from '../device.ts'

/** One function call that runs a whole nest. */
interface Step {
  readonly run: (...numbers: number[]) => void
  /** First point, number of points, and the address of each slot. */
  readonly arguments: readonly number[]
}

/** WebAssembly addresses are 32 bits. */
const mostBytes = 2 ** 32
const pageBytes = 2 ** 16
/** Regions begin at cache lines. */
const alignment = 64

/** An executable with its regions in one WebAssembly memory. Everything happens at once, on the thread that calls. */
export class CpuExecutable implements Loaded {
  readonly #name: string
  // Both hold the memory, and whoever has disposed this may keep a reference to it.
  #regions: readonly Words[]
  #steps: readonly Step[]
  readonly #onDispose: (self: CpuExecutable) => void
  #disposed = false

  private constructor(
    name: string,
    regions: readonly Words[],
    steps: readonly Step[],
    onDispose: (self: CpuExecutable) => void,
  ) {
    this.#name = name
    this.#regions = regions
    this.#steps = steps
    this.#onDispose = onDispose
  }

  static async load({ plan, code }: Executable, onDispose: (self: CpuExecutable) => void): Promise<CpuExecutable> {
    if (code.target !== 'wasm')
      throw new Error(`${plan.name} was compiled for ${code.target}; the CPU runs what is compiled for wasm`)
    const { starts, bytes } = layOut(plan.regions)
    const memory = allocate(plan.name, bytes)
    // The plan may have come out of a file, with its bytes in a buffer of any kind.
    const { instance } = await WebAssembly.instantiate(Uint8Array.from(code.module), { env: { memory } })
    const regions = plan.regions.map(({ element, size }, i) =>
      element === 'f32'
        ? new Float32Array(memory.buffer, starts[i], size)
        : new Uint32Array(memory.buffer, starts[i], size),
    )
    const steps = plan.dispatches.flatMap(({ kernel, places }) => {
      const addresses = places.map(({ region, offset }) => starts[region]! + 4 * offset)
      return plan.kernels[kernel]!.nests.map(({ grid }, nest): Step => {
        const points = grid.reduce((product, { extent }) => product * extent, 1)
        return { run: instance.exports[`k${kernel}_${nest}`] as Step['run'], arguments: [0, points, ...addresses] }
      })
    })
    return new CpuExecutable(plan.name, regions, steps, onDispose)
  }

  write(place: Place, data: Words): void {
    this.#range(place, data.length).set(data)
  }

  run(): void {
    this.#check()
    for (const step of this.#steps) step.run(...step.arguments)
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
    this.#steps = []
    this.#onDispose(this)
  }

  #range({ region, offset }: Place, length: number): Words {
    this.#check()
    const all = this.#regions[region]!
    if (offset + length > all.length)
      throw new RangeError(
        `${this.#name}: elements ${offset} to ${offset + length} are beyond region ${region} of ${all.length}`,
      )
    return all.subarray(offset, offset + length)
  }

  #check(): void {
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

function allocate(name: string, bytes: number): WebAssembly.Memory {
  if (bytes > mostBytes)
    throw new Error(
      `${name} needs ${gibibytes(bytes)} of memory, and WebAssembly has at most ${gibibytes(mostBytes)}: use smaller sizes, or WebGPU`,
    )
  const pages = Math.ceil(bytes / pageBytes)
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages })
  } catch (error) {
    throw new Error(
      `${name} needs ${gibibytes(bytes)} of memory, which this machine does not give: ${(error as Error).message}`,
    )
  }
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`
