import type { Graph } from '../compiler/ir/graph.ts'
import { type Definition, runBody, specsOf } from './call-program.ts'
import { described } from './error.ts'
import { isRecord } from './given.ts'
import { type AnyProgram, definitionOf } from './program.ts'
import { type Bindings, sizeOfDim } from './shape/bind.ts'
import type { Dim, Extent, Shape } from './shape/dim.ts'
import type { DType } from './shape/dtype.ts'
import { type AnySpec, isSpec } from './spec.ts'
import { tensorsOf } from './tensor-in.ts'
import { hold, typeOf } from './trace/held.ts'
import { fail, inTrace, must } from './trace/trace.ts'
import { isTensor, traced } from './traced-tensor.ts'
import { leavesOf, mapTree, type Tree } from './tree.ts'

/** A program as a graph, with what the graph's inputs and outputs are to the author. */
export interface Traced {
  readonly name: string
  readonly graph: Graph
  /** Input i of the graph is leaf i. */
  readonly inputs: Tree<InputLeaf>
  /** Output i of the graph is leaf i. */
  readonly outputs: Tree<Leaf>
}

export interface Leaf {
  /** 'state.params.0.weight'; empty where the whole tree is this leaf. */
  readonly path: string
  /** As the author sees them: names, and no axis for the two words of a key. */
  readonly dims: Shape
  readonly dtype: DType
}
export interface InputLeaf extends Leaf {
  readonly spec: AnySpec
}

/** The sizes that named dims have in one compilation. */
export type Sizes = { readonly [dim: string]: number }

/** Traces a program for the given sizes of its named dims, all of which must be given and no others. */
export function traceProgram(program: AnyProgram, sizes: Sizes = {}): Traced {
  const definition = definitionOf(program)
  const bindings = bindSizes(definition, sizes)
  const name = definition.name()
  return inTrace({ names: [], dims: bindings, programs: [] }, undefined, (trace) => {
    const inputs = mapTree(definition.inputs, isSpec, (spec, path) => {
      const shape = spec.shape.map((dim) => extentOf(dim, bindings))
      const value = trace.builder.input(typeOf(shape, spec.dtype), path)
      return traced(hold(trace, value, shape, spec.dtype))
    })
    const result = runBody(trace, definition, inputs, bindings)
    const outputs = tensorsOf(result, 'program: the result').map(({ leaf }) => leaf.value)
    return {
      name,
      graph: trace.builder.graph(name, outputs),
      inputs: mapTree(definition.inputs, isSpec, (spec, path) => inputLeaf(path, spec)) as Tree<InputLeaf>,
      outputs: mapTree(result, isTensor, (tensor, path) => ({
        path,
        dims: tensor.shape,
        dtype: tensor.dtype,
      })) as Tree<Leaf>,
    }
  })
}

export const isLeaf = (x: unknown): x is Leaf =>
  typeof x === 'object' && x !== null && 'path' in x && typeof x.path === 'string' && 'dims' in x

/** The leaves of a tree of inputs or outputs, in the order of the graph's. */
export const tracedLeaves = <L extends Leaf>(tree: Tree<L>): readonly L[] =>
  leavesOf(tree, (x): x is L => isLeaf(x), noStray).map(({ leaf }) => leaf)
const noStray = (path: string): never => {
  throw fail(`type error: ${path} is not a leaf`)
}

/** The same tree with something made of each leaf. */
export const mapLeaves = <L extends Leaf, T>(tree: Tree<L>, make: (leaf: L) => T): Tree<T> =>
  mapTree(tree, (x): x is L => isLeaf(x), make) as Tree<T>

const inputLeaf = (path: string, spec: AnySpec): InputLeaf => ({ path, dims: spec.shape, dtype: spec.dtype, spec })

/** The names of a program's dims, in the order in which its specs mention them. */
export const dimsOf = (program: AnyProgram): readonly string[] => dimsIn(definitionOf(program))

const dimsIn = (definition: Definition): readonly string[] => [
  ...new Set(specsOf(definition.inputs).flatMap(({ leaf }) => leaf.shape.filter((dim) => typeof dim === 'string'))),
]

/** Throws unless sizes are a record. */
export function checkSizes(sizes: unknown): void {
  if (!isRecord(sizes)) throw fail(`type error: ${described(sizes)} is not a record of sizes; write { n: 32 }`)
}

function bindSizes(definition: Definition, sizes: Sizes): Bindings {
  const dims = dimsIn(definition)
  checkSizes(sizes)
  for (const dim of Object.keys(sizes)) {
    if (!dims.includes(dim)) throw fail(`type error: the program has no dim ${dim}`)
  }
  for (const dim of dims) {
    const size = Object.hasOwn(sizes, dim) ? sizes[dim] : undefined
    if (size === undefined) throw fail(`type error: dim ${dim} has no size; give one to each of ${dims.join(', ')}`)
    if (!Number.isSafeInteger(size) || size < 0)
      throw fail(`type error: dim ${dim} is ${described(size)}, which is not a size`)
  }
  return new Map(dims.map((dim): [string, Extent] => [dim, { dim, size: sizes[dim]! }]))
}

const extentOf = (dim: Dim, bindings: Bindings): Extent => ({
  dim,
  size: must(sizeOfDim(dim, bindings) ?? `shape error: ${dim} has no size`),
})
