import { add, div, expm1, mul, neg, sqrt, square, sub } from '../operations/elementwise.ts'
import { cast } from '../operations/layout.ts'
import { floats } from '../shape/dtype.ts'
import { i32, isSpec, type Specs } from '../spec.ts'
import { likeness, type Needed, tensorIn, tensorsOf } from '../tensor-in.ts'
import type { Held } from '../trace/held.ts'
import { check, named } from '../trace/trace.ts'
import { isTensor, traced } from '../traced-tensor.ts'
import { mapTree, withLeaves } from '../tree.ts'
import type { Optimiser } from './optimiser.ts'

export interface AdamOptions {
  readonly learningRate: number
  /** How much of the mean of gradients stays at each step. */
  readonly b1?: number
  /** How much of the mean of squared gradients stays. */
  readonly b2?: number
  /** Added to the root of the second, so that it can divide. */
  readonly eps?: number
}

/** Adam (Kingma and Ba 2015, algorithm 1): steps along the mean gradient over the root of its mean square, both corrected for starting at zero. */
export function adam({ learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-8 }: AdamOptions): Optimiser<'m' | 'v'> {
  const state = (params: Specs) => {
    const zero = () => mapTree(params, isSpec, (spec) => ({ ...spec, initialiser: undefined }))
    return { m: zero(), v: zero(), count: i32() }
  }
  const update = (grads: unknown, before: unknown, params: unknown) =>
    named('adam', () => {
      const count = add(tensorIn(before, 'count', 'the optimiser state', scalarCount), 1)
      const t = cast(count, 'f32')
      // 1 - b^t as -(exp(t ln b) - 1): the difference of two nearly equal numbers would lose most digits of b2's correction in f32.
      const correction = (b: number) => neg(expm1(mul(t, Math.log(b))))
      const [correction1, correction2] = [correction(b1), correction(b2)]
      const moved = tensorsOf(params, 'adam: params').map(({ path, leaf: param }) => {
        check(floats('adam', param.dtype))
        const like = likeness(param)
        const moment = (slot: 'm' | 'v') =>
          tensorIn(before, path === '' ? slot : `${slot}.${path}`, 'the optimiser state', like)
        const g = tensorIn(grads, path, 'grads', like)
        const m = mean(b1, moment('m'), g)
        const v = mean(b2, moment('v'), square(g))
        const direction = div(div(m, correction1), add(sqrt(div(v, correction2)), eps))
        return { param: sub(param, mul(direction, learningRate)), m, v }
      })
      const tree = (part: 'param' | 'm' | 'v') =>
        withLeaves(
          params,
          isTensor,
          moved.map((leaf) => traced(leaf[part])),
        )
      return { params: tree('param'), opt: { m: tree('m'), v: tree('v'), count: traced(count) } }
    })
  return { state, update } as unknown as Optimiser<'m' | 'v'>
}

const scalarCount: Needed = { shape: [], dtype: 'i32', fits: (given) => given.length === 0 }

/** b before + (1 - b) now. */
const mean = (b: number, before: Held, now: Held): Held => add(mul(before, b), mul(now, 1 - b))
