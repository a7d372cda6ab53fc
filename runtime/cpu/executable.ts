import type { Executable, Place, PlanLoop, PlanOutline, Region } from '../../compiler/plan/plan.ts'
import type { Kept, Loaded, Words } from '../device.ts'

/** One function call that runs a whole nest, or a loop of them. */
type Step = Call | Loop

interface Call {
  readonly run: (...numbers: number[]) => void
  /** First point, number of points, and the address of each slot. */
  readonly arguments: readonly number[]
  /** In loops: how many bytes further each argument is with each turn of each loop around it, outermost first. */
  readonly advance: readonly (readonly number[])[]
}

interface Loop {
  /** 0: any number. */
  readonly times: number
  readonly steps: readonly Step[]
  /** Before step `at` of a turn, the loop ends where the word is 0. */
  readonly test: { readonly at: number; readonly word: number } | undefined
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
  #words: Uint32Array
  #steps: readonly Step[]
  readonly #onDispose: (self: CpuExecutable) => void
  #disposed = false

  private constructor(
    name: string,
    regions: readonly Words[],
    words: Uint32Array,
    steps: readonly Step[],
    onDispose: (self: CpuExecutable) => void,
  ) {
    this.#name = name
    this.#regions = regions
    this.#words = words
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
    const words = new Uint32Array(memory.buffer)
    const steps = stepsOf(plan, starts, instance.exports as Exports)
    return new CpuExecutable(plan.name, regions, words, steps, onDispose)
  }

  write(place: Place, data: Words): void {
    this.#range(place, data.length).set(data)
  }

  run(): void {
    this.#check()
    runSteps(this.#steps, this.#words, [])
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

type Exports = { readonly [name: string]: Call['run'] }

/** The dispatches of a plan as calls, with the loops that it says are around them. */
function stepsOf(
  { dispatches, kernels, loops = [] }: PlanOutline,
  starts: readonly number[],
  exports: Exports,
): readonly Step[] {
  const addressOf = ({ region, offset }: Place) => starts[region]! + 4 * offset
  const callsOf = (dispatch: number): readonly Call[] => {
    const { kernel, places } = dispatches[dispatch]!
    const depth = Math.max(0, ...places.map(({ advance = [] }) => advance.length))
    const advance = Array.from({ length: depth }, (_, d) => places.map((place) => 4 * (place.advance?.[d] ?? 0)))
    return kernels[kernel]!.nests.map(({ grid }, nest) => {
      const points = grid.reduce((product, { extent }) => product * extent, 1)
      const run = exports[`k${kernel}_${nest}`]!
      return { run, arguments: [0, points, ...places.map(addressOf)], advance: advance.map((by) => [0, 0, ...by]) }
    })
  }
  const within = (from: number, to: number, inner: readonly PlanLoop[]): readonly Step[] => {
    const steps: Step[] = []
    for (let at = from; at < to; ) {
      const loop = inner.find((candidate) => candidate.from === at)
      if (!loop) {
        steps.push(...callsOf(at++))
        continue
      }
      // What it contains comes after it in the list.
      const rest = inner.slice(inner.indexOf(loop) + 1).filter((other) => other.to <= loop.to)
      const test = loop.test && {
        at: within(loop.from, loop.test.at, rest).length,
        word: addressOf(loop.test.place) / 4,
      }
      steps.push({ times: loop.times, steps: within(loop.from, loop.to, rest), test })
      at = loop.to
    }
    return steps
  }
  return within(0, dispatches.length, loops)
}

/** Runs steps in the given turns of the loops around them. */
function runSteps(steps: readonly Step[], words: Uint32Array, turns: readonly number[]): void {
  for (const step of steps) {
    if ('run' in step) step.run(...argumentsAt(step, turns))
    else runLoop(step, words, turns)
  }
}

function argumentsAt({ arguments: first, advance }: Call, turns: readonly number[]): readonly number[] {
  if (advance.length === 0) return first
  return first.map((value, i) => advance.reduce((sum, by, depth) => sum + by[i]! * turns[depth]!, value))
}

function runLoop({ times, steps, test }: Loop, words: Uint32Array, turns: readonly number[]): void {
  for (let turn = 0; times === 0 || turn < times; turn++) {
    const now = [...turns, turn]
    if (test) {
      runSteps(steps.slice(0, test.at), words, now)
      if (words[test.word] === 0) return
      runSteps(steps.slice(test.at), words, now)
    } else runSteps(steps, words, now)
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
