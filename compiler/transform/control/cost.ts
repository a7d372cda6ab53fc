import type { Graph } from '../../ir/graph.ts'

/** Floating-point operations of a graph run once. */
export const costOf = ({ equations }: Graph): number =>
  equations.reduce(
    (sum, { primitive, inputs, outputs, params }) =>
      sum +
      primitive.cost(
        inputs.map((input) => input.type),
        outputs.map((output) => output.type),
        params,
      ),
    0,
  )
