import { alignmentAgreement, type Correlation, collapseAlarm, pcaProjection, project } from '../../models/index.ts'
import { spreadRows } from '../../models/projections/features.ts'
import { meanOf } from './measures.ts'
import { energyBeside, samplerOfRows } from './priors.ts'
import type { Interval, ModelResults } from './results.ts'
import { umapOf } from './umap.ts'
import { compared, firstRows, type ModelPlan, type World } from './world.ts'

/** Of how many latents the likelihood under the prior is found. */
const likelihoods = 256

/** Latents [n, d] of digits that were held out, beside the prior that they were drawn to. */
export async function besidePrior(
  { regulariser }: ModelPlan,
  held: Float32Array,
  world: World,
): Promise<ModelResults['latents']> {
  const { settings, seed } = world
  const d = settings.latent
  const squares = Array.from({ length: held.length / d }, (_, row) => squareOf(held.subarray(row * d, (row + 1) * d)))
  const secondMoment = meanOf(squares).value
  if (regulariser?.prior === undefined) return { secondMoment, alarms: [] }
  const of = await world.prior(regulariser.prior)
  const { heldOutNll } = await world.priorResults(regulariser.prior)
  const points = { data: firstRows(held, d, compared), dimension: d }
  const reference = { data: spreadRows(of.target.heldOut.latents, d, compared), dimension: d }
  const some = firstRows(held, d, likelihoods)
  const { value } = await of.prior.logProb(some, { divergence: { probes: 4, seed } })
  const loss = await of.prior.alignment(some, { draws: 64, seed })
  const again = await of.prior.alignment(some, { draws: 64, seed: seed + 1 })
  const { pearson, spearman } = alignmentAgreement(loss, value, { again })
  return {
    secondMoment,
    energy: energyBeside(points, reference, samplerOfRows(of.target), seed),
    nll: meanOf(value.map((log) => -log)),
    targetNll: heldOutNll,
    alarms: collapseAlarm({ points, reference, seed }).findings.map(({ message }) => message),
    agreement: {
      points: Array.from(value, (log, i) => [(loss[i]! + again[i]!) / 2, -log] as const),
      pearson: intervalOf(pearson),
      spearman: intervalOf(spearman),
    },
  }
}

/**
 * How many latents, and as many rows of the target, UMAP takes: what it costs grows with them, and those of PCA may be
 * more.
 */
const embedded = 500

/**
 * Latents, and the target of their prior, in the plane of the latents' two principal directions, and in that which UMAP
 * makes of both together.
 */
export async function planesOf(
  { regulariser }: ModelPlan,
  held: Float32Array,
  { digits, prior, settings, seed, signal }: World,
): Promise<ModelResults['planes']> {
  const d = settings.latent
  const target = regulariser?.prior === undefined ? undefined : (await prior(regulariser.prior)).target
  // Words lie by how often they are used.
  const wanted = target ? spreadRows(target.heldOut.latents, d, compared) : new Float32Array(0)
  const labelled = (points: ReturnType<typeof pairsOf>) =>
    points.map(([x, y], i) => [x, y, digits.heldOut.labels[i]!] as const)
  const projection = planeOf(held, d)
  if (!projection) return []
  const inPlane = (rows: Float32Array) => pairsOf(project(projection, firstRows(rows, d, compared)))
  const few = firstRows(held, d, embedded)
  const beside = spreadRows(wanted, d, embedded)
  const together = new Float32Array(few.length + beside.length)
  together.set(few)
  together.set(beside, few.length)
  const map = pairsOf(await umapOf(together, d, { seed, signal }))
  return [
    { method: 'PCA', latents: labelled(inPlane(held)), target: target ? inPlane(wanted) : [] },
    { method: 'UMAP', latents: labelled(map.slice(0, few.length / d)), target: map.slice(few.length / d) },
  ]
}

/** The plane of most variance; undefined where latents vary in one direction at most, since they have collapsed. */
function planeOf(data: Float32Array, dimension: number) {
  try {
    return pcaProjection({ data, dimension }, 2, { normalisation: 'none' })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const intervalOf = ({ value, low, high }: Correlation): Interval => ({ value, low, high })

const pairsOf = (data: Float32Array): readonly (readonly [number, number])[] =>
  Array.from({ length: data.length / 2 }, (_, i) => [data[2 * i]!, data[2 * i + 1]!] as const)

const squareOf = (row: Float32Array): number => row.reduce((sum, value) => sum + value * value, 0)
