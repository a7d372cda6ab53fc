import { existsSync } from 'node:fs'
import { fromHost } from '../dsl/index.ts'
import { ema } from '../dsl/optim/index.ts'
import type { Device } from '../index.ts'
import { averagedParams, type Projection, projectionFromTensors, simpleMlpAdaLN } from '../models/index.ts'
import { loadCheckpoint } from '../runtime/node/index.ts'
import { checkpointFile, type Json, readRun } from '../runtime/node/run-files.ts'

/** What the config of a run says of its prior: enough to make the network again that its checkpoints are of. */
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

export const networkOf = ({ dimension, width, blocks, timeScale }: Omit<PriorConfig, 'network' | 'averaging'>) =>
  simpleMlpAdaLN(dimension, { width, blocks, timeScale })

/**
 * The prior that a run saved last: the field, and its averaged parameters on a device. The projection is that of features to its latents, where the run has one.
 *
 * @throws Error where there is no such run, or none of a flow prior, that has a checkpoint.
 */
export async function savedPrior(folder: string, device: Device) {
  if (!existsSync(folder))
    throw new Error(
      `there is no run '${folder}'; fluxion runs lists what there is, and fluxion prior FILE --run ${folder} makes one`,
    )
  const { about, checkpoints } = await readRun(folder)
  const { config, program } = about
  if (config.network !== 'simpleMlpAdaLN')
    throw new Error(
      `${folder} is a run of '${program}' whose config names no network of a flow prior; expected a run of fluxion prior or fluxion toy prior`,
    )
  const last = checkpoints.at(-1)
  if (last === undefined)
    throw new Error(
      `${folder} has no checkpoint yet; the same command that began it, with --resume, goes on until there is one`,
    )
  const [dimension, width, blocks, timeScale, averaging] = (
    ['dimension', 'width', 'blocks', 'timeScale', 'averaging'] as const
  ).map((name) => number(config, name, folder)) as [number, number, number, number, number]
  const field = networkOf({ dimension, width, blocks, timeScale })
  const { tensors, extra } = await loadCheckpoint(checkpointFile(folder, last))
  const average = fromHost(ema(averaging).state(field.params as never) as never, tensors, { prefix: 'state.average' })
  const params = await averagedParams(field.params, average as object, averaging, device)
  const projection = extra.has('projection.about') ? projectionFromTensors(extra) : undefined
  return { field, params, step: last, config, ...(projection && { projection: projection as Projection }) }
}

export type SavedPrior = Awaited<ReturnType<typeof savedPrior>>

function number(config: { readonly [name: string]: Json }, name: keyof PriorConfig, folder: string): number {
  const value = config[name]
  if (typeof value === 'number') return value
  throw new Error(`the config in ${folder}/run.json has no number '${name}'; the run is of another version of fluxion`)
}
