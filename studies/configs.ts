import type { planarSets } from '../models/index.ts'
import type { ProjectionName } from './align/projections.ts'
import type { Objective } from './toy/free-points.ts'

/** What configs of several commands may say. */
interface Common {
  readonly seed?: number
  readonly device?: 'auto' | 'cpu' | 'webgpu'
  /** A file that `fluxion tune` has written for this GPU. */
  readonly tuned?: string
}

/** The network of a flow prior, and how it is trained. */
interface FlowOptions {
  readonly steps?: number
  /** Rows a step. */
  readonly batch?: number
  readonly width?: number
  readonly blocks?: number
  readonly timeScale?: number
  readonly learningRate?: number
  /** The decay of the averaged parameters, below 1. */
  readonly averaging?: number
}

/** A folder for checkpoints, metrics and config, and whether to go on with the run that is there. */
interface RunOptions {
  readonly run?: string
  readonly resume?: boolean
}

/** What a config of `fluxion prior` may say; each is an option of it, and has its default. */
export interface PriorOptions extends Common, FlowOptions, RunOptions {
  /** The array of a file of several that holds the features. */
  readonly column?: string
  /** d of the latents that features are projected to. */
  readonly latent?: number
  readonly projection?: ProjectionName | 'none'
  readonly normalisation?: 'perFeature' | 'global' | 'none'
}

/** What a config of `fluxion toy prior` may say; each is an option of it, and has its default. */
export interface ToyPriorOptions extends Common, FlowOptions, RunOptions {
  readonly target?: keyof typeof planarSets
  /** The network and schedule of the paper, where nothing else is said. */
  readonly paper?: boolean
  /** How many are drawn and held to the target. */
  readonly samples?: number
  /** A file: the target, and samples of the prior beside it. */
  readonly picture?: string
  readonly explain?: boolean
}

/** What a config of `fluxion toy align` may say; each is an option of it, and has its default. */
export interface ToyAlignOptions extends Common {
  readonly target?: keyof typeof planarSets
  /** What the points are moved down. */
  readonly objective?: readonly Objective[]
  /** The folder of a run of `fluxion toy prior`, in place of the exact velocity of the target. */
  readonly prior?: string
  readonly points?: number
  readonly steps?: number
  readonly learningRate?: number
  /** A file: the target, and where the points of each objective end. */
  readonly picture?: string
}
