import fc from 'fast-check'
import { type AnyProgram, f32, program, type Specs, type Traced, traceProgram } from '../../dsl/index.ts'
import { evaluated, type Numbers } from './run.ts'

// Random records of parameters, and an optimiser run on them step by step in float64.

/** Shapes by name, one record deep or two. */
export type Shapes = { readonly [name: string]: readonly number[] | Shapes }
export type Values = { readonly [name: string]: readonly number[] | Values }

/** Numbers spread over a range; fast-check's own doubles are nearly all close to 0. */
export const within = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 1000 }).map((k) => min + ((max - min) * k) / 1000)

const shape = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 })
const names = { minKeys: 1, maxKeys: 3, noNullPrototype: true }
export const shapes: fc.Arbitrary<Shapes> = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.oneof(shape, fc.dictionary(fc.constantFrom('weight', 'bias', '0'), shape, names)),
  names,
)

const isShape = (of: Shapes[string]): of is readonly number[] => Array.isArray(of)

/** Something for each shape, in a record like theirs. */
export function each<T>(of: Shapes, make: (shape: readonly number[], path: string) => T, path = ''): Tree<T> {
  const below = (name: string) => (path === '' ? name : `${path}.${name}`)
  const parts = Object.keys(of).map((name) => {
    const part = of[name]!
    return [name, isShape(part) ? make(part, below(name)) : each(part, make, below(name))] as const
  })
  return Object.fromEntries(parts)
}
type Tree<T> = { readonly [name: string]: T | Tree<T> }

export const specsOf = (of: Shapes): Specs => each(of, (shape) => f32(...shape)) as Specs
const countOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** Numbers for each shape; a tenth of them are 0. */
export function valuesFor(of: Shapes, seed: number, scale = 1): Values {
  let state = (seed ^ 0x9e3779b9) >>> 0
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
  const one = () => (Math.abs(next()) < 0.1 ? 0 : scale * next())
  return each(of, (shape) => Array.from({ length: countOf(shape) }, one)) as Values
}

export interface Leaf {
  readonly path: string
  readonly shape: readonly number[]
}
/** The leaves in order. */
export function leavesOf(of: Shapes): readonly Leaf[] {
  const found: Leaf[] = []
  each(of, (shape, path) => found.push({ path, shape }))
  return found
}
/** The numbers of each leaf, in order. */
export const listed = (values: Values): readonly (readonly number[])[] =>
  Object.keys(values).flatMap((name) => {
    const part = values[name]!
    return Array.isArray(part) ? [part as readonly number[]] : listed(part as Values)
  })
/** And back. */
export function unlisted(of: Shapes, lists: readonly (readonly number[])[]): Values {
  let next = 0
  return each(of, () => lists[next++]!) as Values
}

/** What every optimiser has, its types aside. */
export interface AnyOptimiser {
  state(params: never): unknown
  update(grads: never, state: never, params: never): { params: unknown; opt: unknown }
}
export interface AnyTransformation {
  state(params: never): unknown
  update(updates: never, state: never, params: never): { updates: unknown; state: unknown }
}

/** A body as a function of numbers, which keeps its first trace. */
export function evaluator(specs: Specs, body: (inputs: never) => unknown): (inputs: Numbers) => unknown {
  const traced = traceProgram(program(specs as never, body as never) as unknown as AnyProgram)
  return (inputs) => treeOf(traced, inputs)
}
function treeOf(traced: Traced, inputs: Numbers): unknown {
  const tree: { [name: string]: unknown } = {}
  for (const [path, { data }] of Object.entries(evaluated(traced, inputs))) {
    const names = path.split('.')
    let at = tree
    for (const name of names.slice(0, -1)) {
      at[name] ??= {}
      at = at[name] as typeof tree
    }
    at[names.at(-1)!] = [...data]
  }
  return tree
}

/** A state that is all zeros. */
export const zeros = (specs: unknown): Numbers =>
  typeof specs === 'object' && specs !== null && 'dtype' in specs
    ? Array(countOf((specs as unknown as { shape: readonly number[] }).shape)).fill(0)
    : (Object.fromEntries(Object.entries(specs as object).map(([name, part]) => [name, zeros(part)])) as Numbers)

export interface Stepped {
  readonly params: Values
  readonly opt: Numbers
}
/** The parameters and the state after each step. */
export function steps(
  optimiser: AnyOptimiser,
  of: Shapes,
  start: Values,
  grads: readonly Values[],
): readonly Stepped[] {
  const params = specsOf(of)
  const opt = optimiser.state(params as never) as Specs
  const step = evaluator({ params, opt, grads: params }, ({ grads, opt, params }: Given) =>
    optimiser.update(grads, opt, params),
  )
  let at: Stepped = { params: start, opt: zeros(opt) }
  return grads.map((now) => {
    const inputs = { params: at.params, opt: at.opt, grads: now } as unknown as Numbers
    at = { opt: {}, ...(step(inputs) as object) } as unknown as Stepped
    return at
  })
}
type Given = { readonly grads: never; readonly opt: never; readonly params: never }

/** The updates that come out at each of a sequence. */
export function transformed(
  of: AnyTransformation,
  shapes: Shapes,
  start: Values,
  given: readonly Values[],
): readonly Values[] {
  const params = specsOf(shapes)
  const state = of.state(params as never) as Specs
  const step = evaluator({ params, state: { of: state }, updates: params }, (inputs: never) => {
    const { params, state, updates } = inputs as { params: never; state: { of: never }; updates: never }
    const after = of.update(updates, state.of, params)
    return { updates: after.updates, state: { of: after.state } }
  })
  let at: unknown = zeros(state)
  return given.map((updates) => {
    const after = step({ params: start, state: { of: at }, updates } as unknown as Numbers) as {
      updates: Values
      state?: { of: unknown }
    }
    at = after.state?.of ?? {}
    return after.updates
  })
}
