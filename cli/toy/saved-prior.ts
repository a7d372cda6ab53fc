import { fromHost } from '../../dsl/index.ts'
import { ema } from '../../dsl/optim/index.ts'
import type { Device } from '../../index.ts'
import { averagedParams, simpleMlpAdaLN } from '../../models/index.ts'
import { loadCheckpoint } from '../../runtime/node/index.ts'
import { checkpointFile, type Json, readRun } from '../../runtime/node/run-files.ts'
import type { TargetName } from './target.ts'

/** The prior that a run of `toy prior` saved last: the field, and its averaged parameters on a device. */
export async function savedPrior(folder: string, device: Device) {
  const { about, checkpoints } = await readRun(folder)
  const { config } = about
  if (config.toy !== 'prior')
    throw new Error(
      `${folder} is a run of '${about.program}' and not of 'toy prior'; make one with fluxion toy prior --run ${folder}`,
    )
  const last = checkpoints.at(-1)
  if (last === undefined)
    throw new Error(`${folder} has no checkpoint yet; fluxion toy prior --run ${folder} --resume goes on`)
  const field = simpleMlpAdaLN(2, {
    width: number(config, 'width', folder),
    blocks: number(config, 'blocks', folder),
    timeScale: number(config, 'timeScale', folder),
  })
  const averaging = number(config, 'averaging', folder)
  const { tensors } = await loadCheckpoint(checkpointFile(folder, last))
  const average = fromHost(ema(averaging).state(field.params as never) as never, tensors, { prefix: 'state.average' })
  const params = await averagedParams(field.params, average as object, averaging, device)
  return { field, params, step: last, target: config.target as TargetName }
}

function number(config: { readonly [name: string]: Json }, name: string, folder: string): number {
  const value = config[name]
  if (typeof value === 'number') return value
  throw new Error(`the config in ${folder}/run.json has no number '${name}'; the run is of another version of fluxion`)
}
