import type { Key, Tensor } from '../../dsl/index.ts'
import { adam, cosineDecay } from '../../dsl/optim/index.ts'
import { compile, fit } from '../../index.ts'
import {
  align,
  autoencoderStep,
  averagedParams,
  decodedRows,
  type GivenParams,
  latentsOf,
  matchDistribution,
  mlpAutoencoder,
  type Velocity,
} from '../../models/index.ts'
import type { Entry } from '../../runtime/train/recorder.ts'
import type { Digits } from './digits.ts'
import { averaging } from './priors.ts'
import type { ModelPlan, World } from './world.ts'

/** A trained autoencoder, with its averaged parameters. */
export interface TrainedAutoencoder {
  readonly parameters: number
  readonly entries: readonly Entry[]
  /** [n, d]. */
  encode(digits: Digits): Promise<Float32Array>
  /** [n, 28, 28], from 0 to 1. */
  decode(latents: Float32Array): Promise<Float32Array>
}

/** The training step of a plan's autoencoder, its latents drawn to the prior of the plan where it has one; and what the step needs beside its data. */
async function stepOf({ regulariser }: ModelPlan, world: World) {
  const { latent, autoencoderSteps: steps } = world.settings
  const prior = regulariser?.prior === undefined ? undefined : (await world.prior(regulariser.prior)).prior
  const variational = regulariser?.objective === 'kl'
  const model = mlpAutoencoder({ shape: [28, 28], latent, variational })
  const loss = (y: Tensor<['n', number]>, key: Key, { prior: params }: { readonly prior: never }) => {
    const v: Velocity<'n', number> = (x, t) => prior!.field.apply(params, x, t)
    if (regulariser!.objective === 'match') return matchDistribution(v, y, key)
    return align(v, y, key, regulariser!.objective === 'likelihood' ? { weight: 'likelihood' } : {})
  }
  // Which inputs the step has depends on the plan, and so its type does.
  const step = autoencoderStep(
    model as never,
    {
      averaging,
      optimiser: adam({ learningRate: cosineDecay({ start: 2e-3, steps: Math.max(1, steps) }) }),
      ...(variational && { kl: { weight: regulariser.weight } }),
      ...(prior && { regulariser: { weight: regulariser!.weight, inputs: { prior: prior.field.params }, loss } }),
    } as never,
  ) as never
  return { model, step, inputs: prior && { extra: { prior: prior.params } } }
}

/** Trains the autoencoder of a plan. */
export async function trainAutoencoder(plan: ModelPlan, world: World): Promise<TrainedAutoencoder> {
  const { digits, settings, seed, device, record, signal } = world
  const { model, step, inputs } = await stepOf(plan, world)
  const fitted = (await fit(step, device, { n: settings.batch } as never, {
    data: digits.train.data as never,
    steps: settings.autoencoderSteps,
    seed,
    record: record(plan.name),
    signal,
    ...(inputs && { inputs: inputs as never }),
  })) as unknown as Fitted
  try {
    signal.throwIfAborted()
    const average = await averagedParams(model.params as never, fitted.state.average, averaging, device)
    const params = average as unknown as GivenParams<typeof model.params>
    return {
      parameters: countOf(model.params),
      entries: fitted.entries,
      async encode(of) {
        return (await latentsOf(model, params, of.data, device)).data
      },
      async decode(latents) {
        const images = await decodedRows(model, params, latents, device)
        return images.map((pixel) => Math.min(1, Math.max(0, pixel)))
      },
    }
  } finally {
    fitted.dispose()
  }
}

/** Milliseconds that a step of each plan's training takes: medians of rounds in which each has its turn, since the machine may have others. */
export async function stepTimes(plans: readonly ModelPlan[], world: World): Promise<readonly number[]> {
  const [rounds, count] = [5, 10]
  const { digits, settings, seed, device, signal } = world
  const batch = await digits.train.data.rows(Uint32Array.from({ length: settings.batch }, (_, i) => i))
  const runs: { readonly run: Step; readonly given: object }[] = []
  try {
    for (const plan of plans) {
      const { step, inputs } = await stepOf(plan, world)
      const run = (await compile(step, device, { n: settings.batch } as never)) as unknown as Step
      runs.push({ run, given: { state: await run.init({ seed }), image: batch.image, ...inputs } })
    }
    const times = plans.map((): number[] => [])
    for (let round = 0; round < rounds; round += 1)
      for (const [i, { run, given }] of runs.entries()) {
        signal.throwIfAborted()
        const before = performance.now()
        await run.steps(count, given).loss.item()
        times[i]!.push((performance.now() - before) / count)
      }
    return times.map((all) => all.sort((a, b) => a - b)[Math.floor(rounds / 2)]!)
  } finally {
    for (const { run } of runs) run.dispose()
  }
}

interface Fitted {
  readonly state: { readonly average: object }
  readonly entries: readonly Entry[]
  dispose(): void
}
interface Step {
  init(options: { readonly seed: number }): Promise<object>
  steps(count: number, inputs: object): { readonly loss: { item(): Promise<number> } }
  dispose(): void
}

function countOf(specs: unknown): number {
  if (typeof specs !== 'object' || specs === null) return 0
  if ('shape' in specs) return (specs.shape as readonly number[]).reduce((product, size) => product * size, 1)
  return Object.values(specs).reduce((sum: number, part) => sum + countOf(part), 0)
}
