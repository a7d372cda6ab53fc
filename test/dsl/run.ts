import { evaluate } from '../../compiler/ir/evaluate.ts'
import { sizeOf } from '../../compiler/ir/graph.ts'
import type { Dense } from '../../compiler/ir/primitive.ts'
import { verify } from '../../compiler/ir/verify.ts'
import {
  type AnyProgram,
  type Leaf,
  mapLeaves,
  program,
  type Sizes,
  type Specs,
  type Tensors,
  type Traced,
  type Tree,
  tracedLeaves,
  traceProgram,
} from '../../dsl/index.ts'

/** Elements in row-major order; a number stands for a scalar. */
export type Numbers = Tree<ArrayLike<number> | number>

const isElements = (x: unknown): x is ArrayLike<number> | number =>
  typeof x === 'number' || (Array.isArray(x) && x.every((e) => typeof e === 'number')) || ArrayBuffer.isView(x)

/** The numbers that stand where a leaf's path leads. */
const at = (tree: unknown, path: string): ArrayLike<number> => {
  const found = path === '' ? tree : path.split('.').reduce((t, key) => (t as { [k: string]: unknown })?.[key], tree)
  if (!isElements(found)) throw new Error(`there are no numbers at ${path}`)
  return typeof found === 'number' ? [found] : found
}

/** Evaluates what has been traced, in float64, after verifying it; gives the outputs by path. */
export function evaluated(traced: Traced, inputs: Numbers): { readonly [path: string]: Dense } {
  verify(traced.graph)
  const given = tracedLeaves(traced.inputs).map(({ path }, i) => {
    const { type } = traced.graph.inputs[i]!
    const elements = at(inputs, path)
    if (elements.length !== sizeOf(type.shape)) throw new Error(`${path} has ${elements.length} elements`)
    return { ...type, data: Float64Array.from(elements) }
  })
  const results = evaluate(traced.graph, given)
  return Object.fromEntries(tracedLeaves(traced.outputs).map((leaf: Leaf, i) => [leaf.path, results[i]!]))
}

/** Traces and evaluates a program; the tree of its results' elements. */
export function run(of: AnyProgram, sizes: Sizes, inputs: Numbers): Tree<number[]> {
  const traced = traceProgram(of, sizes)
  const results = evaluated(traced, inputs)
  return mapLeaves(traced.outputs, ({ path }) => [...results[path]!.data])
}

/** Evaluates a body as a program of its own. */
export const runBody = <S extends Specs>(
  specs: S,
  body: (inputs: Tensors<S>) => unknown,
  inputs: Numbers,
  sizes: Sizes = {},
): Tree<number[]> => run(program(specs, body as never) as unknown as AnyProgram, sizes, inputs)

/** Traces a body for the sake of what happens then. */
export const tracing = <S extends Specs>(specs: S, body: (inputs: Tensors<S>) => unknown, sizes: Sizes = {}): Traced =>
  traceProgram(program(specs, body as never) as unknown as AnyProgram, sizes)

/** Fails unless both trees have the same numbers, to a relative and absolute tolerance. */
export function closeTo(found: unknown, expected: unknown, tolerance: number, path = ''): void {
  if (isElements(expected)) {
    const [a, b] = [at(found, ''), typeof expected === 'number' ? [expected] : Array.from(expected)]
    if (a.length !== b.length) throw new Error(`${path}: ${a.length} elements, expected ${b.length}`)
    for (let i = 0; i < b.length; i++) {
      const off = Math.abs(a[i]! - b[i]!)
      if (!(off <= tolerance * (1 + Math.abs(b[i]!))) && !Object.is(a[i], b[i]))
        throw new Error(`${path}[${i}]: ${a[i]} is not ${b[i]} to ${tolerance}`)
    }
    return
  }
  const [a, b] = [found as { [k: string]: unknown }, expected as { [k: string]: unknown }]
  const keys = Object.keys(b)
  if (keys.join() !== Object.keys(a).join()) throw new Error(`${path}: ${Object.keys(a)} is not ${keys}`)
  for (const key of keys) closeTo(a[key], b[key], tolerance, `${path}.${key}`)
}

/** Deterministic numbers in (-1, 1), good enough for a test's data. */
export function numbers(count: number, seed = 1): number[] {
  let state = seed >>> 0
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}
