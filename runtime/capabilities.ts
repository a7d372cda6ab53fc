import type { Capabilities } from '../compiler/plan/plan.ts'

/** What every WebGPU device has: for code that is made ahead of time. https://www.w3.org/TR/webgpu/#limits */
export const baseline: Capabilities = {
  subgroups: false,
  software: false,
  f16: false,
  simd: true,
  workgroupBytes: 16_384,
  invocations: 256,
  maxWorkgroups: 65_535,
}
