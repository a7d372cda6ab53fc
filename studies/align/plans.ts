import type { Regulariser } from './results.ts'
import type { ModelPlan } from './world.ts'

const plain: ModelPlan = { name: 'plain', title: 'plain autoencoder' }
/**
 * Weights at which PSNR stays within 0.5 dB of the plain autoencoder's, with the defaults: the differences are in what
 * `fluxion study priors` and `objectives` print. Priors of fewer intrinsic dims than latents have cost more, and get
 * less.
 */
const atEqualPsnr = { kl: 0.05, match: 0.3, align: 0.02, likelihood: 0.005 } as const
const ofManyDims = 0.5

const matched = (prior: string, title: string, weight: number = atEqualPsnr.match): ModelPlan =>
  drawn(prior, title, prior, 'match', weight)
const drawn = (
  name: string,
  title: string,
  prior: string | undefined,
  objective: Regulariser['objective'],
  weight: number,
): ModelPlan => ({ name, title, regulariser: { ...(prior !== undefined && { prior }), objective, weight } })

const kl = drawn('kl', 'drawn to N(0, I) by KL', undefined, 'kl', atEqualPsnr.kl)
const words = matched('words', 'matched to word vectors', ofManyDims)
const digits = matched('digits', 'matched to digit features')

/** A question, as the models that answer it. */
export interface Study {
  readonly about: string
  readonly models: readonly ModelPlan[]
}

/** What the main job compares: a plain autoencoder, the usual baseline, and latents that are drawn to each prior. */
export const mainJob: Study = {
  about: 'priors of words and of digit features, beside no prior and KL',
  models: [
    plain,
    kl,
    words,
    digits,
    drawn('digits-align', "aligned with digit features by the paper's loss", 'digits', 'align', atEqualPsnr.align),
  ],
}

const objectiveTitles = {
  align: "the paper's loss",
  likelihood: 'likelihood weights',
  match: 'velocity difference',
} as const

const sweep = [0.05, 0.2, 0.5, 2, 5]

/** The questions of the paper (Li et al. 2025, arXiv 2506.05240). */
export const studies = {
  priors: {
    about: 'which features make the best prior',
    models: [
      plain,
      kl,
      matched('vae', 'matched to latents of a VAE'),
      digits,
      words,
      matched('codes', 'matched to a VQ codebook'),
      matched('pixels', 'matched to pixels', ofManyDims),
    ],
  },
  weights: {
    about: 'how much matching should count: what is won in generation and lost in reconstruction',
    models: [
      plain,
      ...sweep.map((weight) => ({
        ...matched('digits', `matched, weight ${weight}`, weight),
        name: `weight-${weight}`,
      })),
    ],
  },
  projections: {
    about: 'how features become as wide as latents',
    models: [
      plain,
      ...(['random', 'orthogonal', 'pca', 'average'] as const).map((how) =>
        drawn(
          how,
          `digit features, projected: ${how}`,
          how === 'random' ? 'digits' : `digits/${how}`,
          'match',
          atEqualPsnr.match,
        ),
      ),
    ],
  },
  objectives: {
    about: "the paper's loss, the same with weights of the likelihood, and matching, each at several weights",
    models: [
      plain,
      ...(['align', 'likelihood', 'match'] as const).flatMap((objective) =>
        [atEqualPsnr[objective], 10 * atEqualPsnr[objective]].map((weight) =>
          drawn(
            `${objective}-${weight}`,
            `${objectiveTitles[objective]}, weight ${weight}`,
            'digits',
            objective,
            weight,
          ),
        ),
      ),
    ],
  },
} as const satisfies { readonly [name: string]: Study }
