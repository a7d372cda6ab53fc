import type { Compilation, Leaf } from '../../../compiler/compile.ts'
import type { Capabilities, Target, Tree } from '../../../compiler/plan/plan.ts'
import type { MachineOptions } from '../../../compiler/schedule/machine.ts'
import {
  type AnyProgram,
  type Leaf as LanguageLeaf,
  type Sizes,
  tracedLeaves,
  traceProgram,
} from '../../../dsl/index.ts'
import { compileTraced } from '../compile-traced.ts'

/** A program as the front door compiles it, with its inputs and outputs as two lists. */
export function compileProgram(
  program: AnyProgram,
  dims: Sizes = {},
  target: Target = 'wasm',
  capabilities?: Capabilities,
  options?: MachineOptions,
): Compilation {
  const { name, graph, inputs, outputs } = traceProgram(program, dims)
  const listed = (leaves: readonly LanguageLeaf[]): Tree<Leaf> => ({
    list: leaves.map(({ path, dtype, dims }) => ({ leaf: { path, dtype, dims } })),
  })
  const trees = { inputs: listed(tracedLeaves(inputs)), outputs: listed(tracedLeaves(outputs)) }
  return compileTraced({ name, graph, dims, ...trees }, target, capabilities, options)
}
