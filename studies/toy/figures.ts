import type { Device } from '../../index.ts'
import { exactField, hostRandom, planarSets } from '../../models/index.ts'
import type { ToyResults } from '../align/results.ts'
import { movePoints, type Objective, objectives, type PlanarField } from './free-points.ts'
import { landscapesOf, rounded } from './landscape.ts'
import { measure } from './measure.ts'

interface ToyRun {
  readonly device: Device
  readonly seed: number
  /** Of the points of each objective; fewer than 1,000 make coarser maps, too. */
  readonly steps: number
  readonly signal: AbortSignal
  /** Told of each part as it begins. */
  readonly say: (line: string) => void
}

/** Pictures show -reach to reach on both axes. */
const reach = 2.4
const points = 500

/**
 * What can be seen in the plane, on the five Gaussians of arXiv 2506.05240 with their exact velocity: the losses of a
 * point, and where free points go that are moved down each objective.
 *
 * The paper takes 1,000 points and 5,000 steps. Rejects with an AbortError when the signal is aborted.
 */
export async function toyFigures({ device, seed, steps, signal, say }: ToyRun): Promise<ToyResults> {
  const target = planarSets.fiveGaussians()
  say(`in the plane: ${target.name}, the losses of a point`)
  const landscapes = await landscapesOf(target, { side: steps < 1000 ? 24 : 40, reach, signal })
  const exact = exactField(target.mixture) as unknown as PlanarField
  const shown = shownSteps(steps)
  const moved: ToyResults['objectives'][number][] = []
  for (const name of Object.keys(objectives) as Objective[]) {
    say(`in the plane: ${points} free points, ${steps} steps down ${objectives[name]}`)
    const snapshots: Snapshot[] = []
    const at = (step: number, y: Float32Array) => {
      if (shown.includes(step)) snapshots.push(snapshotOf(step, y, target, seed))
    }
    const look = { every: shown.reduce(greatestCommonDivisor), at }
    await movePoints(
      exact,
      name,
      { points, steps, seed, learningRate: 1e-2, record: { warn: say }, signal, look },
      device,
    )
    signal.throwIfAborted()
    moved.push({ name, title: objectives[name], snapshots })
  }
  return {
    target: target.name,
    reach,
    entropy: target.entropy().value,
    floor: target.bayesFloor().value,
    samples: pairsOf(target.sample(hostRandom(seed + 2), points)),
    landscapes,
    objectives: moved,
  }
}
type Snapshot = ToyResults['objectives'][number]['snapshots'][number]

function snapshotOf(step: number, y: Float32Array, target: Parameters<typeof measure>[1], seed: number): Snapshot {
  const { likelihood, modes, energy, alarm } = measure(y, target, seed)
  return {
    step,
    points: pairsOf(y),
    nll: { value: likelihood.mean, error: likelihood.standardError },
    stdRatio: modes.stdRatio,
    effectiveModes: modes.effectiveModes,
    energy: { value: energy.value, floor: energy.floor.quantiles.q95 },
    alarms: alarm.findings.map(({ rule }) => rule),
  }
}

const pairsOf = (y: Float32Array) =>
  Array.from({ length: y.length / 2 }, (_, i) => [rounded(y[2 * i]!), rounded(y[2 * i + 1]!)] as const)

/** 0, 50, 200, 1000 and 5000 of 5,000 steps, and as many parts of others. */
const shownSteps = (steps: number): readonly number[] => [
  ...new Set([0, 0.01, 0.04, 0.2, 1].map((part) => Math.ceil(part * steps))),
]

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))
