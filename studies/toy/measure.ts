import {
  type BesideFloor,
  type CollapseReport,
  collapseAlarm,
  energyDistance,
  type LikelihoodGap,
  likelihoodGap,
  type MixtureTarget,
  type Modes,
  modesOf,
  samplerOf,
  withNoiseFloor,
} from '../../models/index.ts'

/** Points held to the target that they should be samples of. */
export interface Measures {
  /** Of -log p of the points under the target, in nats, against the entropy. */
  readonly likelihood: LikelihoodGap
  readonly energy: BesideFloor
  readonly modes: Modes
  readonly alarm: CollapseReport
}

/** How many of the points the energy distance takes, whose cost grows with their square. */
const most = 4000

/** Points in the plane, [n, 2]. */
export function measure(data: Float32Array, target: MixtureTarget, seed: number): Measures {
  const points = { data, dimension: 2 }
  const nlls = Array.from({ length: data.length / 2 }, (_, i) => -target.logDensity([data[2 * i]!, data[2 * i + 1]!]))
  const entropy = target.entropy()
  return {
    likelihood: likelihoodGap(nlls, entropy),
    energy: withNoiseFloor(
      energyDistance,
      { data: data.subarray(0, 2 * most), dimension: 2 },
      samplerOf(target.mixture),
      { seed },
    ),
    modes: modesOf(points, target.mixture),
    alarm: collapseAlarm({ points, target: target.mixture, nlls, entropy, seed }),
  }
}
