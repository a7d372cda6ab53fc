import type { Capabilities, Executable } from '../../compiler/plan/plan.ts'
import type { Tuned } from '../../compiler/plan/tuned.ts'
import type { Device, DeviceInfo, Loaded, Words } from '../device.ts'
import { type AdapterInfo, capabilitiesOf, infoOf, limitsOf, modelOf, requestDevice } from './adapter.ts'
import type { Conversions } from './conversions.ts'
import { fromGpu, WebGpuError } from './error.ts'
import { noWords } from './kept.ts'
import { load } from './loaded.ts'
import { Pipelines } from './pipelines.ts'
import { Readback } from './readback.ts'
import type { Span } from './results.ts'
import { Submissions } from './submissions.ts'

export interface WebGpuOptions {
  /** Which GPU to ask for where there are two; default 'high-performance'. */
  readonly powerPreference?: GPUPowerPreference
  /** Ask for the host's adapter in software. Default false. */
  readonly software?: boolean
  /** What `tune` measured on this GPU, or one like it. */
  readonly tuned?: Tuned
}

/**
 * Opens the GPU behind `gpu` (`navigator.gpu` in a browser), with all that it allows.
 *
 * @throws WebGpuError 'unavailable' where there is no adapter.
 */
export async function openWebGpu(
  gpu: GPU,
  { powerPreference = 'high-performance', software = false, tuned }: WebGpuOptions = {},
): Promise<Device> {
  const options: AdapterInfo['options'] = software ? { software } : { powerPreference }
  const { gpu: device, info } = await requestDevice(gpu, options)
  return new WebGpuDevice(device, info, tuned)
}

/** What the executables on one GPU share. */
export interface Shared {
  readonly gpu: GPUDevice
  readonly pipelines: Pipelines
  readonly submissions: Submissions
  /** There once something with 16-bit storage has been loaded. */
  conversions: Conversions | undefined
  readonly isLost: boolean
  /** Brings elements here. Raises what has gone wrong on the device up to when they arrive. */
  read(span: Span): Promise<Words>
  /** Throws the first thing that went wrong since the last time; what is lost stays lost. */
  check(): void
}

class WebGpuDevice implements Device, Shared {
  readonly kind = 'webgpu'
  readonly target = 'wgsl'
  readonly name: string
  readonly info: DeviceInfo
  readonly features: readonly string[]
  readonly limits: { readonly [name: string]: number }
  readonly capabilities: Capabilities
  readonly tuned?: Tuned
  readonly lost: Promise<WebGpuError>
  readonly gpu: GPUDevice
  readonly pipelines: Pipelines
  readonly submissions: Submissions
  conversions: Conversions | undefined
  readonly #readback: Readback
  #failed: WebGpuError | undefined
  #lost: WebGpuError | undefined

  constructor(gpu: GPUDevice, info: GPUAdapterInfo, tuned: Tuned | undefined) {
    if (tuned) this.tuned = tuned
    this.info = infoOf(info)
    this.features = [...gpu.features].sort()
    this.limits = limitsOf(gpu.limits)
    this.capabilities = capabilitiesOf(gpu, info)
    const model = modelOf(this.info)
    this.name = model ? `WebGPU (${model})` : 'WebGPU'
    this.gpu = gpu
    this.pipelines = new Pipelines(gpu)
    this.submissions = new Submissions(gpu.queue)
    this.#readback = new Readback(gpu, this.submissions)
    gpu.addEventListener('uncapturederror', (event) => {
      event.preventDefault()
      this.#failed ??= fromGpu(event.error, this.name)
    })
    this.lost = gpu.lost.then(({ message }) => {
      this.#lost ??= new WebGpuError('lost', `${this.name} was lost, and its memory with it: ${message}`)
      return this.#lost
    })
  }

  get isLost(): boolean {
    return this.#lost !== undefined
  }

  async load(executable: Executable): Promise<Loaded> {
    this.check()
    return load(executable, this)
  }

  async read(span: Span): Promise<Words> {
    this.check()
    if (span.length === 0) return noWords(span.element)
    try {
      return await this.#readback.read(span)
    } finally {
      this.check()
    }
  }

  check(): void {
    if (this.#lost) throw this.#lost
    const failed = this.#failed
    this.#failed = undefined
    if (failed) throw failed
  }

  ready(): Promise<void> {
    return this.submissions.ready()
  }

  dispose(): void {
    if (this.#lost) return
    this.#lost = new WebGpuError('lost', `${this.name} was disposed of`)
    this.#readback.dispose()
    this.gpu.destroy()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
