import type { Compiled } from '../compiler/executable.ts'
import { costOf } from '../compiler/ir/cost.ts'
import { bytesOf } from '../compiler/plan/bytes.ts'
import type { Code, Region } from '../compiler/plan/plan.ts'

/** What a compiled program takes, known before it runs. */
export interface Figures {
  readonly kernels: number
  /** Of the WebAssembly module, or of the text of all shaders. */
  readonly codeBytes: number
  /** Floating-point operations of a call; what a loop that ends on a condition does is counted once. */
  readonly flops: number
  /** Of the device, by kind. */
  readonly memoryBytes: { readonly [K in Region['kind']]: number }
}

export function figuresOf({ plan, code, compilation }: Compiled): Figures {
  const memoryBytes = { input: 0, state: 0, output: 0, temporary: 0 }
  for (const { kind, element, size } of plan.regions) memoryBytes[kind] += size * bytesOf[element]
  const flops = compilation.steps.map(
    ({ nests, times }) => Math.max(1, times) * nests.reduce((sum, { computes }) => sum + costOf(computes), 0),
  )
  return {
    kernels: plan.kernels.length,
    codeBytes: codeBytesOf(code),
    flops: flops.reduce((all, some) => all + some, 0),
    memoryBytes,
  }
}

const codeBytesOf = (code: Code): number =>
  code.target === 'wasm'
    ? code.module.length
    : code.shaders.reduce((sum, { source }) => sum + new TextEncoder().encode(source).length, 0)
