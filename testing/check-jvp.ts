import { evaluate } from '../compiler/ir/evaluate.ts'
import { isFloat } from '../compiler/ir/primitive.ts'
import { type Program, tracedLeaves } from '../dsl/index.ts'
import { alongProbes } from './along.ts'
import { Undecided } from './check-gradient.ts'
import { floatsUnder, forwardDerivative, largestOf } from './derivatives.ts'
import { noiseOf, showSlope, slopesOf, verdictOn } from './differences.ts'
import { type Given, sampleOf } from './evaluate.ts'
import { probesOf, showIndex, sizeAlong, uniforms } from './probes.ts'

export interface JvpOptions {
  /** The path of the inputs that move; all floats unless given. */
  readonly wrt?: string
  /** As in `checkGradient`. */
  readonly tolerance?: number
  readonly elements?: number
  readonly seed?: number
}

/**
 * Checks the forward-mode derivative of every float result against finite differences in float64. Throws where they
 * disagree; results at a kink are left out, and where nothing else is left the case counts for nothing.
 */
export function checkJvp<In, Out>(
  program: Program<In, Out>,
  inputs: Given<NoInfer<In>>,
  { wrt = '', tolerance = 1e-6, elements = 8, seed = 0 }: JvpOptions = {},
): void {
  const sample = sampleOf(program, inputs)
  const { traced, inputs: given } = sample
  const { graph, name } = traced
  const floats = graph.outputs.flatMap(({ type }, i) => (isFloat(type.dtype) ? [i] : []))
  const paths = tracedLeaves(traced.outputs).map(({ path }) => path || 'the result')
  const moved = floatsUnder(sample, wrt)
  const push = forwardDerivative(traced, given, moved)
  const value = evaluate(graph, given)
  const along = alongProbes(graph, given)
  let checked = 0
  for (const probe of probesOf(given, moved, elements, uniforms(seed))) {
    const tangents = push.outputs(probe)
    const argument = sizeAlong(given, probe)
    const onTheWay = push.largest(probe)
    const outputs = remembered(along(probe))
    for (const output of floats) {
      const tangent = tangents[output]!
      const { shape } = graph.outputs[output]!.type
      const at = (t: number) => outputs(t)[output]!
      const slopes = tangent.map(() => largestOf(tangent))
      const line = { at, value: value[output]!.data, noise: noiseOf(at, argument), argument, slopes, onTheWay }
      for (const [k, slope] of slopesOf(line).entries()) {
        if (!Number.isFinite(line.value[k])) continue
        const verdict = verdictOn(tangent[k]!, slope, tolerance)
        if (verdict === 'right') checked++
        if (verdict !== 'wrong') continue
        const result = `${paths[output]}${showIndex(k, shape)}`
        throw new Error(
          [
            `checkJvp ${name}: the derivative of ${result} is wrong along ${probe.where}`,
            `  forward      ${tangent[k]}`,
            `  differences  ${showSlope(slope)}`,
            '  Look for a derivative that is stopped or customised on the way. Where kinks meet, as where elements are equal that are sorted, derivatives of the parts need not make up one of the whole: try other inputs.',
          ].join('\n'),
        )
      }
    }
  }
  if (checked === 0)
    throw new Undecided(
      `checkJvp ${name}: nothing was checked: there are no elements, or all lie at kinks or where differences cannot tell`,
    )
}

/** All outputs are computed together, and looked at one after the other. */
function remembered<T>(at: (t: number) => T): (t: number) => T {
  const known = new Map<number, T>()
  return (t) => {
    const found = known.get(t) ?? at(t)
    known.set(t, found)
    return found
  }
}
