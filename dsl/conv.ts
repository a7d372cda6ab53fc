import { conv } from './operations/conv.ts'
import { optionsOf } from './option.ts'
import type { Conv, ConvOptions, ConvSettings } from './shape/conv.ts'
import type { Makes, Needs } from './shape/rule.ts'
import type { AnyTensor } from './tensor.ts'
import { heldTensor, traced } from './traced-tensor.ts'

// Channels stand last, so that what a window contracts lies next to each other: c in x, and c and out in the weights. x
// as [n, c, h, w] goes in by permute([0, 2, 3, 1]) and weights as [out, c, kh, kw] by permute([2, 3, 1, 0]). As
// everywhere in this field, weights are not turned around: this is a cross-correlation.

/** A signal [..., l, c] convolved with weights [k, c / groups, out]: [..., windows, out]. */
export const conv1d = <X extends AnyTensor, W extends AnyTensor, const O extends ConvOptions<1> = Record<never, never>>(
  x: X,
  weights: Needs<Conv<'conv1d', 1, X, W, O>, W>,
  options?: O,
): Makes<Conv<'conv1d', 1, X, W, O>> => convolved('conv1d', 1, x, weights, options) as Makes<Conv<'conv1d', 1, X, W, O>>

/** An image [..., h, w, c] convolved with weights [kh, kw, c / groups, out]: [..., rows, columns, out]. */
export const conv2d = <X extends AnyTensor, W extends AnyTensor, const O extends ConvOptions<2> = Record<never, never>>(
  x: X,
  weights: Needs<Conv<'conv2d', 2, X, W, O>, W>,
  options?: O,
): Makes<Conv<'conv2d', 2, X, W, O>> => convolved('conv2d', 2, x, weights, options) as Makes<Conv<'conv2d', 2, X, W, O>>

const convolved = (op: string, rank: 1 | 2, x: unknown, weights: unknown, options: ConvSettings = {}): AnyTensor =>
  traced(
    conv(
      op,
      rank,
      heldTensor(op, x),
      heldTensor(op, weights),
      optionsOf(op, options, ['stride', 'dilation', 'padding', 'groups']),
    ),
  )
