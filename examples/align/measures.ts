import type { Recorder } from 'fluxion'
import { collapseAlarm, energyDistance, type Features, type FeatureTarget, noiseFloor, psnr } from 'fluxion/models'

/** How long both are trained, and who is told how it goes. */
export interface Training {
  readonly steps: number
  readonly record: Recorder
}

/** Images, [n, 16, 16], what was made of them, their latents, and the target of those. */
export interface Seen {
  readonly images: Float32Array
  readonly made: Float32Array
  readonly latents: Features
  readonly target: FeatureTarget<number, 2, 'y'>
}
/** What is logged of them. */
export type Look = (seen: Seen) => { readonly [name: string]: number }

/**
 * How good the images are, in decibels; how far latents are from the target, beside what samples of the target itself
 * have in 19 of 20 cases; and how many rules of the collapse alarm they break.
 */
export const measures: Look = ({ images, made, latents, target }) => {
  const reference = { data: target.train.latents, dimension: 2 }
  const n = latents.data.length / 2
  const floor = noiseFloor(energyDistance, (random, n) => ({ data: target.sample(random, n), dimension: 2 }), n)
  return {
    psnr: psnr({ data: made, shape: [16, 16] }, { data: images, shape: [16, 16] }).mean,
    energy: energyDistance(latents, reference),
    noise: floor.quantiles.q95,
    alarms: collapseAlarm({ points: latents, reference }).findings.length,
  }
}
