import { isSpec } from '../../../../dsl/spec.ts'
import { leavesOf } from '../../../../dsl/tree.ts'

/** How many numbers specs ask for. */
export const parameterCount = (params: object): number =>
  leavesOf(params, isSpec, (path) => {
    throw new Error(`${path} is not a spec`)
  }).reduce((sum, { leaf }) => sum + leaf.shape.reduce<number>((product, size) => product * Number(size), 1), 0)
