import type { Executable } from '../../compiler/plan/plan.ts'
import type { Device, Loaded } from '../device.ts'
import { fromGpu, WebGpuError } from './error.ts'
import { load } from './loaded.ts'
import { Pipelines } from './pipelines.ts'
import { Readback } from './readback.ts'

export interface WebGpuOptions {
  /** Which GPU to ask for where there are two; default 'high-performance'. */
  readonly powerPreference?: GPUPowerPreference
}

/**
 * Opens the GPU behind `gpu` (`navigator.gpu` in a browser), with all that it allows.
 *
 * @throws WebGpuError 'unavailable' where there is no adapter.
 */
export async function openWebGpu(
  gpu: GPU,
  { powerPreference = 'high-performance' }: WebGpuOptions = {},
): Promise<Device> {
  const adapter = await gpu.requestAdapter({ powerPreference })
  if (!adapter)
    throw new WebGpuError(
      'unavailable',
      "expected a WebGPU adapter and found none: the GPU or its driver is missing or not supported; openDevice('cpu') runs without",
    )
  const requiredLimits = Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]]))
  const device = await adapter.requestDevice({ label: 'fluxion', requiredLimits })
  return new WebGpuDevice(device, adapter.info)
}

const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const satisfies readonly (keyof GPUSupportedLimits)[]

/** What the executables on one GPU share. */
export interface Shared {
  readonly gpu: GPUDevice
  readonly pipelines: Pipelines
  readonly readback: Readback
  /** Throws the first thing that went wrong since the last time; what is lost stays lost. */
  check(): void
}

class WebGpuDevice implements Device, Shared {
  readonly kind = 'webgpu'
  readonly target = 'wgsl'
  readonly name: string
  readonly gpu: GPUDevice
  readonly pipelines: Pipelines
  readonly readback: Readback
  #failed: WebGpuError | undefined
  #lost: WebGpuError | undefined

  constructor(gpu: GPUDevice, info: GPUAdapterInfo) {
    const model = info.description || info.device || [info.vendor, info.architecture].filter(Boolean).join(' ')
    this.name = model ? `WebGPU (${model})` : 'WebGPU'
    this.gpu = gpu
    this.pipelines = new Pipelines(gpu)
    this.readback = new Readback(gpu)
    gpu.addEventListener('uncapturederror', (event) => {
      event.preventDefault()
      this.#failed ??= fromGpu(event.error, this.name)
    })
    gpu.lost.then(({ message }) => {
      this.#lost ??= new WebGpuError('lost', `${this.name} was lost, and its memory with it: ${message}`)
    })
  }

  load(executable: Executable): Promise<Loaded> {
    this.check()
    return load(executable, this)
  }

  check(): void {
    if (this.#lost) throw this.#lost
    const failed = this.#failed
    this.#failed = undefined
    if (failed) throw failed
  }

  dispose(): void {
    this.#lost ??= new WebGpuError('lost', `${this.name} was disposed of`)
    this.readback.dispose()
    this.gpu.destroy()
  }
}
