import { simpleMlpAdaLN } from '../models/index.ts'
import { number, oneOf, record, whole } from '../runtime/node/data/json-check.ts'

/**
 * What the config of a run says of its prior: enough to make the network again that its checkpoints are of. Whoever
 * saves a prior writes it, and may write more.
 */
export interface PriorConfig {
  readonly network: 'simpleMlpAdaLN'
  /** Of the latents. */
  readonly dimension: number
  readonly width: number
  readonly blocks: number
  readonly timeScale: number
  /** The decay of the averaged parameters. */
  readonly averaging: number
}

/** As it is read again. */
export const priorConfig = record<PriorConfig>({
  network: oneOf('simpleMlpAdaLN'),
  dimension: whole(1),
  width: whole(1),
  blocks: whole(1),
  timeScale: number,
  averaging: number,
})

export const networkOf = ({ dimension, width, blocks, timeScale }: Omit<PriorConfig, 'network' | 'averaging'>) =>
  simpleMlpAdaLN(dimension, { width, blocks, timeScale })
