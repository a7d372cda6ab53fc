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
import type { ModelPlan, World } from './world.ts'

const averaging = 0.99

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
  const loss = (y: Tensor<['n', number]>, key: Key, { prior: params }: { readonly prior: never }) => {
    const v: Velocity<'n', number> = (x, t) => prior!.field.apply(params, x, t)
    return regulariser!.objective === 'match' ? matchDistribution(v, y, key) : align(v, y, key)
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
  const inputs = prior && { extra: { prior: prior.params } }
  const fitted = (await fit(step, device, { n: batch } as never, {
    data: digits.train.data as never,
    steps,
    seed,
    record: record(plan.title),
    signal,
    ...(inputs && { inputs: inputs as never }),
  })) as unknown as Fitted
  const average = await averagedParams(model.params as never, fitted.state.average, averaging, device)
  const params = average as unknown as GivenParams<typeof model.params>
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
      const run = (await compile(step, device, { n: batch } as never)) as unknown as Step
      const { image } = await digits.train.data.rows(Uint32Array.from({ length: batch }, (_, i) => i))
      const state = await run.init({ seed })
      const before = performance.now()
      const { loss } = run.steps(count, { state, image, ...inputs })
      await loss.item()
      const after = performance.now()
      run.dispose()
      return (after - before) / count
    },
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
