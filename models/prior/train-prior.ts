import type { DataOf, Fitted, Specs } from '../../dsl/index.ts'
import { adam, type Layout, type Optimiser } from '../../dsl/optim/index.ts'
import { type Device, fit } from '../../index.ts'
import type { Entry, Recorder } from '../../runtime/train/recorder.ts'
import type { Conditioning } from '../flow/fields/condition.ts'
import type { VelocityField } from '../flow/fields/velocity-field.ts'
import { type PriorStepOptions, priorStep } from '../flow/prior-step.ts'
import { averagedParams, disposeParams } from './average.ts'
import { type Prior, priorOn } from './prior.ts'
import { priorSchedule } from './schedule.ts'

export interface TrainPriorOptions<L extends Layout> extends Omit<PriorStepOptions<L>, 'optimiser'> {
  readonly steps: number
  /** Rows a step. 256 unless given. */
  readonly batch?: number
  /** Of the first parameters, the order of the data, noise and times. 0 unless given. */
  readonly seed?: number
  /** Adam unless given, whose rate rises to 1e-3 in a tenth of the steps and falls to 0 along a cosine. */
  readonly optimiser?: Optimiser<L>
  /**
   * Measures the prior of the averaged parameters before the first step, every so many steps, and after the last. That
   * prior and its parameters are freed when this has ended.
   */
  readonly evaluate?: { readonly every: number; run(prior: Prior, step: number): Values | Promise<Values> }
  /** Asked after each evaluation, with all of them: whether to end here. */
  readonly stop?: (evaluations: readonly Entry[]) => boolean
  readonly record?: Recorder
  readonly signal?: AbortSignal
}

type Values = Entry['values']

/** A trained prior, with how training went. Its `dispose` frees its parameters as well. */
export interface TrainedPrior<D extends number, P extends Specs> extends Prior<D, P> {
  readonly step: number
  readonly status: Fitted<unknown, Entry>['status']
  readonly entries: readonly Entry[]
}

/**
 * Trains a flow prior on the column `y` of the data, rows of d numbers, and, for a field that is told conditions, on
 * their column `condition`. The prior is that of the averaged parameters.
 *
 * Data should have mean 0 and a second moment of about 1 in each dim, as noise has: `featureTarget` and projections see
 * to that.
 *
 * Rejects as `fit` does.
 */
export async function trainPrior<
  const D extends number,
  P extends Specs,
  C extends Conditioning | undefined,
  L extends Layout = never,
>(
  field: VelocityField<D, P, C>,
  data: DataOf<TrainingColumns<D, C>>,
  device: Device,
  options: TrainPriorOptions<L>,
): Promise<TrainedPrior<D, P>> {
  const {
    steps,
    batch = 256,
    seed = 0,
    averaging = 0.999,
    optimiser = adam({ learningRate: priorSchedule(1e-3, steps) }),
    evaluate,
    stop,
    record,
    signal,
    ...matching
  } = options
  const step = priorStep(field, { ...matching, optimiser, averaging } as never)
  const priorOf = async (average: object): Promise<Prior<D, P>> => {
    const params = await averagedParams(field.params, average, averaging, device)
    const prior = priorOn(device, field, params, matching)
    const dispose = () => {
      prior.dispose()
      disposeParams(params)
    }
    return { ...prior, dispose }
  }
  const fitted = (await fit(step, device, { n: batch } as never, {
    data: data as never,
    steps,
    seed,
    ...(evaluate && {
      evaluate: {
        every: evaluate.every,
        async run({ state, step }: { state: { average: object }; step: number }) {
          const prior = await priorOf(state.average)
          try {
            return await evaluate.run(prior, step)
          } finally {
            prior.dispose()
          }
        },
      },
    }),
    ...(stop && { stop }),
    ...(record && { record }),
    ...(signal && { signal }),
  })) as unknown as Fitted<{ readonly average: object }, Entry>
  try {
    const { step: done, status, entries } = fitted
    return { ...(await priorOf(fitted.state.average)), step: done, status, entries }
  } finally {
    fitted.dispose()
  }
}

/** y, [d] of each row, and the conditions of a field that has them. */
export type TrainingColumns<D extends number, C> = {
  readonly y: { readonly shape: readonly [D]; readonly dtype: 'f32' }
} & (C extends { readonly features: infer F extends number }
  ? { readonly condition: { readonly shape: readonly [F]; readonly dtype: 'f32' } }
  : C extends { readonly classes: number }
    ? { readonly condition: { readonly shape: readonly []; readonly dtype: 'i32' } }
    : unknown)
