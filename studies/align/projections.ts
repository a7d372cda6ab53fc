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

interface ProjectOptions {
  readonly seed: number
  /** As each does by itself unless given. */
  readonly normalisation?: NormalisationKind
}

type Project = (features: Features, latent: number, options: ProjectOptions) => Projection<number, number>

/** What can bring features to the width of latents, by the names of the command line. */
export const projections = {
  random: gaussianProjection,
  orthogonal: orthogonalProjection,
  hadamard: hadamardProjection,
  pca: pcaProjection,
  whitening: whiteningProjection,
  // It draws nothing.
  average: (features, latent, { seed: _, ...options }) => averageProjection(features, latent, options),
} as const satisfies { readonly [name: string]: Project }

export type ProjectionName = keyof typeof projections
export const projectionNames = Object.keys(projections) as readonly ProjectionName[]
