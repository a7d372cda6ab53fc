import type { Entry, Recorder } from './recorder.ts'

/** By which value of evaluations a state is the best: the one with the lowest, unless it is said. */
export type Best = string | { readonly of: string; readonly highest: boolean }

/** Whether an evaluation is better than those before it. NaN is never better. */
export type IsBest = (now: Entry, before: readonly Entry[]) => boolean

/** @throws TypeError where there are no evaluations, or nobody who keeps the best. */
export function isBestBy(best: Best | undefined, evaluates: boolean, record: Recorder): IsBest {
  if (best === undefined) return () => false
  const { of, highest } = typeof best === 'string' ? { of: best, highest: false } : best
  if (!evaluates)
    throw new TypeError(
      `fit: save.best is of evaluations, and there are none; measure ${of}: { evaluate: { every: 100, run } }`,
    )
  if (!record.saveBest)
    throw new TypeError(
      "fit: save.best needs a recorder that keeps the best: { record: runFolder('runs/first') } of fluxion/node",
    )
  const sizeIn = ({ values }: Entry): number | undefined => (highest && of in values ? -values[of]! : values[of])
  return (now, before) => {
    const value = sizeIn(now)
    if (value === undefined)
      throw new TypeError(`fit: save.best is of ${of}, and evaluate.run gave ${Object.keys(now.values).join(', ')}`)
    return !Number.isNaN(value) && !before.some((entry) => sizeIn(entry)! <= value)
  }
}
