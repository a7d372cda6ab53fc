import type { Key, Tensor, Tensors } from '../../dsl/index.ts'
import { adam, cosineDecay } from '../../dsl/optim/index.ts'
import { compile, fit } from '../../index.ts'
import {
  align,
  autoencoderStep,
  averagedParams,
  decodedRows,
  latentsOf,
  matchDistribution,
  mlpAutoencoder,
} from '../../models/index.ts'
import type { Entry } from '../../runtime/train/recorder.ts'
import type { Digits } from './digits.ts'
import type { TrainedOn } from './priors.ts'
import type { ModelPlan, World } from './world.ts'

const averaging = 0.99

type FieldSpecs = TrainedOn['prior']['field']['params']

/** A trained autoencoder, with its averaged parameters. */
export interface TrainedAutoencoder {
  readonly parameters: number
  readonly entries: readonly Entry[]
  /** [n, d]. */
  encode(digits: Digits): Promise<Float32Array>
  /** [n, 28, 28], from 0 to 1. */
  decode(latents: Float32Array): Promise<Float32Array>
  /** Milliseconds that a step of training takes now. */
  timed(steps: number): Promise<number>
}

/** Trains the autoencoder of a plan, its latents drawn to the prior of the plan where it has one. */
export async function trainAutoencoder(plan: ModelPlan, world: World): Promise<TrainedAutoencoder> {
  const { digits, priors, settings, seed, device, record, signal } = world
  const { regulariser } = plan
  const { latent, batch, autoencoderSteps: steps } = settings
  const prior = regulariser?.prior === undefined ? undefined : priors.get(regulariser.prior)!.prior
  const variational = regulariser?.objective === 'kl'
  const model = mlpAutoencoder({ shape: [28, 28], latent, variational })
  const objective = regulariser?.objective === 'match' ? matchDistribution : align
  const loss = (y: Tensor<['n', number]>, key: Key, given: { readonly prior: Tensors<FieldSpecs> }) =>
    objective((x, t) => prior!.field.apply(given.prior, x, t), y, key)
  const step = autoencoderStep(model, {
    averaging,
    optimiser: adam({ learningRate: cosineDecay({ start: 2e-3, steps: Math.max(1, steps) }) }),
    ...(variational && { kl: { weight: regulariser.weight } }),
    ...(prior && { regulariser: { weight: regulariser!.weight, inputs: { prior: prior.field.params }, loss } }),
  })
  const inputs = prior && { extra: { prior: prior.params } }
  const fitted = await fit(
    step,
    device,
    { n: batch },
    {
      data: digits.train.data,
      steps,
      seed,
      record: record(plan.title),
      signal,
      ...(inputs && { inputs }),
    },
  )
  const params = await averagedParams(model.params, fitted.state.average, averaging, device)
  const { entries } = fitted
  fitted.dispose()
  return {
    parameters: countOf(model.params),
    entries,
    async encode(of) {
      return (await latentsOf(model, params, of.data, device)).data
    },
    async decode(latents) {
      const images = await decodedRows(model, params, latents, device)
      return images.map((pixel) => Math.min(1, Math.max(0, pixel)))
    },
    async timed(count) {
      const run = await compile(step, device, { n: batch })
      const { image } = await digits.train.data.rows(Uint32Array.from({ length: batch }, (_, i) => i))
      const state = await run.init({ seed })
      const before = performance.now()
      // By its type a step has the input of a prior; one of a plan without a prior has none.
      const { loss } = run.steps(count, { state, image, ...inputs } as never)
      await loss.item()
      const after = performance.now()
      run.dispose()
      return (after - before) / count
    },
  }
}

function countOf(specs: unknown): number {
  if (typeof specs !== 'object' || specs === null) return 0
  if ('shape' in specs) return (specs.shape as readonly number[]).reduce((product, size) => product * size, 1)
  return Object.values(specs).reduce((sum: number, part) => sum + countOf(part), 0)
}
