import {
  classifierFeatures,
  codebookFeatures,
  type Features,
  mlpAutoencoder,
  type Projection,
  patchAutoencoder,
  vaeFeatures,
  vectorQuantiser,
} from '../../models/index.ts'
import { loadWordVectors } from '../../runtime/node/index.ts'
import { didYouMean } from '../nearest.ts'
import type { Digits } from './digits.ts'
import { type ProjectionName, projectionNames, projections } from './projections.ts'
import type { Stage } from './world.ts'

/** What a prior is of: features, and how they become as wide as latents. */
export interface PriorPlan {
  /** 'words', 'digits/pca'. */
  readonly name: string
  readonly title: string
  readonly features: FeatureKind
  readonly projection: ProjectionName
}

export type FeatureKind = keyof typeof kinds

/** Where features are made. */
interface Source extends Stage {
  readonly digits: Digits
}

interface Kind {
  readonly title: string
  features(source: Source): Promise<Features>
}

/** Of features, for latents of so many dims. */
const dimensions = {
  words: () => 100,
  digits: (latent: number) => Math.max(64, latent),
  vae: (latent: number) => Math.max(16, latent),
  codes: (latent: number) => latent,
  pixels: () => 28 * 28,
}

/** Features of real data, of the kinds that the paper tries. */
const kinds = {
  words: {
    title: 'word vectors (GloVe)',
    async features() {
      const words = await loadWordVectors()
      const { vector } = await words.rows(Uint32Array.from({ length: words.size }, (_, i) => i))
      return { data: vector, dimension: dimensions.words() }
    },
  },
  digits: {
    title: 'digit features (a classifier trained here)',
    async features(source) {
      const { features } = await classifierFeatures(source.digits.data, source.device, {
        ...training(source, 'classifier'),
        dimension: dimensions.digits(source.settings.latent),
      })
      return features
    },
  },
  vae: {
    title: 'latents of a VAE of digits trained here',
    async features(source) {
      const { features } = await vaeFeatures(source.digits.data, source.device, {
        ...training(source, 'vae'),
        model: mlpAutoencoder({
          shape: [28, 28],
          latent: dimensions.vae(source.settings.latent),
          variational: true,
        }),
      })
      return features
    },
  },
  codes: {
    title: 'the codebook of a VQ-VAE of digits trained here',
    async features(source) {
      const { latent } = source.settings
      const { features } = await codebookFeatures(source.digits.data, source.device, {
        ...training(source, 'codebook'),
        model: patchAutoencoder({ shape: [28, 28], tokens: 16, latent, width: 32 }) as never,
        quantiser: vectorQuantiser({ codes: 512, dimension: latent }) as never,
      })
      return features
    },
  },
  pixels: {
    title: 'pixels of digits',
    async features({ digits }) {
      return { data: digits.images, dimension: dimensions.pixels() }
    },
  },
} as const satisfies { readonly [K in keyof typeof dimensions]: Kind }

export const kindNames = Object.keys(kinds) as readonly FeatureKind[]

/**
 * The prior of a name: features, and after a slash how they are projected, at random unless it is said.
 *
 * @throws Error where there are no such features or projection.
 */
export function priorPlan(name: string): PriorPlan {
  const [features, projection = 'random', ...others] = name.split('/')
  if (others.length > 0) throw new Error(`'${name}' is no prior: expected FEATURES or FEATURES/PROJECTION`)
  const kind = known(features!, kindNames, `the features of the prior '${name}'`)
  const how = known(projection, projectionNames, `the projection of the prior '${name}'`)
  return {
    name,
    title: how === 'random' ? kinds[kind].title : `${kinds[kind].title}, projected: ${how}`,
    features: kind,
    projection: how,
  }
}

function known<N extends string>(given: string, names: readonly N[], what: string): N {
  const found = names.find((name) => name === given)
  if (found !== undefined) return found
  throw new Error(`${what} may be ${names.join(', ')}; was given '${given}'${didYouMean(given, names)}`)
}

/**
 * @throws Error where the features of a prior are narrower than latents: nothing would tell what the other dims are to
 * be.
 */
export function checkWidth(name: string, latent: number): void {
  const { features, title } = priorPlan(name)
  const dimension = dimensions[features](latent)
  if (dimension < latent)
    throw new Error(
      `the prior '${name}' is of ${title}, which are of ${dimension} dims, and latents are to be of ${latent}; take --latent ${dimension} or less, or another prior`,
    )
}

export const featuresOf = (kind: FeatureKind, source: Source): Promise<Features> => {
  source.say(`features: ${kinds[kind].title}`)
  return kinds[kind].features(source)
}

export const projectionOf = (
  { features: kind, projection }: PriorPlan,
  features: Features,
  latent: number,
  seed: number,
): Projection<number, number> =>
  // At the border there are pixels that are never anything but 0.
  projections[projection](features, latent, { seed, normalisation: kind === 'pixels' ? 'global' : 'perFeature' })

const training = ({ settings, seed, record, signal }: Source, name: string) => ({
  steps: Math.ceil(settings.autoencoderSteps / 2),
  seed,
  record: record(name),
  signal,
})
