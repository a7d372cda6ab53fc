import type { Device } from '../../index.ts'
import type { Points } from '../../models/index.ts'
import type { Recorder } from '../../runtime/train/recorder.ts'
import type { Digits } from './digits.ts'
import type { TrainedOn } from './priors.ts'
import type { ModelResults, Settings } from './results.ts'

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
  /** Where the training of a part leaves its traces. */
  readonly record: (part: string) => Recorder
  /** Ends all of it when it is aborted. */
  readonly signal: AbortSignal
}

/** What all models have in common. */
export interface World extends Stage {
  readonly digits: { readonly train: Digits; readonly heldOut: Digits }
  readonly priors: ReadonlyMap<string, TrainedOn>
  /** Features of images, of a classifier that no prior is made of. */
  readonly featuresOf: (images: Float32Array) => Promise<Points>
  /** Those of the digits that are held out, and the Frechet distance to them of as many that are trained on. */
  readonly real: Points
  readonly floor: number
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
