import type { Mixture } from '../targets/mixture.ts'
import { type CollapseCheck, checkOf, forSize, type RuleOf } from './collapse-check.ts'
import { entropyOf, modesOf } from './modes.ts'
import { samplerOf } from './points.ts'
import { streamFor } from './streams.ts'
import { moments } from './summary.ts'

/**
 * The width and the number of modes, against `repeats` samples of the target of the same size: where modes overlap,
 * neither the true std nor the weights are what assigned points have, so both are measured rather than supposed.
 */
export const modeRules: RuleOf = ({ target, margin = 0.05, repeats = 32, seed = 0 }) => {
  if (target === undefined) return () => []
  const expectedOf = forSize((n) => modesExpected(target, n, repeats, seed))
  return ({ points }) => {
    if (points === undefined) return []
    const found = modesOf(points, target)
    const n = points.data.length / points.dimension
    const { width, shares, effective } = expectedOf(n)
    const inside = Math.max(1, Math.round(n * (1 - found.outliers)))
    // What is expected is itself known from `repeats` samples, and outliers leave fewer points to measure.
    const more = Math.sqrt((1 + 1 / repeats) * (n / inside))

    const checks: CollapseCheck[] = []
    if (!Number.isNaN(found.stdRatio)) {
      // A pooled std of f degrees of freedom varies by 1 / sqrt(2 f) at least; few repeats may have seen less.
      const noise = Math.max(width.std, width.mean / Math.sqrt(2 * points.dimension * n)) * more
      checks.push(
        checkOf({
          rule: 'mode width',
          value: found.stdRatio,
          expected: width.mean,
          noise,
          reach: 4 * noise,
          allowed: margin * width.mean,
          name: 'The std of points within their modes over the true one',
          meaning: 'The points have gathered at the middle of modes.',
        }),
      )
    }
    checks.push(
      checkOf({
        rule: 'modes',
        value: found.effectiveModes,
        expected: effective.expected,
        noise: effective.std * more,
        reach: effective.expected * (1 - Math.exp(-entropyReach(shares, inside) * (1 + 1 / repeats))),
        allowed: margin * effective.expected,
        name: 'The effective number of modes',
        meaning: `Modes are left out, or have too few points (${found.hit} of ${target.means.length} have any; ${(100 * found.outliers).toFixed(1)}% of points are far from all).`,
      }),
    )
    return checks
  }
}

/**
 * What `repeats` samples of n points have: the widths of modes, the shares of each in all samples together, and how
 * many they amount to.
 */
const modesExpected = (target: Mixture, n: number, repeats: number, seed: number) => {
  const random = streamFor('alarm', seed)
  const samples = Array.from({ length: repeats }, () => modesOf(samplerOf(target)(random, n), target))
  const counts = target.means.map((_, k) => samples.reduce((sum, sample) => sum + sample.counts[k]!, 0))
  const total = counts.reduce((sum, count) => sum + count, 0)
  const shares = counts.map((count) => count / total)
  return {
    width: moments(samples.map(({ stdRatio }) => stdRatio)),
    shares,
    effective: {
      expected: Math.exp(entropyOf(shares)),
      std: moments(samples.map(({ effectiveModes }) => effectiveModes)).std,
    },
  }
}

/**
 * How far below H(q) the entropy of the shares p of n counts may fall, except with probability about 1e-4:
 *   H(p) = H(q) + sum_k (q_k - p_k) log q_k - KL(p || q).
 * The sum is nearly normal with variance Var_q(log q) / n. The divergence is not normal (nor chi-square, where counts
 * are small), and exceeds x / n with probability at most exp(-x) (e x / (K - 1))^(K - 1), whatever n.
 *
 * Source: Agrawal, "Finite-sample concentration of the multinomial in relative entropy", arXiv 1904.02291.
 */
const entropyReach = (shares: readonly number[], n: number): number => {
  const present = shares.filter((share) => share > 0)
  const variance = present.reduce((sum, q) => sum + q * Math.log(q) ** 2, 0) - entropyOf(present) ** 2
  const linear = 4 * Math.sqrt(Math.max(0, variance) / n)
  const m = present.length - 1
  if (m === 0) return linear
  let x = m + Math.log(1e4)
  for (let turn = 0; turn < 60; turn += 1) x = Math.log(1e4) + m * (1 + Math.log(x / m))
  return linear + x / n
}
