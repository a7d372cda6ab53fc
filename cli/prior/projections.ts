import {
  averageProjection,
  type Features,
  gaussianProjection,
  hadamardProjection,
  type NormalisationKind,
  orthogonalProjection,
  type Projection,
  pcaProjection,
  whiteningProjection,
} from '../../models/index.ts'

interface How {
  readonly latent: number
  readonly normalisation: NormalisationKind | undefined
  readonly seed: number
}
type Fit = (train: Features, how: How) => Projection

const only = ({ normalisation }: How) => (normalisation === undefined ? {} : { normalisation })
const seeded = (how: How) => ({ ...only(how), seed: how.seed })

/** What can bring features to the width of latents, by the names of the command line. */
export const fits = {
  random: (train, how) => gaussianProjection(train, how.latent, seeded(how)),
  orthogonal: (train, how) => orthogonalProjection(train, how.latent, seeded(how)),
  hadamard: (train, how) => hadamardProjection(train, how.latent, seeded(how)),
  pca: (train, how) => pcaProjection(train, how.latent, seeded(how)),
  whitening: (train, how) => whiteningProjection(train, how.latent, seeded(how)),
  average: (train, how) => averageProjection(train, how.latent, only(how)),
  // Means of one feature each: centred and scaled, and nothing else.
  none: (train, how) => averageProjection(train, train.dimension, { normalisation: 'global', ...only(how) }),
} satisfies { readonly [name: string]: Fit }

export type ProjectionName = keyof typeof fits
export const projectionNames = Object.keys(fits) as ProjectionName[]
