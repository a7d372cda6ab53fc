import { onCpu } from './schedule/on-cpu.ts'
import { printWasm } from './target/wasm/print.ts'
import type { TargetCode } from './target-code.ts'

export const forCpu: TargetCode = {
  scheduleFor: async (machine) => onCpu(machine),
  print: (plan, { capabilities, relaxed }) => printWasm(plan, { simd: capabilities.simd, relaxed }),
}
