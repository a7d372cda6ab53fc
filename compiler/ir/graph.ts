import type { Primitive } from './primitive.ts'

/**
 * The graph: what a program is once it has been traced. Typed SSA over whole tensors.
 *
 * A graph is a list of equations in an order in which they can be computed. Each equation applies one primitive to
 * values that stand before it and defines its outputs; nothing is ever redefined. Shapes are numbers (a program is
 * traced for bound sizes), broadcasting is always an equation of its own, and the operands of an elementwise equation
 * have equal shapes. Passes take a graph and make a graph.
 */
export interface Graph {
  readonly name: string
  readonly inputs: readonly Value[]
  readonly equations: readonly Equation[]
  readonly outputs: readonly Value[]
}

export interface Equation {
  readonly primitive: Primitive
  /** Static attributes: axes, shapes, a constant's number. */
  readonly params: Params
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  /**
   * The author's line that this equation comes from; what a transform derives keeps the line of what it was derived
   * from.
   */
  readonly source: Source | undefined
}

/** One value, defined once: by the graph's inputs or by one equation. Its identity is the object. */
export interface Value {
  readonly type: Type
  /** For people: the path of an input ('params.0.weight'), or what the author's operation is called. Not unique. */
  readonly name: string
}

export interface Type {
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** A random key is a u32 tensor with a last axis of 2. */
export type DType = 'f32' | 'f16' | 'i32' | 'u32' | 'bool'

export type Param = number | string | boolean | readonly Param[] | Graph
export type Params = { readonly [name: string]: Param }

const isGraph = (param: Param): param is Graph => typeof param === 'object' && !Array.isArray(param)

/** The graphs that an equation runs, by the names of their params. */
export const graphsIn = (params: Params): readonly (readonly [string, Graph])[] =>
  Object.entries(params).filter((entry): entry is [string, Graph] => isGraph(entry[1]))

/** The equations of a graph, and of all graphs that they run. */
export const equationsIn = ({ equations }: Graph): readonly Equation[] =>
  equations.flatMap((equation) => [equation, ...graphsIn(equation.params).flatMap(([, graph]) => equationsIn(graph))])

/** The same params with each graph replaced; themselves where there is none. */
export function mapGraphs(params: Params, replace: (graph: Graph) => Graph): Params {
  const graphs = graphsIn(params)
  return graphs.length === 0
    ? params
    : { ...params, ...Object.fromEntries(graphs.map(([name, graph]) => [name, replace(graph)])) }
}

/** A place in the author's source. */
export interface Source {
  /** The program being traced, and the layers entered: 'step', 'flowMatching', 'sequential.2 linear'. */
  readonly scope: readonly string[]
  /** The author's frame, resolved when asked for: looking at a stack costs more than keeping it. */
  readonly frame: () => Frame | undefined
}

export interface Frame {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis])
