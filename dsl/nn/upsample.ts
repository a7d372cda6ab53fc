import { mostValues } from '../../compiler/ir/primitives/literal.ts'
import { described } from '../error.ts'
import { copied, interpolated } from '../operations/upsample.ts'
import { optionsOf } from '../option.ts'
import { floats } from '../shape/dtype.ts'
import type { Makes, Needs } from '../shape/rule.ts'
import { scalesOf, type Upsampled, upsampleShape } from '../shape/upsample.ts'
import type { PerAxis } from '../shape/window.ts'
import type { AnyTensor } from '../tensor.ts'
import { extentsOf, hold } from '../trace/held.ts'
import { check, enter, fail, must } from '../trace/trace.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import { type Layer, layerOf, type NoParams } from './layer.ts'
import type { Shaping } from './step.ts'

export interface UpsampleOptions {
  /** Copies of each element unless 'bilinear' interpolates between them. */
  readonly method?: 'nearest' | 'bilinear'
}
interface Upsamples<Scale extends PerAxis<2, number>> extends Shaping {
  readonly gives: this['takes'] extends infer X extends AnyTensor ? Upsampled<X, Scale> : never
}
/** A layer that is its function as well: `upsample2d(2)(x)`. */
export interface Upsample<Scale extends PerAxis<2, number>> extends Layer<'float', Upsamples<Scale>, NoParams> {
  <X extends AnyTensor>(x: Needs<Upsampled<X, Scale>, X>): Makes<Upsampled<X, Scale>>
}

/**
 * Makes images [..., h, w, c] `scale` times as large, or [rows, columns] times. 'bilinear' takes pixels for squares
 * whose middles keep their places, and the edge for what lies beyond it: PyTorch's `align_corners=False`, and
 * `jax.image.resize`.
 */
export function upsample2d<const Scale extends PerAxis<2, number>>(
  scale: Scale,
  options?: UpsampleOptions,
): Upsample<Scale>
export function upsample2d(scale: number | readonly number[], options: UpsampleOptions = {}): unknown {
  const op = 'upsample2d'
  const { method = 'nearest' } = optionsOf(op, options, ['method'])
  const scales = must(scalesOf(scale))
  if (method !== 'nearest' && method !== 'bilinear')
    throw fail(`type error: ${op}: method is ${described(method)}, needs 'nearest' or 'bilinear'`)
  if (method === 'bilinear' && Math.max(...scales) > mostValues)
    throw fail(
      `type error: ${op}: a bilinear scale of ${Math.max(...scales)} is more than ${mostValues}; upsample in two steps`,
    )
  const along = method === 'nearest' ? copied : interpolated
  const apply = (x: unknown): AnyTensor => {
    const held = heldTensor(op, x)
    check(floats(op, held.dtype))
    const shape = must(upsampleShape(extentsOf(held), scales))
    const trace = enter(op, [held])
    const rows = along(trace, held.value, shape.length - 3, scales[0]!, op)
    return traced(hold(trace, along(trace, rows, shape.length - 2, scales[1]!, op), shape, held.dtype))
  }
  const run = { takes: 'float', gives: undefined, apply: (_params: never, x: AnyTensor) => apply(x) } as const
  return Object.assign(apply, layerOf({}, run))
}
