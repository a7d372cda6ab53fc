import type { Key, Tensor, Tensors } from '../../dsl/index.ts'
import { adam, cosineDecay } from '../../dsl/optim/index.ts'
import { compile, fit } from '../../index.ts'
import {
  align,
  autoencoderStep,
  averagedParams,
  decodedRows,
  disposeParams,
  latentsOf,
  matchDistribution,
  mlpAutoencoder,
  type Velocity,
} from '../../models/index.ts'
import { median } from '../../models/metrics/summary.ts'
import type { Entry } from '../../runtime/train/recorder.ts'
import { type Digits, imagesAsData } from './digits.ts'
import { averaging, everyOf, flowField, roughNll, type TrainedOn } from './priors.ts'
import { firstRows, type ModelPlan, type World } from './world.ts'

/** A trained autoencoder, with its averaged parameters. */
export interface TrainedAutoencoder {
  readonly parameters: number
  readonly entries: readonly Entry[]
  /** [n, d]. */
  encode(digits: Digits): Promise<Float32Array>
  /** [n, 28, 28], from 0 to 1. */
  decode(latents: Float32Array): Promise<Float32Array>
  dispose(): void
}

type FieldSpecs = TrainedOn['prior']['field']['params']
/** What the loss of latents is told; of the student where there is one. */
type Given = { readonly prior: Tensors<FieldSpecs>; readonly student: Tensors<FieldSpecs> }

/**
 * The training step of a plan's autoencoder, its latents drawn to the prior of the plan where it has one; and what the
 * step needs beside its data.
 */
async function stepOf({ regulariser }: ModelPlan, world: World) {
  const { latent, latentNoise, autoencoderSteps: steps } = world.settings
  const prior = regulariser?.prior === undefined ? undefined : (await world.prior(regulariser.prior)).prior
  const variational = regulariser?.objective === 'kl'
  const model = mlpAutoencoder({ shape: [28, 28], latent, variational })
  // A batch stands for the distribution of latents of a few dims alone; of these a student learns it.
  const student = flowField(latent)
  const loss = (y: Tensor<['n', number]>, key: Key, given: Given) => {
    const v: Velocity<'n', number> = (x, t) => prior!.field.apply(given.prior, x, t)
    if (regulariser!.objective === 'match')
      return matchDistribution(v, y, key, { latents: (x, t) => student.apply(given.student, x, t) })
    return align(v, y, key, regulariser!.objective === 'likelihood' ? { weight: 'likelihood' } : {})
  }
  const step = autoencoderStep(model, {
    averaging,
    optimiser: adam({ learningRate: cosineDecay({ start: 2e-3, steps: Math.max(1, steps) }) }),
    latentNoise: variational ? 0 : latentNoise,
    ...(variational && { kl: { weight: regulariser.weight } }),
    ...(prior && {
      regulariser: {
        weight: regulariser!.weight,
        inputs: { prior: prior.field.params },
        ...(regulariser!.objective === 'match' && { student: { field: student, learningRate: 2e-3 } }),
        loss,
      },
    }),
  })
  return { model, step, prior, inputs: prior && { extra: { prior: prior.params } } }
}

/** Trains the autoencoder of a plan. */
export async function trainAutoencoder(plan: ModelPlan, world: World): Promise<TrainedAutoencoder> {
  const { digits, settings, seed, device, record, signal } = world
  const { model, step, prior, inputs } = await stepOf(plan, world)
  const some = imagesAsData(firstRows(digits.heldOut.images, 28 * 28, 128))
  const fitted = await fit(
    step,
    device,
    { n: settings.batch },
    {
      data: digits.train.data,
      steps: settings.autoencoderSteps,
      seed,
      record: record(plan.name),
      signal,
      ...(inputs && { inputs }),
      ...(prior && {
        evaluate: {
          every: everyOf(settings.autoencoderSteps),
          run: async ({ state, step }) => {
            if (step === 0) return {}
            const params = await averagedParams(model.params, state.average, averaging, device)
            try {
              const { data, dimension } = await latentsOf(model, params, some, device)
              return { nll: await roughNll(prior, data, dimension, seed) }
            } finally {
              disposeParams(params)
            }
          },
        },
      }),
    },
  )
  try {
    signal.throwIfAborted()
    const params = await averagedParams(model.params, fitted.state.average, averaging, device)
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
      dispose: () => disposeParams(params),
    }
  } finally {
    fitted.dispose()
  }
}

/**
 * Milliseconds that a step of each plan's training takes: medians of rounds in which each has its turn, since the
 * machine may have others.
 */
export async function stepTimes(plans: readonly ModelPlan[], world: World): Promise<readonly number[]> {
  // The first round is of caches that are cold.
  const [rounds, count] = [12, Math.min(10, Math.ceil(world.settings.autoencoderSteps / 20))]
  const { digits, settings, seed, device, signal } = world
  const batch = await digits.train.data.rows(Uint32Array.from({ length: settings.batch }, (_, i) => i))
  const runs: { steps(count: number): Promise<unknown>; dispose(): void }[] = []
  try {
    for (const plan of plans) {
      const { step, inputs } = await stepOf(plan, world)
      const run = await compile(step, device, { n: settings.batch })
      const state = await run.init({ seed })
      // By its type a step has the input of a prior; one of a plan without a prior has none.
      const given = { state, image: batch.image, ...inputs } as never
      runs.push({ steps: (count) => run.steps(count, given).loss.item(), dispose: () => run.dispose() })
    }
    const times = plans.map((): number[] => [])
    for (let round = 0; round < rounds; round += 1)
      for (const [i, run] of runs.entries()) {
        signal.throwIfAborted()
        const before = performance.now()
        await run.steps(count)
        if (round > 0) times[i]!.push((performance.now() - before) / count)
      }
    return times.map(median)
  } finally {
    for (const run of runs) run.dispose()
  }
}

function countOf(specs: unknown): number {
  if (typeof specs !== 'object' || specs === null) return 0
  if ('shape' in specs) return (specs.shape as readonly number[]).reduce((product, size) => product * size, 1)
  return Object.values(specs).reduce((sum: number, part) => sum + countOf(part), 0)
}
