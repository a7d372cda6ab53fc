import type { Shader } from '../../compiler/plan/plan.ts'
import { fromGpu, WebGpuError } from './error.ts'
import { computeStage } from './usage.ts'

/** Compiles shaders, equal ones once. */
export class Pipelines {
  readonly #device: GPUDevice
  readonly #layouts = new Map<number, GPUBindGroupLayout>()
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>()

  constructor(device: GPUDevice) {
    this.#device = device
  }

  /**
   * Binding 0 is a uniform buffer with an offset of its own in each dispatch, bindings 1 to `regions` are storage that
   * may be written.
   */
  layout(regions: number): GPUBindGroupLayout {
    const known = this.#layouts.get(regions)
    if (known) return known
    const layout = this.#device.createBindGroupLayout({
      entries: Array.from({ length: regions + 1 }, (_, binding) => ({
        binding,
        visibility: computeStage,
        buffer: binding === 0 ? { type: 'uniform', hasDynamicOffset: true } : { type: 'storage' },
      })),
    })
    this.#layouts.set(regions, layout)
    return layout
  }

  /** @throws WebGpuError 'shader' with the line that was refused. `kernel` is for the message. */
  get(shader: Shader, kernel: string): Promise<GPUComputePipeline> {
    const key = `${shader.regions.length} ${shader.entryPoint}\n${shader.source}`
    const known = this.#pipelines.get(key)
    if (known) return known
    const made = this.#make(shader, kernel)
    this.#pipelines.set(key, made)
    made.catch(() => this.#pipelines.delete(key))
    return made
  }

  async #make({ source, entryPoint, regions }: Shader, kernel: string): Promise<GPUComputePipeline> {
    const device = this.#device
    device.pushErrorScope('validation')
    const module = device.createShaderModule({ label: kernel, code: source })
    const refused = device.popErrorScope()
    const pipeline = device.createComputePipelineAsync({
      label: kernel,
      layout: device.createPipelineLayout({ bindGroupLayouts: [this.layout(regions.length)] }),
      compute: { module, entryPoint },
    })
    // Awaited below; what the shader compiler says comes first, and is the better message.
    pipeline.catch(() => undefined)
    const { messages } = await module.getCompilationInfo()
    const error = messages.find(({ type }) => type === 'error')
    if (error) {
      await refused
      throw new WebGpuError('shader', quoted(error, source, kernel))
    }
    const invalid = await refused
    if (invalid) throw fromGpu(invalid, `kernel ${kernel}`)
    try {
      return await pipeline
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : `${cause}`
      throw new WebGpuError('shader', `kernel ${kernel}: the GPU cannot run its shader: ${reason}`, { cause })
    }
  }
}

/** The message with the line that it is about, and a mark under the place. */
function quoted({ message, lineNum, linePos }: GPUCompilationMessage, source: string, kernel: string): string {
  const said = `kernel ${kernel}: the GPU's shader compiler says: ${message.trim()}`
  const line = source.split('\n')[lineNum - 1]
  if (line === undefined) return said
  const number = `${lineNum} | `
  return `${said}\n${number}${line}\n${' '.repeat(number.length + Math.max(0, linePos - 1))}^`
}
