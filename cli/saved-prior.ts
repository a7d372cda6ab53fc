import { existsSync } from 'node:fs'
import { fromHost } from '../dsl/index.ts'
import { ema } from '../dsl/optim/index.ts'
import type { Device } from '../index.ts'
import { averagedParams, type Projection, projectionFromTensors } from '../models/index.ts'
import { checked } from '../runtime/node/data/json-check.ts'
import { loadCheckpoint } from '../runtime/node/index.ts'
import { aboutFile, checkpointFile, readRun } from '../runtime/node/run-files.ts'
import { networkOf, priorConfig } from '../studies/prior-config.ts'

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
  const { averaging, ...network } = checked(
    (value) => priorConfig(value, 'config'),
    config,
    aboutFile(folder),
    undefined,
    'the run is of another version of fluxion: ',
  )
  const field = networkOf(network)
  const { tensors, extra } = await loadCheckpoint(checkpointFile(folder, last))
  const average = fromHost(ema(averaging).state(field.params as never) as never, tensors, { prefix: 'state.average' })
  const params = await averagedParams(field.params, average as object, averaging, device)
  const projection = extra.has('projection.about') ? projectionFromTensors(extra) : undefined
  return { field, params, step: last, config, ...(projection && { projection: projection as Projection }) }
}

export type SavedPrior = Awaited<ReturnType<typeof savedPrior>>
