import type { DType, Shape } from '../../../dsl/index.ts'
import { call, type Expression } from '../expression.ts'

/**
 * What a step chooses from. It is all made of numbers that were drawn, so that the same numbers make the same program.
 */
export interface Chooser {
  /** A value that satisfies a condition; undefined where there is none. */
  readonly one: (fits: Fits) => Expression | undefined
  /** A whole number below a count. */
  readonly below: (count: number) => number
  /** A function of some values, made of steps of its own, that a transform is applied to. */
  readonly within: (transform: Transform, args: readonly Expression[]) => Expression | undefined
}
export type Transform = 'vmap' | 'grad' | 'checkpoint' | 'jacfwd' | 'jacrev' | 'hessian' | 'scan'

export interface Step {
  readonly name: string
  /** The expression that is added to the program; undefined where nothing fits. */
  readonly make: (from: Chooser) => Expression | undefined
}

export type Fits = (x: Expression) => boolean
export const has =
  (...dtypes: readonly DType[]): Fits =>
  (x) =>
    dtypes.includes(x.tensor.dtype)
export const float = has('f32')
export const integer = has('i32', 'u32')
export const number = has('f32', 'i32', 'u32')
export const anything = has('f32', 'i32', 'u32', 'bool')
/** Of at least so many axes. */
export const rank =
  (least: number, fits = float): Fits =>
  (x) =>
    fits(x) && x.tensor.shape.length >= least
/** Of few enough axes that steps may add some. */
export const low =
  (fits: Fits): Fits =>
  (x) =>
    fits(x) && x.tensor.shape.length < 4
/** With a last axis that is never empty; a name may have size 0. */
export const filled =
  (fits: Fits): Fits =>
  (x) =>
    fits(x) && typeof x.tensor.shape.at(-1) === 'number'

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((dim, i) => dim === b[i])
/** Of the shape and dtype of another. */
export const like =
  ({ tensor }: Expression): Fits =>
  (x) =>
    x.tensor.dtype === tensor.dtype && sameShape(x.tensor.shape, tensor.shape)
/** Whether b may stand to the right of a. Sizes are not looked at: what is made is good for all of them. */
export const broadcasts =
  (a: Expression): Fits =>
  (b) => {
    const [s, t] = [a.tensor.shape, b.tensor.shape]
    const ends = Array.from({ length: Math.min(s.length, t.length) }, (_, i) => [s.at(-1 - i)!, t.at(-1 - i)!])
    return a.tensor.dtype === b.tensor.dtype && ends.every(([x, y]) => x === y || x === 1 || y === 1)
  }

export const unary = (
  name: string,
  fits: Fits,
  apply: (x: Expression, from: Chooser) => Expression | undefined,
): Step => ({
  name,
  make: (from) => {
    const x = from.one(fits)
    return x && apply(x, from)
  },
})
/** Of two values that broadcast. */
export const binary = (name: string, fits: Fits, apply: (a: Expression, b: Expression) => Expression): Step => ({
  name,
  make: ({ one }) => {
    const a = one(fits)
    const b = a && one(broadcasts(a))
    return a && b && apply(a, b)
  },
})

/** Between 0 and 1, so that what is made of it stays small. */
export const tame = (x: Expression): Expression => call(x, 'sigmoid')
/** At least 1. */
export const above = (x: Expression): Expression => call(call(x, 'square'), 'add', 1)

/** An axis of x, counted from either end. */
export const axisOf = ({ tensor }: Expression, { below }: Chooser): number => {
  const { length } = tensor.shape
  const at = below(length)
  return below(2) === 0 ? at : at - length
}
