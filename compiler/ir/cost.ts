import type { Equation } from './graph.ts'

/** Floating-point operations of equations, each run once. */
export const costOf = (equations: readonly Equation[]): number =>
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
