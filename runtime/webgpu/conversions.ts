import type { Span } from './results.ts'
import type { Submissions } from './submissions.ts'
import { copyDestination, uniform } from './usage.ts'

/**
 * Copies halves from where they are of 16 bits to where they are f32, and back: between programs of which one was
 * compiled for storage of 16 bits. All on words, so that any device can.
 */
export class Conversions {
  readonly #gpu: GPUDevice
  readonly #submissions: Submissions
  readonly #pipelines = new Map<string, GPUComputePipeline>()

  constructor(gpu: GPUDevice, submissions: Submissions) {
    this.#gpu = gpu
    this.#submissions = submissions
  }

  /** One of the two is f16, at a whole word, and the other f32. */
  convert(from: Span, to: Span): void {
    if (from.length === 0) return
    const pipeline = this.#pipeline(to.element === 'f16' ? pack : unpack)
    const [halves, floats] = to.element === 'f16' ? [to, from] : [from, to]
    const groups = Math.ceil(from.length / 2 / size)
    const across = Math.min(groups, mostAcross)
    const where = this.#gpu.createBuffer({ size: 16, usage: uniform | copyDestination })
    this.#gpu.queue.writeBuffer(where, 0, Uint32Array.of(halves.offset / 2, floats.offset, from.length, across * size))
    const bindGroup = this.#gpu.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [where, halves.buffer, floats.buffer].map((buffer, binding) => ({ binding, resource: { buffer } })),
    })
    const encoder = this.#gpu.createCommandEncoder({ label: 'halves' })
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, bindGroup)
    pass.dispatchWorkgroups(across, Math.ceil(groups / across))
    pass.end()
    this.#submissions.submit(encoder.finish())
    where.destroy()
  }

  #pipeline(code: string): GPUComputePipeline {
    const known = this.#pipelines.get(code)
    if (known) return known
    const module = this.#gpu.createShaderModule({ label: 'halves', code })
    const made = this.#gpu.createComputePipeline({ label: 'halves', layout: 'auto', compute: { module } })
    this.#pipelines.set(code, made)
    return made
  }
}

const size = 64
const mostAcross = 65_535

/** A thread for two halves, which are one word. */
const shader = (body: string, functions: string): string => `
struct Where { halves: u32, floats: u32, length: u32, row: u32 }
@group(0) @binding(0) var<uniform> at: Where;
@group(0) @binding(1) var<storage, read_write> halves: array<u32>;
@group(0) @binding(2) var<storage, read_write> floats: array<u32>;
${functions}
@compute @workgroup_size(${size})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x + at.row * id.y;
  if (2u * i >= at.length) { return; }
  let pair = 2u * i + 1u < at.length;
${body}
}`

/** From f32 to the nearest half; of the last word only what is asked for changes. */
const pack = shader(
  `  var word = halves[at.halves + i] & 0xffff0000u;
  if (pair) { word = half(floats[at.floats + 2u * i + 1u]) << 16u; }
  halves[at.halves + i] = word | half(floats[at.floats + 2u * i]);`,
  `fn half(bits: u32) -> u32 {
  let size = bits & 0x7fffffffu;
  var word = ((size + 0xfffu + ((size >> 13u) & 1u)) >> 13u) - 0x1c000u;
  if (size < 0x38800000u) { word = u32(round(bitcast<f32>(size) * 16777216.0)); }
  if (size >= 0x477ff000u) { word = 0x7c00u; }
  if (size > 0x7f800000u) { word = 0x7e00u; }
  return word | ((bits >> 16u) & 0x8000u);
}`,
)

const unpack = shader(
  `  let word = halves[at.halves + i];
  floats[at.floats + 2u * i] = float(word & 0xffffu);
  if (pair) { floats[at.floats + 2u * i + 1u] = float(word >> 16u); }`,
  `fn float(half: u32) -> u32 {
  let size = half & 0x7fffu;
  var word = (size << 13u) + 0x38000000u;
  if (size < 0x400u) { word = bitcast<u32>(f32(size) * 5.9604644775390625e-8); }
  if (size >= 0x7c00u) { word = (size << 13u) | 0x7f800000u; }
  return word | ((half & 0x8000u) << 16u);
}`,
)
