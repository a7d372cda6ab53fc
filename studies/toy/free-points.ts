import type { Key, Tensor, Tensors } from '../../dsl/index.ts'
import { adam } from '../../dsl/optim/index.ts'
import { type Device, fit } from '../../index.ts'
import { align, freePointsStep, matchDistribution, type Velocity } from '../../models/index.ts'
import type { Recorder } from '../../runtime/train/recorder.ts'

/** What free points are moved down. */
export const objectives = {
  uniform: 'the alignment loss of the paper, with uniform weights of times',
  likelihood: 'the alignment loss weighted so that it bounds -log p',
  match: 'the difference of two velocities, that of the points and that of the prior',
} as const
export type Objective = keyof typeof objectives

/** A velocity field in the plane with its parameters. */
export interface PlanarField {
  readonly field: { readonly params: object; apply(params: never, x: Tensor<['n', 2]>, t: Tensor<['n']>): unknown }
  readonly params: object
}

interface MoveOptions {
  readonly points: number
  readonly steps: number
  readonly seed: number
  /** Adam's, constant. */
  readonly learningRate: number
  readonly record?: Recorder
  readonly signal?: AbortSignal
  /** Shown the points, [points, 2], before the first step, every so many and after the last. */
  readonly look?: { readonly every: number; readonly at: (step: number, y: Float32Array) => void }
}

/** Moves points from N(0, I) down an objective: where they end, [points, 2]; undefined where it was stopped. */
export async function movePoints(
  { field, params }: PlanarField,
  objective: Objective,
  { points, steps, seed, learningRate, record, signal, look }: MoveOptions,
  device: Device,
): Promise<Float32Array | undefined> {
  const lossOf = (y: Tensor<['n', 2]>, key: Key, given: Tensors<{ readonly params: never }>): Tensor<['n']> => {
    const v: Velocity<'n', 2> = (x, t) => field.apply(given.params as never, x, t) as Tensor<['n', 2]>
    if (objective === 'match') return matchDistribution(v, y, key)
    return align(v, y, key, { weight: objective })
  }
  const step = freePointsStep(2, lossOf, {
    given: { params: field.params } as never,
    optimiser: adam({ learningRate }),
  })
  const fitted = await fit(
    step,
    device,
    { n: points },
    {
      steps,
      seed,
      inputs: { given: { params } },
      ...(record && { record }),
      ...(signal && { signal }),
      ...(look && {
        evaluate: {
          every: look.every,
          run: async ({ state, step }) => {
            look.at(step, await state.params.y.read())
            return {}
          },
        },
      }),
    },
  )
  try {
    return fitted.status === 'interrupted' ? undefined : await fitted.state.params.y.read()
  } finally {
    fitted.dispose()
  }
}
