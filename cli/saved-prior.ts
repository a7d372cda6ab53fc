import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fromHost } from '../dsl/index.ts'
import { ema } from '../dsl/optim/index.ts'
import type { Device } from '../index.ts'
import { averagedParams, type Projection, projectionFromTensors } from '../models/index.ts'
import { messageOf } from '../runtime/message-of.ts'
import { checked } from '../runtime/node/data/json-check.ts'
import { loadCheckpoint, type SavedCheckpoint } from '../runtime/node/index.ts'
import { lastGood } from '../runtime/node/last-good.ts'
import { aboutFile, checkpointFile, checkpointsOf, readRun } from '../runtime/node/run-files.ts'
import { networkOf, priorConfig } from '../studies/prior-config.ts'
import { optional, whole } from './options.ts'
import { commandOf } from './quoted.ts'

/** Which of the checkpoints of a run a command takes. */
export const stepOption = optional(whole('the step whose checkpoint is taken', 0, 0), 'the last')

/**
 * The prior that a run saved last, or at a step: the field, and its averaged parameters on a device. The projection is
 * that of features to its latents, where the run has one.
 *
 * Where the last checkpoint is damaged, the one before is taken, with a warning on standard error.
 *
 * @throws Error where there is no such run, or none of a flow prior, that has a checkpoint; that of the step, where one
 * is given.
 */
export async function savedPrior(folder: string, device: Device, step?: number) {
  if (!existsSync(folder))
    throw new Error(
      `there is no run '${folder}'; fluxion runs lists what there is, and ${commandOf('fluxion', 'prior', 'FILE', '--run', folder)} makes one`,
    )
  if (!existsSync(aboutFile(folder)))
    throw new Error(
      `there is no run in '${resolve(folder)}', which has no run.json; give the folder of one: fluxion runs FOLDER lists those in a folder`,
    )
  const { about } = await readRun(folder)
  const { config, program } = about
  if (config.network !== 'simpleMlpAdaLN')
    throw new Error(
      `${folder} is a run of '${program}' whose config names no network of a flow prior; expected a run of fluxion prior or fluxion toy prior`,
    )
  const { tensors, extra, step: saved } = await (step === undefined ? lastOf(folder) : checkpointAt(folder, step))
  const { averaging, ...network } = checked(
    (value) => priorConfig(value, 'config'),
    config,
    aboutFile(folder),
    undefined,
    'the run is of another version of fluxion: ',
  )
  const field = networkOf(network)
  const average = fromHost(ema(averaging).state(field.params as never) as never, tensors, { prefix: 'state.average' })
  const params = await averagedParams(field.params, average as object, averaging, device)
  const projection = extra.has('projection.about') ? projectionFromTensors(extra) : undefined
  return { field, params, step: saved, config, ...(projection && { projection: projection as Projection }) }
}

async function lastOf(folder: string): Promise<SavedCheckpoint> {
  const warn = (message: string) => console.error(`warning: ${message}`)
  const last = await lastGood(folder, warn, 'train it again: fluxion prior FILE --run with another folder')
  if (last) return last.checkpoint
  throw new Error(
    `${folder} has no checkpoint yet; the same command that began it, with --resume, goes on until there is one`,
  )
}

async function checkpointAt(folder: string, step: number): Promise<SavedCheckpoint> {
  const steps = await checkpointsOf(folder)
  if (!steps.includes(step))
    throw new Error(
      `${folder} has no checkpoint of step ${step}, but ${steps.length > 0 ? `of ${steps.join(', ')}` : 'none at all'}; leave --step out for the last`,
    )
  try {
    return await loadCheckpoint(checkpointFile(folder, step))
  } catch (error) {
    const others = steps.filter((other) => other !== step)
    const advice = others.length > 0 ? `; take --step ${others.join(' or ')}, or leave it out` : ''
    throw new Error(`${messageOf(error)}${advice}`, { cause: error })
  }
}

export type SavedPrior = Awaited<ReturnType<typeof savedPrior>>
