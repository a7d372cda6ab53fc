import { constant } from '../compiler/ir/primitives/index.ts'
import { specsOf } from './call-program.ts'
import { described } from './error.ts'
import { type AnyProgram, definitionOf } from './program.ts'
import { foldIn } from './random/index.ts'
import { sizeOfDim } from './shape/bind.ts'
import type { Extent } from './shape/dim.ts'
import { agree, show } from './shape/dim.ts'
import { type AnySpec, isSpec, key } from './spec.ts'
import type { AnyTensor, Key } from './tensor.ts'
import { extentsOf, hold, typeOf } from './trace/held.ts'
import { fail, inTrace, must, named, type Trace } from './trace/trace.ts'
import { checkSizes, type Leaf, type Sizes, type Traced } from './trace-program.ts'
import { heldTensor, traced } from './traced-tensor.ts'
import { mapTree, partAt, type Tree } from './tree.ts'

/**
 * The first values of a program's inputs, as a graph with one key for its input. Leaf i is made by its initialiser from
 * the key folded with i; a key without an initialiser is that key itself, and anything else is zero. Without `part`
 * these are `state` and every other input that has an initialiser somewhere in it; `part` is the path of a record of
 * specs or of one spec.
 */
export function traceInit(program: AnyProgram, part?: string, sizes: Sizes = {}): Traced {
  const definition = definitionOf(program)
  checkSizes(sizes)
  for (const [dim, size] of Object.entries(sizes))
    if (!Number.isSafeInteger(size) || size < 0)
      throw fail(`type error: dim ${dim} is ${described(size)}, which is not a size`)
  if (part !== undefined && typeof part !== 'string')
    throw fail(`type error: init: ${described(part)} is not the path of an input`)
  const specs = part === undefined ? stateful(definition.inputs) : partAt(definition.inputs, part)
  if (specs === undefined) {
    const has = Object.keys(definition.inputs).join(', ')
    throw fail(
      part === 'state'
        ? `type error: init makes the first state of a program, and ${definition.name()} has no input state; it takes ${has}`
        : `type error: there is no input ${part}`,
    )
  }
  const name = `init of ${definition.name()}`
  const under = (path: string) => [part ?? '', path].filter((word) => word !== '').join('.')
  const dims = new Map(Object.entries(sizes).map(([dim, size]): [string, Extent] => [dim, { dim, size }]))
  return inTrace({ names: [name], dims, programs: [] }, undefined, (trace) => {
    const value = trace.builder.input(typeOf([], 'key'), 'key')
    const seed = traced(hold(trace, value, [], 'key')) as unknown as Key
    const outputs = specsOf(specs).map(({ path: below, leaf }, i) => {
      const path = under(below)
      const value = named(path, () => started(trace, leaf, foldIn(seed, i), path))
      return { path, dims: leaf.shape, dtype: leaf.dtype, value }
    })
    const leaves: readonly Leaf[] = outputs.map(({ path, dims, dtype }) => ({ path, dims, dtype }))
    let next = 0
    return {
      name,
      graph: trace.builder.graph(
        name,
        outputs.map((output) => output.value),
      ),
      inputs: { key: { path: 'key', dims: [], dtype: 'key', spec: key() } },
      outputs: mapTree(specs, isSpec, () => leaves[next++]) as Tree<Leaf>,
    }
  })
}

/** The inputs that start from something: the state, and whatever has an initialiser. */
const stateful = (inputs: { readonly [name: string]: unknown }): unknown =>
  Object.fromEntries(
    Object.entries(inputs).filter(
      ([name, specs]) => name === 'state' || specsOf(specs).some(({ leaf }) => leaf.initialiser !== undefined),
    ),
  )

function started(trace: Trace, spec: AnySpec, key: Key, path: string) {
  const shape = spec.shape.map((dim) => ({
    dim,
    size: must(sizeOfDim(dim, trace.scope.dims) ?? `type error: dim ${dim} of ${path} has no size`),
  }))
  if (spec.initialiser) {
    const made = heldTensor('init', spec.initialiser(key, spec.shape) as AnyTensor)
    const given = extentsOf(made)
    if (made.dtype !== spec.dtype)
      throw fail(`dtype error: the initialiser of ${path} is ${made.dtype}, needs ${spec.dtype}`)
    if (given.length !== shape.length || !given.every((extent, i) => agree(extent, shape[i]!))) {
      throw fail(`shape error: the initialiser of ${path} is ${show(given)}, needs ${show(shape)}`)
    }
    return made.value
  }
  if (spec.dtype === 'key') return heldTensor('init', key).value
  return trace.builder.emit(constant, [], { value: 0, shape: shape.map((at) => at.size), dtype: spec.dtype }, path)
}
