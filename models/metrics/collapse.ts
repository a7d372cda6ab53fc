import type { CollapseInput, CollapseReport, CollapseStandard, WatchedLatents } from './collapse-check.ts'
import { likelihoodRule } from './collapse-likelihood.ts'
import { modeRules } from './collapse-modes.ts'
import { neighbourRule } from './collapse-neighbours.ts'

/**
 * Whether latents have collapsed: gathered where the target is dense, rather than spread as it is. An alignment loss is
 * least for such points and cannot tell; neither can a mean NLL that is read as the lower the better.
 *
 * Four rules, of which those are held that there are measurements for: points likelier than the entropy of the target
 * (`nlls` and `entropy`, or `points` and `target`); within-mode std too small, and effective number of modes too small
 * (`points` and `target`); too near to their k-th neighbours in the reference, against the reference's own points
 * (`points` and `reference`, or `target`, from which one is then drawn).
 *
 * Each limit is 4 standard deviations below what samples of the target have (4.5 for the likelihood, which is skewed;
 * for the modes, where counts are not normal, a bound of like probability), so that n >= 200 of them break any rule
 * with probability below 1e-3.
 */
export const collapseAlarm = ({ points, nlls, ...standard }: CollapseInput): CollapseReport =>
  alarmFor(standard)({ ...(points && { points }), ...(nlls && { nlls }) })

/**
 * The same alarm for latents that are held to one standard again and again: what does not depend on them is computed
 * once, and what depends on their number for as long as that is the same.
 */
export const alarmFor = (standard: CollapseStandard): ((latents: WatchedLatents) => CollapseReport) => {
  checkStandard(standard)
  const rules = [likelihoodRule, modeRules, neighbourRule].map((ruleOf) => ruleOf(standard))
  return (latents) => {
    checkLatents(latents)
    const checks = rules.flatMap((rule) => rule(latents))
    if (checks.length === 0) {
      throw new Error(
        'collapseAlarm: expected something to compare; give points with their target or with a reference sample, or nlls with the entropy of the target',
      )
    }
    const findings = checks.filter(({ broken }) => broken)
    return { collapsed: findings.length > 0, findings, checks }
  }
}

const checkStandard = ({ margin = 0.05, repeats = 32 }: CollapseStandard): void => {
  if (!(margin >= 0 && margin < 1)) {
    throw new Error(`collapseAlarm: expected a margin from 0 to 1, a share of the target's std; got ${margin}`)
  }
  if (!(Number.isInteger(repeats) && repeats >= 8)) {
    throw new Error(`collapseAlarm: expected at least 8 repeats, to tell the noise from; got ${repeats}`)
  }
}

const checkLatents = ({ points, nlls }: WatchedLatents): void => {
  if (points !== undefined && nlls !== undefined && nlls.length * points.dimension !== points.data.length) {
    throw new Error(
      `collapseAlarm: expected -log p of each of ${points.data.length / points.dimension} points; got ${nlls.length}: give those of the same points, or leave out one of the two`,
    )
  }
}
