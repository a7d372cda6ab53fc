import { averageProjection, type Features, type NormalisationKind, type Projection } from '../../models/index.ts'
import { projections } from '../../studies/align/projections.ts'

interface How {
  readonly latent: number
  readonly normalisation: NormalisationKind | undefined
  readonly seed: number
}

/** What features are brought to: latents of another width, or `none`, which only centres and scales them. */
export type ProjectionName = keyof typeof projections | 'none'
export const projectionNames = [...Object.keys(projections), 'none'] as readonly ProjectionName[]

export function project(name: ProjectionName, train: Features, { latent, normalisation, seed }: How): Projection {
  // Means of one feature each.
  if (name === 'none') return averageProjection(train, train.dimension, { normalisation: normalisation ?? 'global' })
  return projections[name](train, latent, { seed, ...(normalisation && { normalisation }) })
}
