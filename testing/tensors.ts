import fc from 'fast-check'
import { places, stridesOf } from '../compiler/ir/dense.ts'
import { sizeOf } from '../compiler/ir/graph.ts'
import { specsOf } from '../dsl/call-program.ts'
import type { AnyProgram, DimsOf, Program, Shape, Sizes, Specs, Tensors } from '../dsl/index.ts'
import { isProgram } from '../dsl/program.ts'
import { type AnySpec, isSpec } from '../dsl/spec.ts'
import { isBranch, mapTree, partAt, replaceAt } from '../dsl/tree.ts'
import { arrayOf, complaint, isArray, type NdArray } from './array.ts'
import { boundsOf, drawElements, type Range, simplerElements } from './elements.ts'
import type { Arrays } from './evaluate.ts'
import { drawSize, type SizeRange, sizeRange, smallerSizes } from './sizes.ts'

export interface TensorsOptions<Dims extends string = string> {
  /** The sizes of named dims: one size, or a range of them. */
  readonly dims?: { readonly [D in Dims]?: number | SizeRange }
  /** The range of the elements of an input, or of all inputs below a path: `{ t: { min: 0, max: 1 } }`. */
  readonly values?: { readonly [path: string]: Range }
  /** Puts a leading axis of this size before some of the inputs, and at least one: what `checkVmap` takes. */
  readonly batch?: number | SizeRange
}

/**
 * Inputs of a program, or of a record of specs: each named dim gets a small size, 0 and 1 among them; floats are about
 * standard normal, i32 lie in [-5, 5], u32 in [0, 10]. They shrink to smaller sizes and to 0 and 1.
 */
export function tensors<In, Out>(
  program: Program<In, Out>,
  options?: TensorsOptions<DimsOf<In>>,
): fc.Arbitrary<Arrays<In>>
export function tensors<const S extends Specs>(specs: S, options?: TensorsOptions): fc.Arbitrary<Arrays<Tensors<S>>>
export function tensors(of: AnyProgram | Specs, options: TensorsOptions = {}): fc.Arbitrary<unknown> {
  return new Inputs(isProgram(of) ? of['~definition'].inputs : (of as Specs), options)
}

/** The name of the leading axis; no author can write it. */
const batchDim = 'batch axis'

interface Plan {
  readonly path: string
  readonly spec: AnySpec
  readonly dims: Shape
}

class Inputs extends fc.Arbitrary<unknown> {
  readonly specs: Specs
  readonly options: TensorsOptions
  readonly names: readonly string[]

  constructor(specs: Specs, options: TensorsOptions) {
    super()
    this.specs = specs
    this.options = options
    const leaves = specsOf(specs)
    const names = leaves.flatMap(({ leaf }) => leaf.shape.filter((dim) => typeof dim === 'string'))
    const has = [...new Set(names)]
    const unknown = Object.keys(options.dims ?? {}).find((dim) => !has.includes(dim))
    if (unknown !== undefined) throw complaint(`type error: tensors: there is no dim ${unknown}; ${listed(has)}`)
    for (const path of Object.keys(options.values ?? {}))
      if (!leaves.some((leaf) => isUnder(leaf.path, path)))
        throw complaint(`type error: tensors: there is no input ${path}; ${listed(leaves.map((leaf) => leaf.path))}`)
    this.names = [...has.filter((dim) => !isSum(dim, has)), ...(options.batch === undefined ? [] : [batchDim])]
  }

  override generate(random: fc.Random): fc.Value<unknown> {
    const sizes = Object.fromEntries(this.names.map((dim) => [dim, drawSize(random, this.range(dim))]))
    const leaves = specsOf(this.specs)
    const sure = random.nextInt(0, Math.max(0, leaves.length - 1))
    const batched = leaves.map((_, i) => this.options.batch !== undefined && (i === sure || random.nextBoolean()))
    let next = 0
    const value = mapTree(this.specs, isSpec, (spec, path) => {
      const shape = sized(batched[next++] ? [batchDim, ...spec.shape] : spec.shape, sizes)
      const count = sizeOf(shape) * (spec.dtype === 'key' ? 2 : 1)
      return arrayOf(shape, spec.dtype, drawElements(random, count, spec.dtype, this.bounds(path, spec)))
    })
    return new fc.Value(value, undefined)
  }

  override canShrinkWithoutContext(value: unknown): value is unknown {
    return isBranch(value) && specsOf(this.specs).every(({ path }) => isArray(partAt(value, path)))
  }

  override shrink(value: unknown): fc.Stream<fc.Value<unknown>> {
    return fc.stream(this.simpler(value)).map((simpler) => new fc.Value(simpler, undefined))
  }

  private *simpler(value: unknown): Generator<unknown> {
    const leaves: readonly Plan[] = specsOf(this.specs).map(({ path, leaf: spec }) => {
      const { shape } = partAt(value, path) as NdArray
      return { path, spec, dims: shape.length > spec.shape.length ? [batchDim, ...spec.shape] : spec.shape }
    })
    const at = (path: string) => partAt(value, path) as NdArray
    const sizes: { [dim: string]: number } = {}
    for (const { path, dims } of leaves)
      for (const [axis, dim] of dims.entries()) if (typeof dim === 'string') sizes[dim] = at(path).shape[axis]!
    for (const dim of this.names) {
      for (const size of smallerSizes(sizes[dim] ?? 0, this.range(dim))) {
        const next = { ...sizes, [dim]: size }
        yield leaves.reduce<unknown>(
          (tree, { path, dims }) => replaceAt(tree, path, cut(at(path), sized(dims, next))),
          value,
        )
      }
    }
    for (const { path, spec } of leaves) {
      const { shape, dtype, data } = at(path)
      for (const next of simplerElements(data, this.bounds(path, spec)))
        yield replaceAt(value, path, arrayOf(shape, dtype, next))
    }
  }

  private range(dim: string): Required<SizeRange> {
    return sizeRange(dim === batchDim ? this.options.batch : this.options.dims?.[dim])
  }

  private bounds(path: string, { dtype }: AnySpec) {
    // The longest path that leads to it says most about it.
    const paths = Object.keys(this.options.values ?? {}).filter((above) => isUnder(path, above))
    const nearest = paths.sort((a, b) => b.length - a.length)[0]
    return boundsOf(dtype, nearest === undefined ? undefined : this.options.values![nearest])
  }
}

const listed = (names: readonly string[]): string =>
  names.length > 0 ? `there is ${names.join(', ')}` : 'there are none'

export const isUnder = (path: string, above: string): boolean =>
  above === '' || path === above || path.startsWith(`${above}.`)

const partsOf = (dim: string): readonly string[] => dim.split('+')
/** A dim such as 'n+1' has the size that its parts give it, where these are dims themselves. */
const isSum = (dim: string, names: readonly string[]): boolean =>
  partsOf(dim).length > 1 && partsOf(dim).every((part) => /^\d+$/.test(part) || names.includes(part))

function sized(dims: Shape, sizes: Sizes): readonly number[] {
  const names = Object.keys(sizes)
  const sizeOf = (dim: string | number): number => {
    if (typeof dim === 'number') return dim
    if (/^\d+$/.test(dim)) return Number(dim)
    return isSum(dim, names) ? partsOf(dim).reduce((sum, part) => sum + sizeOf(part), 0) : sizes[dim]!
  }
  return dims.map(sizeOf)
}

/** The elements whose indices lie in a smaller shape. */
function cut({ shape: from, dtype, data }: NdArray, shape: readonly number[]): NdArray {
  const [whole, part] =
    dtype === 'key'
      ? [
          [...from, 2],
          [...shape, 2],
        ]
      : [from, shape]
  return arrayOf(
    shape,
    dtype,
    Float64Array.from(places(part, stridesOf(whole)), (place) => data[place]!),
  )
}
