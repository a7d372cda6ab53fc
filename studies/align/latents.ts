import { alignmentAgreement, type Correlation, collapseAlarm, pcaProjection, project } from '../../models/index.ts'
import { meanOf } from './measures.ts'
import { energyBeside, samplerOfRows } from './priors.ts'
import type { Interval, ModelResults } from './results.ts'
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
  const reference = { data: firstRows(of.target.heldOut.latents, d, compared), dimension: d }
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

/** Latents, and the target of their prior, in the plane of the latents' two principal directions. */
export async function planesOf(
  { regulariser }: ModelPlan,
  held: Float32Array,
  { digits, settings, prior }: World,
): Promise<ModelResults['planes']> {
  const d = settings.latent
  const projection = pcaProjection({ data: held, dimension: d }, 2, { normalisation: 'none' })
  const inPlane = (rows: Float32Array) => pairsOf(project(projection, firstRows(rows, d, compared)))
  const target = regulariser?.prior === undefined ? undefined : (await prior(regulariser.prior)).target
  return [
    {
      method: 'PCA',
      latents: inPlane(held).map(([x, y], i) => [x, y, digits.heldOut.labels[i]!]),
      target: target ? inPlane(target.heldOut.latents) : [],
    },
  ]
}

const intervalOf = ({ value, low, high }: Correlation): Interval => ({ value, low, high })

const pairsOf = (data: Float32Array): readonly (readonly [number, number])[] =>
  Array.from({ length: data.length / 2 }, (_, i) => [data[2 * i]!, data[2 * i + 1]!] as const)

const squareOf = (row: Float32Array): number => row.reduce((sum, value) => sum + value * value, 0)
