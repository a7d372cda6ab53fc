import type { Mixture } from '../targets/mixture.ts'
import type { Estimate } from '../targets/quadrature.ts'
import type { Points } from './points.ts'

/** What is at hand of latents and of what they should be like; the more there is, the more rules can be held to it. */
export interface CollapseInput {
  /** The latents, [n, d]: n of 200 or more. With `target` or `reference`. */
  readonly points?: Points
  /** What they should be samples of, where that is known exactly. */
  readonly target?: Mixture
  /** Samples of what they should be samples of, [m, d], drawn independently of them. */
  readonly reference?: Points
  /**
   * -log p of each point under the target, [n] in nats. With `entropy`; computed where there are `points` and `target`.
   */
  readonly nlls?: ArrayLike<number>
  /**
   * Of the target, in nats; with its error, where there is one (of quadrature, of a solver). Computed where there is
   * `target` of up to three dimensions.
   */
  readonly entropy?: number | Estimate
  /** Which neighbour distances are measured to. Default 5. */
  readonly k?: number
  /**
   * How much narrower than the target points may be, as a share of its std, before the alarm speaks, however many
   * points there are to see it. Default 0.05.
   */
  readonly margin?: number
  /** Samples of the target, of the size of the points, from which the noise of what modes have is told. Default 32. */
  readonly repeats?: number
  /** Of those samples, and of the reference where none is given. Default 0. */
  readonly seed?: number
}

/** What is looked at: the latents, or the likelihoods of them, as `collapseAlarm` takes both. */
export type WatchedLatents = Pick<CollapseInput, 'points' | 'nlls'>

/** What they are held to, and how. */
export type CollapseStandard = Omit<CollapseInput, keyof WatchedLatents>

/**
 * A rule made ready: what of the standard does not depend on latents is computed once, when it is first needed. Without
 * what it needs it checks nothing.
 */
export type RuleOf = (standard: CollapseStandard) => (latents: WatchedLatents) => readonly CollapseCheck[]

export type CollapseRule = 'likelihood' | 'mode width' | 'modes' | 'neighbours'

/** One rule held to the points. All are about too small a value. */
export interface CollapseCheck {
  readonly rule: CollapseRule
  readonly value: number
  /**
   * Of the target: the mean over samples of it, and of `modes` the value of very many samples, from which fewer deviate
   * downwards.
   */
  readonly expected: number
  /** The rule is broken below it: `expected` less what noise explains and less the margin, whichever is more. */
  readonly limit: number
  /** The standard deviation of the value for samples of the target of this size. */
  readonly noise: number
  readonly broken: boolean
  /** What was measured; where the rule is broken, what that means and what to try. */
  readonly message: string
}

export interface CollapseReport {
  readonly collapsed: boolean
  /** The rules that are broken. */
  readonly findings: readonly CollapseCheck[]
  /** All rules that what was given could be held to. */
  readonly checks: readonly CollapseCheck[]
}

/** What a rule has found, as a check. */
interface Finding {
  readonly rule: CollapseRule
  readonly value: number
  readonly expected: number
  readonly noise: number
  /** What noise explains, at the probability of a false alarm. */
  readonly reach: number
  /** What `margin` allows, in the units of the value. */
  readonly allowed: number
  /** What the value is: 'The mean NLL in nats'. */
  readonly name: string
  /** What it means that the value is too small. */
  readonly meaning: string
}

export const checkOf = ({ rule, value, expected, noise, reach, allowed, name, meaning }: Finding): CollapseCheck => {
  const limit = expected - Math.max(reach, allowed)
  const broken = value < limit
  const seen = `${name} is ${short(value)}; samples of the target have ${short(expected)}, with a standard deviation of ${short(noise)}`
  const message = broken
    ? `${seen}, and the limit is ${short(limit)}. ${meaning} Train with the difference of two velocities rather than the raw alignment loss, which is least where the target is densest; or give that loss a lower weight.`
    : `${seen}.`
  return { rule, value, expected, limit, noise, broken, message }
}

/** What is made for a number of points, made again only where the number is another than the last. */
export const forSize = <T>(make: (n: number) => T): ((n: number) => T) => {
  let last: { readonly n: number; readonly made: T } | undefined
  return (n) => {
    if (last?.n !== n) last = { n, made: make(n) }
    return last.made
  }
}

const short = (value: number): string => String(Number(value.toPrecision(4)))
