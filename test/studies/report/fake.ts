import { hostRandom } from '../../../models/index.ts'
import type { BesideNoise, Curve, ModelResults, PriorResults, Results } from '../../../studies/align/results.ts'

import { fakeToy } from './fake-toy.ts'

/** How a made-up model turns out. */
export interface Kind {
  readonly name: string
  readonly title: string
  readonly regulariser?: ModelResults['regulariser']
  /** Fréchet distance of what it generates. */
  readonly frechet: number
  readonly psnr: number
  readonly cost: number
  /** How far its clusters are from each other. */
  readonly spread: number
  readonly alarms?: readonly string[]
}

export const kinds: readonly Kind[] = [
  { name: 'plain', title: 'plain', frechet: 24.1, psnr: 21.42, cost: 1, spread: 1.6 },
  {
    name: 'kl',
    title: 'KL to N(0, I)',
    regulariser: { objective: 'kl', weight: 0.01 },
    frechet: 15.3,
    psnr: 21.2,
    cost: 1.04,
    spread: 1.1,
  },
  {
    name: 'words',
    title: 'matched to word vectors',
    regulariser: { prior: 'words', objective: 'match', weight: 0.05 },
    frechet: 9.8,
    psnr: 21.3,
    cost: 1.42,
    spread: 1.3,
  },
  {
    name: 'digits',
    title: 'matched to features of digits',
    regulariser: { prior: 'digits', objective: 'match', weight: 0.05 },
    frechet: 9.4,
    psnr: 21.36,
    cost: 1.43,
    spread: 1.5,
  },
  {
    name: 'digits-align',
    title: "aligned with features of digits by the paper's loss",
    regulariser: { prior: 'digits', objective: 'align', weight: 0.01 },
    frechet: 19.7,
    psnr: 20.1,
    cost: 1.31,
    spread: 0.35,
    alarms: ['latents are too likely: mean -log p is 31.20, which is 11.02 below that of held-out features (42.22)'],
  },
]

/** How much of everything there is. */
export const whole = { points: 400, agreement: 200, curve: 60, reconstructions: 16, samples: 64 }
export const small: typeof whole = { points: 12, agreement: 5, curve: 4, reconstructions: 2, samples: 3 }

/** Results that a run could have, the same whenever they are made. */
export function fakeResults(models: readonly Kind[] = kinds, sizes = whole, seed = 0): Results {
  const random = hostRandom(seed)
  const normal = () => random.normal()
  const around = (value: number, share = 0.05): number => value * (1 + share * normal())
  const besideNoise = (value: number, floor: number): BesideNoise => ({ value, floor: around(floor, 0.02) })
  const curve = (name: string, from: number, to: number, steps = 3000): Curve => ({
    name,
    points: Array.from({ length: sizes.curve }, (_, i) => {
      const part = i / (sizes.curve - 1)
      return [Math.round(1 + part * (steps - 1)), around(to + (from - to) * Math.exp(-7 * part), 0.02)] as const
    }),
  })
  const priors: readonly PriorResults[] = [
    ['words', 'word vectors (GloVe)', 100] as const,
    ['digits', 'what a classifier of digits finds', 128] as const,
  ].map(([name, title, featureDim]) => ({
    name,
    title,
    rows: 20000,
    featureDim,
    projection: 'random, entries N(0, 1/d)',
    distortion: around(0.21),
    intrinsicDimension: around(14),
    curves: [curve('loss', 32, 22, 6000)],
    heldOutNll: { value: around(42), error: around(0.2) },
    solver: 'dopri5(relative 0.0001, absolute 0.0001)',
    curvature: around(0.11),
    energy: besideNoise(around(0.0081), 0.0047),
    seconds: around(130),
  }))
  const originals = Array.from({ length: sizes.reconstructions }, (_, i) => digitLike(i % 10, 0))
  const centres = Array.from({ length: 10 }, () => [4 * normal(), 4 * normal()] as const)

  const modelOf = ({ name, title, regulariser, frechet, psnr, cost, spread, alarms = [] }: Kind): ModelResults => {
    const hasPrior = regulariser?.prior !== undefined
    const plane = (method: string) => ({
      method,
      latents: Array.from({ length: sizes.points }, (_, i) => {
        const [x, y] = centres[i % 10]!
        return [spread * x + 0.9 * normal(), spread * y + 0.9 * normal(), i % 10] as const
      }),
      target: hasPrior
        ? Array.from({ length: sizes.points }, (_, i) => {
            const [x, y] = centres[(i * 7) % 10]!
            return [1.3 * x + normal(), 1.3 * y + normal()] as const
          })
        : [],
    })
    const agreement = Array.from({ length: sizes.agreement }, () => {
      const nll = 42 + 5 * normal()
      return [22 + 0.35 * (nll - 42) + 1.6 * normal(), nll] as const
    })
    return {
      name,
      title,
      ...(regulariser ? { regulariser } : {}),
      parameters: 1_086_256,
      curves: [
        curve('loss', 52, 6.1),
        curve('reconstruction', 50, 5.6),
        ...(regulariser ? [curve(regulariser.objective, 12, 2.4)] : []),
      ],
      millisecondsPerStep: 18.4 * cost,
      seconds: 70 * cost,
      psnr: { value: psnr, error: 0.06 },
      ssim: { value: around(0.91, 0.01), error: 0.002 },
      reconstructionFrechet: besideNoise(around(2.1), 0.42),
      probe: around(0.93, 0.01),
      latents: {
        secondMoment: around(32),
        alarms,
        ...(hasPrior
          ? {
              energy: besideNoise(around(0.02), 0.005),
              nll: { value: alarms.length > 0 ? 31.2 : around(43, 0.02), error: 0.18 },
              targetNll: { value: 42.22, error: 0.2 },
              agreement: {
                points: agreement,
                pearson: { value: 0.71, low: 0.64, high: 0.77 },
                spearman: { value: 0.68, low: 0.6, high: 0.75 },
              },
            }
          : {}),
      },
      planes: [plane('PCA'), plane('UMAP')],
      generated: {
        frechet: besideNoise(frechet, 0.42),
        precision: around(0.8, 0.05),
        ...(regulariser ? { fromPrior: besideNoise(around(1.4 * frechet), 0.42) } : {}),
        recall: around(0.62, 0.05),
        curves: [curve('loss', 32, 20)],
      },
      images: {
        height: 28,
        width: 28,
        originals,
        reconstructions: originals.map((_, i) => digitLike(i % 10, 25)),
        samples: Array.from({ length: sizes.samples }, (_, i) => digitLike((i * 3) % 10, 60)),
      },
    }
  }

  /** A stroke that is another for each label, with noise on it. */
  function digitLike(label: number, noise: number): number[] {
    return Array.from({ length: 28 * 28 }, (_, p) => {
      const [x, y] = [(p % 28) - 13.5, Math.floor(p / 28) - 13.5]
      const angle = Math.atan2(y, x)
      const distance = Math.abs(Math.hypot(x, y) - 7 - 2.5 * Math.cos(label * angle))
      const ink = 255 * Math.exp(-(distance ** 2) / 3) + (noise > 0 ? noise * normal() * Math.exp(-distance / 4) : 0)
      return Math.max(0, Math.min(255, Math.round(ink)))
    })
  }

  return {
    format: 1,
    created: '2026-03-04T05:06:07.000Z',
    command: `npx fluxion align --seed ${seed}`,
    device: 'cpu (2 threads)',
    seconds: 1834,
    seed,
    settings: {
      train: 9000,
      heldOut: 1000,
      latent: 32,
      latentNoise: 0.2,
      batch: 128,
      autoencoderSteps: 3000,
      priorSteps: 6000,
      generatorSteps: 3100,
      samples: 2000,
    },
    priors,
    models: models.map(modelOf),
    repeats: [],
    toy: fakeToy(sizes.points),
    caveats: [
      'One seed: what another one would give is not known.',
      'The classifier whose features measure Fréchet distances was trained on the same digits.',
    ],
  }
}

/** The same results with others of more seeds, in which the numbers of each model are moved by what is said of it. */
export function withSeeds(of: Results, moved: readonly { readonly [name: string]: number }[]): Results {
  const repeats = moved.map((by, i) => ({
    seed: of.seed + i + 1,
    models: of.models.map(({ name, psnr, ssim, reconstructionFrechet, probe, latents, generated }) => {
      const { agreement: _, ...ofLatents } = latents
      const { frechet, precision, recall, fromPrior } = generated
      const change = by[name] ?? 0
      return {
        name,
        psnr: { ...psnr, value: psnr.value + change },
        ssim,
        reconstructionFrechet,
        probe,
        latents: ofLatents,
        generated: {
          frechet: { ...frechet, value: frechet.value + change },
          precision,
          recall,
          ...(fromPrior && { fromPrior: { ...fromPrior, value: fromPrior.value + change } }),
        },
      }
    }),
  }))
  return { ...of, repeats }
}
