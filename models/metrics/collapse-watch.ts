import { alarmFor } from './collapse.ts'
import type { CollapseRule, CollapseStandard, WatchedLatents } from './collapse-check.ts'

/** What latents should be like, and who is told where they are not. */
export interface CollapseWatchOptions extends CollapseStandard {
  /**
   * Told of each rule when it is broken for the first time. `console.warn` unless given; `(message) =>
   * record.warn?.(message)` has it where the warnings of `fit` go.
   */
  readonly warn?: (message: string) => void
  /**
   * Rules that are broken before so many steps are logged and not warned of, as latents that are hardly trained may be
   * anything: 1 unless given, so that the state before the first step is not.
   */
  readonly from?: number
}

/**
 * What `fit` logs of an evaluation: `collapse`, the number of broken rules, and for each rule that could be held
 * `collapse.modes` and `collapse.modes.limit`, below which it is broken; likewise `likelihood`, `modeWidth` and
 * `neighbours`.
 */
export type CollapseValues = { readonly [name: string]: number }

/**
 * A `collapseAlarm` that is asked again and again while latents are trained, for the `evaluate` of `fit`:
 *   const watch = collapseWatch({ target })
 *   evaluate: { every: 100, run: async ({ state, step }) => watch(step, { points: { data: await state.params.y.read(),
 *   dimension: 2 } }) }
 * Each rule is warned of once, in words that say what to try, with the step; the values of all are returned for the
 * log.
 *
 * Latents are 200 or more, as for `collapseAlarm`, and the same number at each step where values are to be compared.
 * What of the target does not depend on them is computed once, at the first step that needs it; what depends on their
 * number again where that changes.
 */
export const collapseWatch = ({
  warn = (message) => console.warn(message),
  from = 1,
  ...standard
}: CollapseWatchOptions): ((step: number, latents: WatchedLatents) => CollapseValues) => {
  if (!(Number.isSafeInteger(from) && from >= 0)) {
    throw new Error(`collapseWatch: expected a whole number of steps to begin from; got ${from}`)
  }
  const alarm = alarmFor(standard)
  const told = new Set<CollapseRule>()
  return (step, latents) => {
    const { findings, checks } = alarm(latents)
    for (const { rule, message } of findings) {
      if (step < from || told.has(rule)) continue
      told.add(rule)
      warn(`the latents have collapsed at step ${step}, by the rule '${rule}': ${message}`)
    }
    const values = checks.map(({ rule, value, limit }) => ({
      [`collapse.${names[rule]}`]: value,
      [`collapse.${names[rule]}.limit`]: limit,
    }))
    return Object.assign({ collapse: findings.length }, ...values) as CollapseValues
  }
}

const names: Readonly<Record<CollapseRule, string>> = {
  likelihood: 'likelihood',
  'mode width': 'modeWidth',
  modes: 'modes',
  neighbours: 'neighbours',
}
