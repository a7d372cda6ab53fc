import { threefry2x32 } from '../../runtime/threefry.ts'
import { type HostRandom, hostRandom } from '../targets/random.ts'

const purposes = { directions: 1, floor: 2, bootstrap: 3, alarm: 4, reference: 5 } as const

/**
 * The random numbers that a metric itself draws. They are of another stream than `hostRandom(seed)`, with which the
 * points may have been drawn: else the reference sample of seed 0 would be the very points of seed 0, and their
 * distance 0.
 */
export const streamFor = (purpose: keyof typeof purposes, seed: number): HostRandom =>
  hostRandom(threefry2x32([purposes[purpose], seed >>> 0], [Math.floor(seed / 2 ** 32), 0])[0])
