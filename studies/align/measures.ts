import { meanOf as measured } from '../../models/metrics/summary.ts'
import type { Entry } from '../../runtime/train/recorder.ts'
import type { Curve, Mean } from './results.ts'

/** What was logged of training and of evaluations in between, a curve for each value. */
export function curvesOf(entries: readonly Entry[]): readonly Curve[] {
  const curves = new Map<string, [number, number][]>()
  for (const { step, values } of entries)
    for (const [name, value] of Object.entries(values)) {
      const points = curves.get(name) ?? []
      curves.set(name, points)
      points.push([step, value])
    }
  return [...curves].map(([name, points]) => ({ name, points }))
}

/** A mean with its standard error, as results have it. */
export function meanOf(values: ArrayLike<number>): Mean {
  const { value, standardError } = measured(values)
  return { value, error: standardError }
}
