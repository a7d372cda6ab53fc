import { convTranspose } from './operations/conv-transpose.ts'
import { optionsOf } from './option.ts'
import type { ConvTranspose, ConvTransposeOptions, ConvTransposeSettings } from './shape/conv-transpose.ts'
import type { Makes, Needs } from './shape/rule.ts'
import type { AnyTensor } from './tensor.ts'
import { heldTensor, traced } from './traced-tensor.ts'

// The transpose of a convolution with the same weights and options, which is its gradient in the input: of weights [k,
// out / groups, c] the convolution takes `out` channels to c. That is PyTorch's ConvTranspose, with its weights [c, out
// / groups, kh, kw] by permute([2, 3, 1, 0]).

/**
 * A signal [..., l, c] with weights [k, out / groups, c]: [..., (l - 1) stride + dilation (k - 1) + 1 - padding +
 * outputPadding, out]; with padding 'same' [..., l stride, out].
 */
export const convTranspose1d = <
  Y extends AnyTensor,
  W extends AnyTensor,
  const O extends ConvTransposeOptions<1> = Record<never, never>,
>(
  y: Y,
  weights: Needs<ConvTranspose<'convTranspose1d', 1, Y, W, O>, W>,
  options?: O,
): Makes<ConvTranspose<'convTranspose1d', 1, Y, W, O>> =>
  transposed('convTranspose1d', 1, y, weights, options) as Makes<ConvTranspose<'convTranspose1d', 1, Y, W, O>>

/**
 * An image [..., h, w, c] with weights [kh, kw, out / groups, c]: [..., rows, columns, out], of which there are as many
 * as `convTranspose1d` makes along each axis.
 */
export const convTranspose2d = <
  Y extends AnyTensor,
  W extends AnyTensor,
  const O extends ConvTransposeOptions<2> = Record<never, never>,
>(
  y: Y,
  weights: Needs<ConvTranspose<'convTranspose2d', 2, Y, W, O>, W>,
  options?: O,
): Makes<ConvTranspose<'convTranspose2d', 2, Y, W, O>> =>
  transposed('convTranspose2d', 2, y, weights, options) as Makes<ConvTranspose<'convTranspose2d', 2, Y, W, O>>

const transposed = (
  op: string,
  rank: 1 | 2,
  y: unknown,
  weights: unknown,
  options: ConvTransposeSettings = {},
): AnyTensor =>
  traced(
    convTranspose(
      op,
      rank,
      heldTensor(op, y),
      heldTensor(op, weights),
      optionsOf(op, options, ['stride', 'dilation', 'padding', 'outputPadding', 'groups']),
    ),
  )
