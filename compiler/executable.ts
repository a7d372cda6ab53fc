import { type Compilation, compileTraced, type Leaf, type Traced } from './compile.ts'
import type { Graph } from './ir/graph.ts'
import { outline } from './plan/outline.ts'
import type { Capabilities, Executable, Target, Tree } from './plan/plan.ts'
import { mapTree, treeOf } from './plan/tree.ts'
import { printWgsl } from './target/wgsl/print.ts'

/** An executable with all that led to it. */
export interface Compiled extends Executable {
  readonly compilation: Compilation
}

/** What code is made for. */
export interface MadeFor {
  readonly target: Target
  readonly capabilities: Capabilities
  /** Whether WebAssembly may have relaxed SIMD. */
  readonly relaxed: boolean
}

/** What the language's tracer leaves: its trees are nested records with leaves among them. */
export interface TracedInLanguage {
  readonly name: string
  readonly graph: Graph
  readonly inputs: unknown
  readonly outputs: unknown
}

/** The same as the compiler takes it, whose trees say what each node is, since they are saved. */
export const compilable = (
  { name, graph, inputs, outputs }: TracedInLanguage,
  dims: Traced['dims'],
  isLeaf: (x: unknown) => x is Leaf,
): Traced => {
  const treeFrom = (nested: unknown): Tree<Leaf> =>
    mapTree(treeOf(nested, isLeaf), ({ path, dtype, dims }) => ({ path, dtype, dims }))
  return { name, graph, dims, inputs: treeFrom(inputs), outputs: treeFrom(outputs) }
}

/** Compiles and prints a traced program. Code for the CPU is brought by who needs it: a page that computes on the GPU does not load it. */
export async function compileFor(traced: Traced, { target, capabilities, relaxed }: MadeFor): Promise<Compiled> {
  const compilation = await compileTraced(traced, target, capabilities)
  const { plan } = compilation
  const code =
    plan.target === 'wasm'
      ? (await import('./target/wasm/print.ts')).printWasm(plan, { simd: capabilities.simd, relaxed })
      : printWgsl(plan, capabilities)
  return { compilation, plan: outline(plan), code }
}
