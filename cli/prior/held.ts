import { distortion, straightness, twoNearest } from '../../models/index.ts'
import { spreadRows } from '../../models/projections/features.ts'
import { meanOf } from '../../studies/align/measures.ts'
import { energyBeside, samplerOfRows } from '../../studies/align/priors.ts'
import type { Mean } from '../../studies/align/results.ts'
import { table } from '../../studies/table.ts'
import type { FeatureFile } from '../feature-file.ts'
import type { RowsPrior, RowsTarget } from './train.ts'

/** Rows that measures take whose cost grows with their square. */
const compared = 1000
/**
 * Rows whose density is asked for, and up to which width by the exact divergence, which takes a derivative for each
 * dim.
 */
const [likely, exactUpTo] = [512, 16]

/** A trained prior held to rows that it was not trained on. */
export interface Held {
  /** Of the last steps, where there were any in this run. */
  readonly loss?: number
  readonly heldOutLoss?: Mean
  readonly nll: Mean & { readonly rows: number; readonly solver: string; readonly divergence: string }
  /** -log p of the same rows under N(0, I), which the flow begins with. */
  readonly nllOfNoise: number
  readonly energy: {
    readonly value: number
    readonly floor: number
    readonly samples: number
    readonly reference: number
  }
  readonly curvature: number
  /** Of samples of the prior, and of as many rows. */
  readonly intrinsicDimension: { readonly samples: number | undefined; readonly rows: number | undefined }
  /** Of the projection, where there is one. */
  readonly distortion?: {
    readonly std: number
    readonly theory: number
    readonly kept: number
    readonly chance: number
  }
}

export async function heldTo(
  prior: RowsPrior,
  target: RowsTarget,
  file: FeatureFile,
  { seed, isProjected }: { readonly seed: number; readonly isProjected: boolean },
): Promise<Held> {
  const { dimension, heldOut, train } = target
  const some = spreadRows(heldOut.latents, dimension, likely)
  const isExact = dimension <= exactUpTo
  const { value, solver } = await prior.logProb(some, { divergence: isExact ? 'exact' : { probes: 4, seed } })
  const reference = spreadRows(heldOut.latents, dimension, compared)
  const rows = spreadRows(train.latents, dimension, compared)
  const count = rows.length / dimension
  const samples = await prior.sample(count, { seed: seed + 1 })
  const paths = await prior.paths(Math.min(256, count), { steps: 50, seed })
  const spread = isProjected ? distortion(target.projection, file.data, { seed }) : undefined
  const last = (kind: 'train' | 'evaluation') => prior.entries.findLast((entry) => entry.kind === kind)?.values
  const [trained, evaluated] = [last('train'), last('evaluation')]
  return {
    ...(trained && { loss: trained.loss! }),
    ...(evaluated && { heldOutLoss: { value: evaluated['held-out loss']!, error: evaluated['standard error']! } }),
    nll: {
      ...meanOf(value.map((log) => -log)),
      rows: value.length,
      solver,
      divergence: isExact ? 'exact divergence' : 'divergence along 4 random directions',
    },
    nllOfNoise: (dimension * Math.log(2 * Math.PI) + some.reduce((sum, y) => sum + y * y, 0) / value.length) / 2,
    energy: {
      ...energyBeside({ data: samples, dimension }, { data: reference, dimension }, samplerOfRows(target), seed),
      samples: count,
      reference: reference.length / dimension,
    },
    curvature: straightness(paths).curvature.value,
    intrinsicDimension: {
      samples: twoNearest(samples, dimension)?.value,
      rows: twoNearest(rows, dimension)?.value,
    },
    ...(spread && {
      distortion: {
        std: spread.std,
        theory: spread.theory.std,
        kept: spread.neighbours.kept,
        chance: spread.neighbours.chance,
      },
    }),
  }
}

export function describeHeld(held: Held, dimension: number): string {
  const { loss, heldOutLoss, nll, nllOfNoise, energy, curvature, intrinsicDimension, distortion: spread } = held
  const mean = ({ value, error }: Mean): string => `${value.toFixed(4)} +- ${error.toFixed(4)}`
  const share = (value: number): string => `${(100 * value).toFixed(1)}%`
  const rows = [
    ...(loss === undefined
      ? []
      : [['loss of the last steps', loss.toFixed(4), `a sum over ${dimension} dims; not 0 at best`]]),
    ...(heldOutLoss ? [['loss on held-out rows', mean(heldOutLoss), 'that of the last steps']] : []),
    [
      `-log p of ${nll.rows} held-out rows, nats (${nll.solver}, ${nll.divergence})`,
      mean(nll),
      `${nllOfNoise.toFixed(4)} of N(0, I), which knows nothing`,
    ],
    [
      `energy distance of ${energy.samples} samples to ${energy.reference} held-out rows`,
      energy.value.toExponential(1),
      `${energy.floor.toExponential(1)}, what 19 of 20 draws of the rows are below`,
    ],
    ['curvature of its paths', curvature.toFixed(3), '0 if one Euler step followed them'],
    [
      'intrinsic dimension of its samples',
      intrinsicDimension.samples?.toFixed(1) ?? '-',
      `${intrinsicDimension.rows?.toFixed(1) ?? '-'}, of the rows`,
    ],
    ...(spread
      ? [
          [
            'distortion of squared distances by the projection',
            spread.std.toFixed(3),
            `${spread.theory.toFixed(3)} of a random one`,
          ],
          ['nearest neighbours that it keeps', share(spread.kept), `${share(spread.chance)} by chance`],
        ]
      : []),
  ]
  return table([{ head: '' }, { head: 'found' }, { head: 'beside it' }], rows)
}
