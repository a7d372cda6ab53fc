import type { PlanOutline, WgslCode } from '../../compiler/plan/plan.ts'
import type { Shared } from './device.ts'
import type { Memory } from './memory.ts'
import type { Turn } from './turns.ts'

/** A dispatch with everything bound but its offsets. */
export interface Step {
  readonly pipeline: GPUComputePipeline
  readonly bindGroup: GPUBindGroup
  readonly workgroups: readonly [x: number, y: number, z: number]
}

/** The dispatches of a plan; undefined where there is nothing to compute. All pipelines are made at the same time. */
export function makeSteps(
  plan: PlanOutline,
  code: WgslCode,
  memory: Memory,
  { gpu, pipelines }: Shared,
): Promise<readonly (Step | undefined)[]> {
  const steps = plan.dispatches.map(async ({ kernel, places }, i): Promise<Step | undefined> => {
    const shader = code.shaders[code.dispatches[i]!]!
    if (shader.workgroups.some((count) => count === 0)) return undefined
    const pipeline = await pipelines.get(shader, plan.kernels[kernel]!.name)
    const bindGroup = gpu.createBindGroup({
      layout: pipelines.layout(shader.regions.length),
      entries: [
        {
          binding: 0,
          resource: { buffer: memory.offsets, size: Math.max(16, 16 * Math.ceil(places.length / 4)) },
        },
        ...shader.regions.map((region, j) => ({ binding: j + 1, resource: { buffer: memory.buffer(region) } })),
      ],
    })
    return { pipeline, bindGroup, workgroups: shader.workgroups }
  })
  return Promise.all(steps)
}

/** Writes all dispatches of one call into a pass; its outputs go into `slot`. */
export function recordCall(
  pass: GPUComputePassEncoder,
  steps: readonly (Step | undefined)[],
  turns: readonly Turn[],
  slot: number,
): void {
  let current: GPUComputePipeline | undefined
  for (const { step, start, perSlot } of turns) {
    const made = steps[step]
    if (!made) continue
    if (made.pipeline !== current) pass.setPipeline(made.pipeline)
    current = made.pipeline
    pass.setBindGroup(0, made.bindGroup, [start + slot * perSlot])
    pass.dispatchWorkgroups(...made.workgroups)
  }
}
