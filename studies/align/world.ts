import type { Device } from '../../index.ts'
import type { Features, Points } from '../../models/index.ts'
import type { RunFolderOptions } from '../../runtime/node/index.ts'
import type { Recorder } from '../../runtime/train/recorder.ts'
import type { Digits } from './digits.ts'
import type { FeatureKind } from './features.ts'
import type { TrainedOn } from './priors.ts'
import type { ModelResults, PriorResults, Settings } from './results.ts'

/** What latents are drawn to beside what reconstructs. */
export interface ModelPlan {
  readonly name: string
  readonly title: string
  readonly regulariser?: NonNullable<ModelResults['regulariser']>
}

/** How all stages compute. */
export interface Stage {
  readonly settings: Settings
  readonly seed: number
  readonly device: Device
  /** Where the training of a part leaves its traces, and what is saved with it. */
  readonly record: (part: string, saved?: Pick<RunFolderOptions, 'config' | 'extra'>) => Recorder
  /** Told of each part as it begins. */
  readonly say: (line: string) => void
  /** Ends all of it when it is aborted. */
  readonly signal: AbortSignal
}

/** What all models of a seed have in common. */
export interface World extends Stage {
  readonly digits: SplitDigits
  /** The folder of this seed. */
  readonly folder: string
  /** Made when they are first asked for. */
  featuresOf(kind: FeatureKind): Promise<Features>
  /** The prior of a name, trained; and what was measured of it, for which it has to be there once alone. */
  prior(name: string): Promise<TrainedOn>
  priorResults(name: string): Promise<PriorResults>
  judge(): Promise<Judge>
  /** Frees the priors that were trained; nothing may be asked of it from then on. */
  dispose(): void
}

export interface SplitDigits {
  readonly train: Digits
  readonly heldOut: Digits
}

/** What generated images are measured by: features of a classifier that no prior is made of. */
export interface Judge {
  of(images: Float32Array): Promise<Points>
  /** Of the digits that are held out. */
  readonly real: Points
  /**
   * What 19 of 20 sets of so many real digits, of those that are trained on, are below: their Frechet distance to them.
   */
  floor(count: number): number
}

/** Rows that measures take whose cost grows with their square. */
export const compared = 1000

/** The first rows of numbers, as many as there are of those asked for. */
export const firstRows = (data: Float32Array, dimension: number, rows: number): Float32Array =>
  data.subarray(0, dimension * Math.min(rows, data.length / dimension))

export const firstPoints = ({ data, dimension }: Points, rows: number): Points => ({
  data: firstRows(data as Float32Array, dimension, rows),
  dimension,
})
