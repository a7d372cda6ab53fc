import fc from 'fast-check'
import { evaluate } from '../compiler/ir/evaluate.ts'
import type { Graph, Param } from '../compiler/ir/graph.ts'
import { type Program, tracedLeaves } from '../dsl/index.ts'
import { alongProbes } from './along.ts'
import { complaint } from './array.ts'
import { floatsUnder, forwardDerivative, largestOf, type Push, reverseGradient } from './derivatives.ts'
import { noiseOf, type Slope, showSlope, slopesOf, type Verdict, verdictOn } from './differences.ts'
import { type Given, type Sample, sampleOf } from './evaluate.ts'
import { type Probe, probesOf, sizeAlong, uniforms } from './probes.ts'

export interface GradientOptions {
  /** The path of the inputs to differentiate in; all floats unless given. */
  readonly wrt?: string
  /** The path of the scalar result, where there are others. */
  readonly output?: string
  /**
   * How far the gradient may be from the differences beyond what these may be off by, relative to the gradient; 1e-6
   * unless given.
   */
  readonly tolerance?: number
  /** At most so many elements are looked at one by one, the rest in random directions; 16 unless given. */
  readonly elements?: number
  /** Which elements and directions are drawn. */
  readonly seed?: number
}

/** The derivative of a loss in one element, or along a direction, in three ways. */
export interface ProbedDerivative {
  readonly where: string
  readonly reverse: number
  /** Undefined where some operation has no forward rule. */
  readonly forward: number | undefined
  readonly differences: Slope
  readonly verdict: Verdict
}

export interface GradientComparison {
  readonly name: string
  readonly loss: number
  readonly derivatives: readonly ProbedDerivative[]
  /** Why there is no forward mode, where there is none. */
  readonly noForward: string | undefined
}

/**
 * Checks reverse mode against forward mode and against finite differences in float64. Throws where they disagree.
 * Elements at which the loss has a kink are left out; where that leaves nothing the case counts for nothing, as after
 * `fc.pre(false)`.
 */
export function checkGradient<In, Out>(
  program: Program<In, Out>,
  inputs: Given<NoInfer<In>>,
  options: GradientOptions = {},
): void {
  const comparison = compareGradient(program, inputs, options)
  const { derivatives, name } = comparison
  if (derivatives.some(({ verdict }) => verdict === 'wrong')) throw new Error(failure(comparison))
  if (derivatives.some(({ verdict }) => verdict === 'right')) return
  const [first] = derivatives
  throw new Undecided(
    first
      ? `checkGradient ${name}: nothing was checked: ${skipped(first)}${derivatives.length > 1 ? `, and so in all of ${derivatives.length} places` : ''}; give inputs away from there`
      : `checkGradient ${name}: nothing was checked: the inputs have no elements`,
  )
}

/** Neither a pass nor a failure: fast-check discards the case, and fails a property that has no others. */
export class Undecided extends fc.PreconditionFailure {
  constructor(message: string) {
    super()
    this.name = 'Undecided'
    this.message = message
  }
}

/** What `checkGradient` looks at, for a look of one's own. */
export function compareGradient<In, Out>(
  program: Program<In, Out>,
  inputs: Given<NoInfer<In>>,
  { wrt = '', output, tolerance = 1e-6, elements = 16, seed = 0 }: GradientOptions = {},
): GradientComparison {
  const sample = sampleOf(program, inputs)
  const { traced, inputs: given } = sample
  const of = scalarOutput(sample, output)
  const graph = { ...traced.graph, outputs: [traced.graph.outputs[of]!] }
  const value = evaluate(graph, given)[0]!.data
  const loss = value[0]!
  if (!Number.isFinite(loss)) {
    if (Object.values(sample.sizes).includes(0))
      throw new Undecided(`checkGradient ${traced.name}: the loss of nothing is ${loss}; ask for sizes of at least 1`)
    throw new Error(
      `checkGradient ${traced.name}: the loss is ${loss} at these inputs; if they are not meant to occur, give their range: tensors(program, { values: { path: { min, max } } })`,
    )
  }

  const moved = floatsUnder(sample, wrt)
  const gradient = reverseGradient(traced, given, of, moved)
  const { push, noForward } = forwardIfAny(() => forwardDerivative({ graph }, given, moved), graph)
  const probes = probesOf(given, moved, elements, uniforms(seed))
  const outputs = alongProbes(graph, given)
  const along = (probe: Probe) => {
    const at = outputs(probe)
    return (t: number) => at(t)[0]!
  }
  const all = probes.at(-1)
  const noise = all ? noiseOf(along(all), sizeAlong(given, all)) : value
  const largest = Math.max(0, ...[...gradient.values()].map(largestOf))
  const onTheWay = (all && push?.largest(all)) ?? 0

  const derivatives = probes.map((probe): ProbedDerivative => {
    const { total: reverse, terms } = dot(gradient, probe)
    const forward = push?.outputs(probe)[0]?.[0]
    const slopes = Float64Array.of(largest)
    const line = { at: along(probe), value, noise, argument: sizeAlong(given, probe), slopes, onTheWay }
    const differences = slopesOf(line)[0]!
    // Both are exact but for rounding, which is relative to their largest terms.
    const rounding = 1e-9 * Math.max(Math.abs(forward ?? 0), terms, largest) + 1e-12 * onTheWay
    const differ = forward !== undefined && Number.isFinite(reverse) && !(Math.abs(reverse - forward) <= rounding)
    const verdict = differ ? 'wrong' : verdictOn(reverse, differences, tolerance)
    return { where: probe.where, reverse, forward, differences, verdict }
  })
  return { name: traced.name, loss, derivatives, noForward }
}

function scalarOutput({ traced }: Sample, output: string | undefined): number {
  const leaves = tracedLeaves(traced.outputs)
  const paths = leaves.map(({ path }) => path || 'the result').join(', ')
  if (output === undefined && leaves.length > 1)
    throw complaint(
      `type error: checkGradient: ${traced.name} has several results; name the scalar: { output: '...' }, of ${paths}`,
    )
  const of = output === undefined ? 0 : leaves.findIndex(({ path }) => path === output)
  const leaf = leaves[of]
  if (!leaf) throw complaint(`type error: checkGradient: there is no result ${output}; there is ${paths}`)
  if (leaf.dtype !== 'f32' && leaf.dtype !== 'f16')
    throw complaint(`dtype error: checkGradient: ${leaf.path || 'the result'} is ${leaf.dtype}, needs a float`)
  if (leaf.dims.length > 0)
    throw complaint(`shape error: checkGradient: ${leaf.path || 'the result'} is [${leaf.dims.join(', ')}], needs []`)
  return of
}

/** Anything but a rule that does not exist is an error of its own. */
function forwardIfAny(make: () => Push, graph: Graph): { push?: Push; noForward: string | undefined } {
  try {
    return { push: make(), noForward: undefined }
  } catch (error) {
    if (!(error instanceof Error) || !lacksForward(graph, error.message)) throw error
    return { noForward: error.message }
  }
}
/**
 * Whether the message gives the reason for which an operation, here or in a graph that one runs, has no forward rule.
 */
const lacksForward = ({ equations }: Graph, message: string): boolean =>
  equations.some(
    ({ primitive: { forward }, params }) =>
      ('none' in forward && message.includes(forward.none)) ||
      Object.values(params).some((param) => isGraph(param) && lacksForward(param, message)),
  )
const isGraph = (param: Param): param is Graph => typeof param === 'object' && 'equations' in param

function dot(gradient: ReadonlyMap<number, Float64Array>, { along }: Probe) {
  let [total, terms] = [0, 0]
  for (const [input, direction] of along)
    direction.forEach((step, k) => {
      if (step === 0) return
      const term = step * gradient.get(input)![k]!
      total += term
      terms += Math.abs(term)
    })
  return { total, terms }
}

function failure({ name, derivatives, noForward }: GradientComparison): string {
  const wrong = derivatives.filter(({ verdict }) => verdict === 'wrong')
  const { where, reverse, forward, differences } = wrong[0]!
  const count = (verdict: Verdict) => derivatives.filter((each) => each.verdict === verdict).length
  const skipped = [
    ...(count('kink') > 0 ? [`${count('kink')} at a kink`] : []),
    ...(count('rough') > 0 ? [`${count('rough')} where differences cannot tell`] : []),
  ]
  return [
    `checkGradient ${name}: the gradient is wrong at ${where}`,
    `  reverse      ${reverse}`,
    `  forward      ${forward ?? `none: ${noForward}`}`,
    `  differences  ${showSlope(differences)}`,
    `  ${wrong.length} of ${derivatives.length} derivatives are wrong${skipped.length > 0 ? `; skipped: ${skipped.join(', ')}` : ''}`,
    `  ${advice(wrong[0]!)}`,
  ].join('\n')
}

function advice({ reverse, forward, differences }: ProbedDerivative): string {
  if (Number.isNaN(reverse))
    return 'The loss is finite and its gradient is not: look for 0 times infinity on the way back, such as the gradient of sqrt, log or a quotient at 0 in a branch of where that is not taken.'
  const isSmooth = differences.kind === 'smooth'
  const close = (a: number, b: number) =>
    Math.abs(a - b) <= differences.bound + 1e-6 * Math.max(Math.abs(a), Math.abs(b))
  if (differences.kind === 'kink' && forward !== undefined && close(reverse, forward))
    return 'Several kinks may meet at these inputs, as where elements are equal: derivatives of the parts need not make up one of the whole there. If it is wrong at others too, look for a gradient that is stopped or customised on the way.'
  if (forward === undefined || close(reverse, forward))
    return 'Look for a gradient that is stopped or customised on the way: what the loss computes changes with this element otherwise than its derivative says. Where kinks meet, derivatives of the parts need not make up one of the whole: try other inputs.'
  if (isSmooth && close(forward, differences.estimate))
    return 'Forward mode is right: look at the reverse rule, or the customised one, of an operation on the way.'
  if (isSmooth && close(reverse, differences.estimate))
    return 'Reverse mode is right: look at the forward rule, or the customised one, of an operation on the way.'
  return 'The modes differ: look at customised rules on the way.'
}

function skipped({ where, differences: { kind, left, right } }: ProbedDerivative): string {
  return kind === 'kink'
    ? `${where} lies at a kink, with slopes ${left} and ${right}`
    : `differences at ${where} do not settle (a jump, rounding, or an end of where the loss is finite)`
}
