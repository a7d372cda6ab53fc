import { type Equation, equationsIn, type Graph, sizeOf, type Value } from '../ir/graph.ts'
import type { Variable } from '../kernel/expr.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { Meeting } from './compared.ts'
import { type Consumers, kindOf } from './consumers.ts'
import type { FusedStore } from './fuse.ts'
import type { PairForm } from './pair-form.ts'
import type { PairsOver } from './pairs.ts'

/**
 * The values of a graph that are of pairs of a row and a term, and need no memory: sums over them are made from blocks
 * of them.
 */
export interface PairValues {
  has(value: Value): boolean
  /** What an equation sums over, if it is a sum over pairs. */
  sumOver(equation: Equation): PairsOver | undefined
  /** The form of a nest that sums over pairs; undefined where it would have to store them. */
  form(s: Scalars, axes: readonly Variable[], stores: readonly FusedStore[]): PairForm | undefined
}

/** Finds them. */
export type Pairing = (graph: Graph, consumers: Consumers, meetings: readonly Meeting[]) => PairValues

export const noPairs: Pairing = () => ({ has: () => false, sumOver: () => undefined, form: () => undefined })

/**
 * How values of at least so many pairs are found in a graph, which is loaded for those that could have any: which have
 * products of enough elements, and take the greatest of something.
 */
export async function pairingFor(graph: Graph, fewestPairs: number): Promise<Pairing> {
  const equations = equationsIn(graph)
  const has = (found: (equation: Equation) => boolean): boolean => equations.some(found)
  return has((equation) => kindOf(equation) === 'contract' && sizeOf(equation.outputs[0]!.type.shape) >= fewestPairs) &&
    has(takesGreatest)
    ? (await import('./pairs.ts')).pairing(fewestPairs)
    : noPairs
}

export const takesGreatest = ({ primitive: { lower } }: Equation): boolean =>
  lower.kind === 'reduce' && lower.op === 'max'
