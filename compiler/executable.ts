import { type Compilation, compileTraced, type Leaf, type Traced } from './compile.ts'
import type { Graph } from './ir/graph.ts'
import { outline } from './plan/outline.ts'
import type { Capabilities, Executable, Target, Tree } from './plan/plan.ts'
import { mapTree, treeOf } from './plan/tree.ts'
import type { Tuned } from './plan/tuned.ts'
import { targetCode } from './target-code.ts'

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
  /** What was measured on the device. */
  readonly tuned?: Tuned
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

/** Compiles and prints a traced program. */
export async function compileFor(traced: Traced, madeFor: MadeFor): Promise<Compiled> {
  const { target, capabilities, relaxed, tuned = {} } = madeFor
  // On its way while the program is compiled up to there.
  const [{ print }, compilation] = await Promise.all([
    targetCode(target),
    compileTraced(traced, target, capabilities, { relaxed, tuned }),
  ])
  const { plan } = compilation
  return { compilation, plan: outline(plan), code: print(plan, madeFor) }
}
