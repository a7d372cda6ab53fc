import { hostRandom } from '../../../models/index.ts'
import type { ToyResults } from '../../../studies/align/results.ts'

/** What could be seen in the plane, of so many points. */
export function fakeToy(points: number, side = 8): ToyResults {
  const random = hostRandom(9)
  const cloud = (std: number) =>
    Array.from({ length: points }, () => [std * random.normal(), std * random.normal()] as const)
  const bowl = (steep: number) =>
    Array.from({ length: side }, (_, y) =>
      Array.from({ length: side }, (_, x) => 1 + steep * ((x - 3) ** 2 + (y - 4) ** 2)),
    )
  const minimisers = [
    [0.5, 0.1],
    [-0.4, 0.3],
  ] as const
  const snapshot = (step: number, std: number, alarms: readonly string[]) => ({
    step,
    points: cloud(std),
    nll: { value: 0.5 - 1 / std, error: 0.02 },
    stdRatio: std,
    effectiveModes: 4.9,
    energy: { value: 0.02, floor: 0.008 },
    alarms,
  })
  return {
    target: 'five Gaussians',
    reach: 2.4,
    entropy: 0.52,
    floor: 2.55,
    samples: cloud(0.8),
    landscapes: {
      maps: [
        { of: 'uniform', values: bowl(0.7), minimisers, least: 2.24, offset: 1.04 },
        { of: 'likelihood', values: bowl(1.2), minimisers, least: -0.48, offset: 0.001 },
        { of: 'nll', values: bowl(1.3), minimisers, least: -0.49, offset: 0.002 },
      ],
      apart: 0.015,
    },
    objectives: [
      {
        name: 'uniform',
        title: 'the loss of the paper',
        snapshots: [snapshot(0, 1, []), snapshot(300, 0.3, ['likelihood', 'mode width'])],
      },
      {
        name: 'match',
        title: 'the difference of two velocities',
        snapshots: [snapshot(0, 1, []), snapshot(300, 0.9, [])],
      },
    ],
  }
}
