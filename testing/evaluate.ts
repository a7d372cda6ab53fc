import { evaluate } from '../compiler/ir/evaluate.ts'
import type { DType as GraphDType } from '../compiler/ir/graph.ts'
import type { Dense } from '../compiler/ir/primitive.ts'
import { verify } from '../compiler/ir/verify.ts'
import { specsOf } from '../dsl/call-program.ts'
import {
  type AnyProgram,
  type DType,
  mapLeaves,
  type Program,
  type Shape,
  type Sizes,
  type Tensor,
  type Traced,
  traceProgram,
} from '../dsl/index.ts'
import { definitionOf } from '../dsl/program.ts'
import { show } from '../dsl/shape/dim.ts'
import type { AnySpec } from '../dsl/spec.ts'
import { isBranch, partAt } from '../dsl/tree.ts'
import { array, arrayOf, complaint, isArray, isNested, type NdArray, type Nested } from './array.ts'

/** The tensors of T as plain arrays. */
export type Arrays<T> = T extends Tensor<infer _, infer D> ? NdArray<D> : { [K in keyof T]: Arrays<T[K]> }
/** What may be given for the tensors of T: arrays, or numbers in nested lists. */
export type Given<T> = T extends Tensor<infer _, infer D> ? NdArray<D> | Nested : { [K in keyof T]: Given<T[K]> }

/**
 * The results of a program in float64, computed by the reference that every device is held to. The sizes of its named
 * dims are those of the inputs. Throws where the inputs do not fit the program.
 */
export function evaluateProgram<In, Out>(program: Program<In, Out>, inputs: Given<NoInfer<In>>): Arrays<Out> {
  const { traced, inputs: given } = sampleOf(program, inputs)
  verify(traced.graph)
  return arraysOf(traced, evaluate(traced.graph, given)) as Arrays<Out>
}

/** A program traced for the sizes of given inputs, with these as its graph takes them. */
export interface Sample {
  readonly traced: Traced
  readonly inputs: readonly Dense[]
  readonly sizes: Sizes
}

export function sampleOf(program: AnyProgram, inputs: unknown): Sample {
  const leaves = givenLeaves(program, inputs)
  const sizes = sizesOf(leaves.map(({ path, spec, array }) => ({ path, dims: spec.shape, shape: array.shape })))
  return { traced: traceProgram(program, sizes), inputs: leaves.map(({ array }) => denseOf(array)), sizes }
}

export interface GivenLeaf {
  readonly path: string
  readonly spec: AnySpec
  readonly array: NdArray
}
/** The array that is given for each input of a program, in the order of its graph's. Shapes are not looked at. */
export function givenLeaves(program: AnyProgram, inputs: unknown): readonly GivenLeaf[] {
  const definition = definitionOf(program)
  for (const name of isBranch(inputs) ? Object.keys(inputs) : [])
    if (!Object.hasOwn(definition.inputs, name)) throw complaint(`type error: there is no input ${name}`)
  return specsOf(definition.inputs).map(({ path, leaf: spec }) => ({
    path,
    spec,
    array: givenArray(partAt(inputs, path), path, spec.dtype),
  }))
}

function givenArray(given: unknown, path: string, dtype: DType): NdArray {
  if (given === undefined) throw complaint(`type error: input ${path} is missing`)
  if (!isArray(given) && !isNested(given))
    throw complaint(`type error: ${path} is not an array; write array([...]) or lists of numbers`)
  const made = isArray(given) ? given : array(given, { dtype })
  if (made.dtype !== dtype) throw complaint(`dtype error: ${path} is ${made.dtype}, needs ${dtype}`)
  const wrong = made.data.find((value) => !holds[dtype](value))
  if (wrong !== undefined) throw complaint(`dtype error: ${path} has the element ${wrong}, which is not of ${dtype}`)
  return made
}
const isWord = (value: number): boolean => value === value >>> 0
const holds: { readonly [D in DType]: (value: number) => boolean } = {
  f32: () => true,
  f16: () => true,
  i32: (value) => value === (value | 0),
  u32: isWord,
  bool: (value) => value === 0 || value === 1,
  key: isWord,
}

export interface Dims {
  readonly path: string
  readonly dims: Shape
  readonly shape: readonly number[]
}
/** What the names in `dims` are, where each has the size that `shape` gives it. */
export function sizesOf(leaves: readonly Dims[]): Sizes {
  const sizes: { [dim: string]: number } = {}
  for (const { path, dims, shape } of leaves) {
    const fits = dims.length === shape.length && dims.every((dim, i) => typeof dim === 'string' || dim === shape[i])
    if (!fits) throw complaint(`shape error: ${path} is ${show(shape)}, needs ${show(dims)}`)
    for (const [i, dim] of dims.entries()) {
      if (typeof dim === 'number') continue
      const size = shape[i]!
      const before = sizes[dim]
      if (before !== undefined && before !== size)
        throw complaint(`shape error: ${dim} is ${size} in ${path} and ${before} elsewhere`)
      sizes[dim] = size
    }
  }
  return sizes
}

export const denseOf = ({ shape, dtype, data }: NdArray): Dense =>
  dtype === 'key' ? { shape: [...shape, 2], dtype: 'u32', data } : { shape, dtype: dtype as GraphDType, data }

/** The outputs of a traced program as the author's tree of arrays. */
export function arraysOf({ outputs }: Pick<Traced, 'outputs'>, values: readonly Dense[]): unknown {
  let next = 0
  return mapLeaves(outputs, ({ dtype }) => {
    const { shape, data } = values[next++]!
    return arrayOf(dtype === 'key' ? shape.slice(0, -1) : shape, dtype, data)
  })
}
