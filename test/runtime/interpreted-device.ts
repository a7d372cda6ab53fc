import type { Code, Place, Plan } from '../../compiler/plan/plan.ts'
import { baseline } from '../../runtime/capabilities.ts'
import type { Device, Kept, Loaded, Range, Words } from '../../runtime/device.ts'
import { interpret } from '../compiler/target/wasm/interpreter.ts'

/** A device that interprets kernels and writes down what it was asked to do. What is read arrives late, as on a GPU. */
export class InterpretedDevice implements Device {
  readonly kind = 'cpu'
  readonly name = 'interpreter'
  readonly target = 'wasm'
  readonly info = { vendor: '', architecture: '', description: 'interpreter', isFallback: true }
  readonly features = []
  readonly limits = {}
  readonly capabilities = baseline
  readonly lost = new Promise<Error>(() => {})
  /** 'write', 'run', 'keep', ... in order. */
  readonly log: string[] = []
  /** Copies that have not been disposed. */
  readonly copies = new Set<Kept>()

  async load({ plan }: { readonly plan: Plan; readonly code: Code }): Promise<Loaded> {
    return new Interpreted(plan, this)
  }

  async ready(): Promise<void> {}
  dispose(): void {}
  [Symbol.dispose](): void {}
}

class Interpreted implements Loaded {
  readonly #plan: Plan
  readonly #device: InterpretedDevice
  readonly #regions: readonly Words[]

  constructor(plan: Plan, device: InterpretedDevice) {
    this.#plan = plan
    this.#device = device
    this.#regions = plan.regions.map(({ element, size }) =>
      element === 'f32' ? new Float32Array(size) : new Uint32Array(size),
    )
  }

  check(): void {}

  async timed(): Promise<readonly number[]> {
    this.run()
    return this.#plan.dispatches.map(() => 1)
  }

  write(place: Place, data: Words): void {
    this.#device.log.push('write')
    if (data.constructor !== this.#regions[place.region]!.constructor) throw new Error('data of the wrong type')
    this.#regions[place.region]!.set(data, place.offset)
  }

  run(): void {
    this.#device.log.push('run')
    for (const { kernel, places } of this.#plan.dispatches) {
      const { slots, nests } = this.#plan.kernels[kernel]!
      const memory = slots.map(({ dtype, size }, i) => {
        const { region, offset } = places[i]!
        const all = this.#regions[region]!
        const View = dtype === 'f32' ? Float32Array : dtype === 'i32' ? Int32Array : Uint32Array
        return new View(all.buffer as ArrayBuffer, 4 * offset, size)
      })
      for (const nest of nests) {
        const points = nest.grid.reduce((product, { extent }) => product * extent, 1)
        interpret(this.#plan.kernels[kernel]!, nest, memory, 0, points)
      }
    }
  }

  async read(place: Place, length: number): Promise<Words> {
    const words = this.#range(place, length)
    await new Promise((done) => setTimeout(done, 1))
    return words
  }

  keep(place: Place, length: number): Kept {
    this.#device.log.push('keep')
    return this.#kept(this.#range(place, length))
  }

  repeat(times: number, history: readonly Range[]): readonly Kept[] {
    const noted: Words[][] = history.map(() => [])
    for (let time = 0; time < times; time++) {
      this.run()
      for (const [i, { place, length }] of history.entries()) noted[i]!.push(this.#range(place, length))
    }
    return noted.map((parts) => {
      const all = parts.flatMap((words) => [...words])
      return this.#kept(parts[0] instanceof Float32Array ? Float32Array.from(all) : Uint32Array.from(all))
    })
  }

  #kept(words: Words): Kept {
    const { copies } = this.#device
    const kept: Kept & { readonly words: Words } = {
      length: words.length,
      collected: false,
      words,
      async read() {
        if (!copies.has(kept)) throw new Error('read after it was disposed')
        await new Promise((done) => setTimeout(done, 1))
        return words.slice()
      },
      dispose: () => copies.delete(kept),
    }
    copies.add(kept)
    return kept
  }

  restore(kept: Kept, { region, offset }: Place): void {
    this.#device.log.push('restore')
    if (!this.#device.copies.has(kept)) throw new Error('restored after it was disposed')
    this.#regions[region]!.set((kept as Kept & { readonly words: Words }).words, offset)
  }

  dispose(): void {
    this.#device.log.push('dispose')
  }

  #range({ region, offset }: Place, length: number): Words {
    return this.#regions[region]!.slice(offset, offset + length)
  }
}
