import { adam } from '../../dsl/optim/index.ts'
import type { Device } from '../../index.ts'
import {
  type FeatureTarget,
  featureTarget,
  type NormalisationKind,
  projectionToTensors,
  type TrainedPrior,
  trainPrior,
} from '../../models/index.ts'
import { priorSchedule } from '../../models/prior/schedule.ts'
import { spreadRows } from '../../models/projections/features.ts'
import { runFolder } from '../../runtime/node/index.ts'
import { meanOf } from '../../studies/align/measures.ts'
import { networkOf, type PriorConfig } from '../../studies/prior-config.ts'
import type { FeatureFile } from '../feature-file.ts'
import { type ProjectionName, project } from './projections.ts'

/** How a prior is trained, as the config of its run has it. */
export interface Settings extends Omit<PriorConfig, 'network' | 'dimension'> {
  readonly latent: number
  readonly projection: ProjectionName
  readonly normalisation: NormalisationKind | undefined
  readonly batch: number
  readonly learningRate: number
}

/** What may change between two sittings of a run, or is not of its config. */
interface Sitting {
  readonly steps: number
  readonly seed: number
  readonly folder: string
  readonly resume: boolean
  /** The command that goes on with it. */
  readonly again: string
}

export type RowsTarget = FeatureTarget<number, number, 'y'>

/**
 * The rows of a file as a target: a tenth is held out, and the projection is fitted to the others.
 *
 * @throws Error where the projection does not take them.
 */
export function targetOf(file: FeatureFile, settings: Settings, seed: number): RowsTarget {
  try {
    return featureTarget({
      features: file.data,
      dimension: file.dimension,
      name: file.name,
      seed,
      projection: (train) => project(settings.projection, train, { ...settings, seed }),
    })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    // In the words of the command line, and not of the function that was called.
    const said = error.message
      .replace(/^\w+: /, '')
      .replace("use normalisation 'global'", 'take --normalisation global')
    throw new Error(`${file.name}, --projection ${settings.projection}: ${said}`, { cause: error })
  }
}

export type RowsPrior = TrainedPrior<number, ReturnType<typeof networkOf>['params']>

/** Trains a prior in a run folder, which has its network, its data and its projection as well. */
export async function train(
  device: Device,
  file: FeatureFile,
  target: RowsTarget,
  settings: Settings,
  { steps, seed, folder, resume, again }: Sitting,
): Promise<RowsPrior> {
  const { width, blocks, timeScale, averaging, batch, learningRate, projection, normalisation } = settings
  const network = { dimension: target.dimension, width, blocks, timeScale }
  const config = { network: 'simpleMlpAdaLN', ...network, averaging } satisfies PriorConfig
  const held = spreadRows(target.heldOut.latents, target.dimension, 1024)
  return trainPrior(networkOf(network), target.train.data, device, {
    steps,
    batch,
    seed,
    averaging,
    optimiser: adam({ learningRate: priorSchedule(learningRate, steps) }),
    evaluate: {
      every: Math.max(1, Math.ceil(steps / 8)),
      async run(prior) {
        const { value, error } = meanOf(await prior.alignment(held, { seed, draws: 4 }))
        return { 'held-out loss': value, 'standard error': error }
      },
    },
    record: runFolder(folder, {
      resume,
      again,
      config: {
        ...config,
        batch,
        learningRate,
        projection,
        ...(normalisation !== undefined && { normalisation }),
        data: file.source,
      },
      extra: Object.fromEntries(projectionToTensors(target.projection).tensors),
    }),
  })
}
