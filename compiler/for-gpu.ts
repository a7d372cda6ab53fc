import { onGpu } from './schedule/on-gpu.ts'
import { printWgsl } from './target/wgsl/print.ts'
import type { TargetCode } from './target-code.ts'

export const forGpu: TargetCode = {
  async scheduleFor(machine, nests) {
    // Few programs have pairs.
    const hasPairs = nests.some(({ pairs }) => pairs)
    return onGpu(machine, hasPairs ? (await import('./schedule/group-pairs.ts')).groupPairs : undefined)
  },
  print: (plan, { capabilities }) => printWgsl(plan, capabilities),
}
