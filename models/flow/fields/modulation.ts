import { initialisers, linear } from '../../../dsl/nn/index.ts'
import type { Vectors } from './velocity-field.ts'

/**
 * Linear(width, parts width), which starts at 0: shifts, scales and gates of [n, width] each, side by side.
 * "adaLN-Zero", Peebles and Xie 2022, arXiv 2212.09748.
 */
export const modulation = (width: number, parts: number) =>
  linear(width, parts * width, { initialiser: initialisers.zeros })

export const modulated = (x: Vectors, shift: Vectors, scale: Vectors): Vectors => x.mul(scale.add(1)).add(shift)
