import type { Words } from '../device.ts'
import { fromHalves } from '../halves.ts'
import { bytesOf, wordBytes } from './bytes.ts'
import { WebGpuError } from './error.ts'
import type { Span } from './results.ts'
import type { Submissions } from './submissions.ts'
import { copyDestination, forReading, mapRead } from './usage.ts'

/** Brings words from the GPU's memory to ours through buffers that are kept for the next time. */
export class Readback {
  readonly #device: GPUDevice
  readonly #submissions: Submissions
  readonly #idle: GPUBuffer[] = []

  constructor(device: GPUDevice, submissions: Submissions) {
    this.#device = device
    this.#submissions = submissions
  }

  /** The words as they are once everything submitted so far is done. */
  async read({ buffer, offset, length, element }: Span): Promise<Words> {
    const bytes = wordBytes({ element, length })
    const staging = this.#take(bytes)
    const encoder = this.#device.createCommandEncoder()
    encoder.copyBufferToBuffer(buffer, offset * bytesOf[element], staging, 0, bytes)
    this.#submissions.submit(encoder.finish())
    try {
      await staging.mapAsync(forReading, 0, bytes)
    } catch (cause) {
      staging.destroy()
      throw new WebGpuError('lost', 'the GPU went away before what was read arrived', { cause })
    }
    const copy = staging.getMappedRange(0, bytes).slice(0)
    staging.unmap()
    this.#give(staging)
    if (element === 'f16') return fromHalves(new Uint16Array(copy, 0, length))
    return element === 'f32' ? new Float32Array(copy) : new Uint32Array(copy)
  }

  dispose(): void {
    for (const buffer of this.#idle.splice(0)) buffer.destroy()
  }

  /** The smallest that is large enough, or a new one: of a power of two, where the device has buffers so large. */
  #take(bytes: number): GPUBuffer {
    const fits = this.#idle.filter((buffer) => buffer.size >= bytes).sort((a, b) => a.size - b.size)[0]
    if (!fits)
      return this.#device.createBuffer({
        label: 'readback',
        size: Math.min(Math.max(256, 2 ** Math.ceil(Math.log2(bytes))), this.#device.limits.maxBufferSize),
        usage: mapRead | copyDestination,
      })
    this.#idle.splice(this.#idle.indexOf(fits), 1)
    return fits
  }

  #give(buffer: GPUBuffer): void {
    this.#idle.push(buffer)
    const bytes = () => this.#idle.reduce((sum, { size }) => sum + size, 0)
    while (this.#idle.length > mostIdle || (this.#idle.length > 1 && bytes() > mostIdleBytes))
      this.#idle.shift()!.destroy()
  }
}

/** What is kept for the next time, the latest in any case. */
const mostIdle = 4
const mostIdleBytes = 2 ** 27
