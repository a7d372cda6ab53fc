import { type AnyProgram, f32, type Key, key, program, type Sizes, type Tensor } from '../../dsl/index.ts'
import { mlp } from '../../dsl/nn/index.ts'
import {
  align,
  autoencoder,
  autoencoderStep,
  flow,
  logProb,
  matchDistribution,
  priorStep,
  rk4,
  simpleMlpAdaLN,
  type Velocity,
} from '../../models/index.ts'

/** A program that can be asked for by name: what its sizes are unless they are given, `n` being that of its rows. */
export interface NamedProgram {
  readonly about: string
  readonly sizes: { readonly n: number; readonly [name: string]: number }
  /** Of sizes that are all given. */
  make(sizes: { readonly [name: string]: number }): AnyProgram
}

const network = { dimension: 2, width: 128, blocks: 3 }
const latents = { dimension: 16, width: 128, blocks: 3 }

export const programs: { readonly [name: string]: NamedProgram } = {
  prior: {
    about: 'a step of training a flow prior: loss, gradients, Adam, average',
    sizes: { n: 256, ...network },
    make: (sizes) => priorStep(fieldOf(sizes)) as unknown as AnyProgram,
  },
  sample: {
    about: 'noise that is carried along the flow, by rk4',
    sizes: { n: 1024, ...network, steps: 50 },
    make: (sizes) => asked(sizes, 'sample', (v, x) => ({ y: flow(v, x, { solver: rk4(sizes.steps!) }) })),
  },
  logProb: {
    about: 'log p of rows, by rk4 with the exact divergence',
    sizes: { n: 1024, ...network, steps: 50 },
    make: (sizes) => asked(sizes, 'logProb', (v, x) => logProb(v, x, { solver: rk4(sizes.steps!) })),
  },
  align: {
    about: 'the alignment loss of rows',
    sizes: { n: 1024, ...latents },
    make: (sizes) => asked(sizes, 'align', (v, x, key) => ({ loss: align(v, x, key) })),
  },
  autoencoder: {
    about:
      "a step of training an autoencoder (an MLP of two hidden layers) whose latents are drawn to a prior's by matchDistribution",
    sizes: { n: 128, features: 784, hidden: 512, ...latents },
    make: alignedAutoencoder,
  },
}

const fieldOf = ({ dimension, width, blocks }: Sizes) =>
  simpleMlpAdaLN(dimension!, { width: width!, blocks: blocks!, timeScale: 10 })

/** A program of the velocity of a prior. */
function asked(
  sizes: Sizes,
  name: string,
  results: (v: Velocity<'n', number>, x: Tensor<['n', number]>, key: Key) => object,
): AnyProgram {
  const field = fieldOf(sizes)
  const inputs = { params: field.params, x: f32('n', sizes.dimension!), ...(name === 'align' && { key: key() }) }
  const body = ({ params, x, key }: { params: never; x: Tensor<['n', number]>; key: Key }) =>
    results((x, t) => field.apply(params, x, t), x, key)
  return program(inputs as never, body as never, { name }) as unknown as AnyProgram
}

function alignedAutoencoder(sizes: Sizes): AnyProgram {
  const { features, hidden, dimension } = sizes as { readonly [name in 'features' | 'hidden' | 'dimension']: number }
  const field = fieldOf(sizes)
  const model = autoencoder({
    shape: [features],
    latent: dimension,
    encoder: mlp([features, hidden, hidden, dimension]),
    decoder: mlp([dimension, hidden, hidden, features]),
  })
  return autoencoderStep(model, {
    column: 'x',
    regulariser: {
      weight: 1,
      inputs: { prior: field.params },
      loss: (y: Tensor<['n', number]>, key: Key, { prior }: { readonly prior: never }) =>
        matchDistribution((x, t) => field.apply(prior, x, t), y, key),
    },
  } as never) as unknown as AnyProgram
}
