import type { Binary } from './shape/broadcast.ts'
import type { DType, Floats, Kind, Takes } from './shape/dtype.ts'
import type { Makes, Needs } from './shape/rule.ts'
import type { AnyTensor, Operand, Tensor } from './tensor.ts'

type Unary<Op extends string, Of extends Kind = 'floats'> = <A extends AnyTensor>(this: Needs<Takes<Op, A>[Of], A>) => A
type Test<Op extends string> = <A extends AnyTensor>(this: Needs<Floats<Op, A>, A>) => Tensor<A['shape'], 'bool'>
type OfTwo<Op extends string, Of extends Kind = 'numbers', Result extends DType | 'same' = 'same'> = <
  A extends AnyTensor,
  B extends Operand,
>(
  this: Needs<Takes<Op, A>[Of], A>,
  b: Needs<Binary<Op, A, B, Result>, B>,
) => Makes<Binary<Op, A, B, Result>>
/** A broadcast against B, and the result against C. */
type Ternary<Op extends string, A, B, C> = Binary<Op, Makes<Binary<Op, A, B>>, C>

/**
 * The methods of a tensor that take its elements one by one. The shapes of two are aligned at the right, and dims of 1
 * stretch; a number takes the tensor's dtype.
 */
export interface ElementwiseMethods {
  add: OfTwo<'add'>
  sub: OfTwo<'sub'>
  mul: OfTwo<'mul'>
  /** Of integers the quotient is truncated, and one by 0 is 0. */
  div: OfTwo<'div'>
  /**
   * this - b trunc(this / b): with the sign of this, as % in JavaScript and C. By the integer 0 it is 0, by the float 0
   * NaN. Exact on a device for quotients below 2^36, and 0 beyond.
   */
  rem: OfTwo<'rem'>
  /** The greater of two elements, NaN where either is; at a tie each gets half of the gradient. `max` reduces. */
  maximum: OfTwo<'maximum'>
  minimum: OfTwo<'minimum'>
  /**
   * this to the power b. NaN for a negative base, unless the exponent is whole; a whole number as exponent, up to 64,
   * is a product.
   */
  pow: OfTwo<'pow', 'floats'>
  /** The angle of the point (x, this), in -pi .. pi. */
  atan2: OfTwo<'atan2', 'floats'>
  /** min(max(this, low), high), with the gradient of `maximum` and `minimum`: a half at the bounds. */
  clamp<A extends AnyTensor, L extends Operand, H extends Operand>(
    this: Needs<Takes<'clamp', A>['numbers'], A>,
    low: Needs<Binary<'clamp', A, L>, L>,
    high: Needs<Ternary<'clamp', A, L, H>, H>,
  ): Makes<Ternary<'clamp', A, L, H>>
  /** this + t (to - this). */
  lerp<A extends AnyTensor, B extends Operand, T extends Operand>(
    this: Needs<Floats<'lerp', A>, A>,
    to: Needs<Binary<'lerp', A, B>, B>,
    t: Needs<Ternary<'lerp', A, B, T>, T>,
  ): Makes<Ternary<'lerp', A, B, T>>

  neg: Unary<'neg', 'signed'>
  /** The gradient at 0 is 0. In i32 that of -2^31 is itself. */
  abs: Unary<'abs', 'signed'>
  /** -1, 0 or 1; zeros and NaN are their own sign. Its gradient is 0. */
  sign: Unary<'sign', 'numbers'>
  square: Unary<'square', 'numbers'>
  /** Down; its gradient is 0, as are those of `ceil` and `round`. */
  floor: Unary<'floor'>
  ceil: Unary<'ceil'>
  /** To the nearest whole number, halves to the even one. */
  round: Unary<'round'>
  exp: Unary<'exp'>
  /** exp(x) - 1, accurate near 0. */
  expm1: Unary<'expm1'>
  log: Unary<'log'>
  /** log(1 + x), accurate near 0. */
  log1p: Unary<'log1p'>
  sqrt: Unary<'sqrt'>
  /** 1 / sqrt(x). */
  rsqrt: Unary<'rsqrt'>
  /** 1 / x. */
  reciprocal: Unary<'reciprocal'>
  /** 1 / (1 + exp(-x)). */
  sigmoid: Unary<'sigmoid'>
  tanh: Unary<'tanh'>
  erf: Unary<'erf'>
  /** The inverse of erf: +-infinity at +-1, NaN beyond. */
  erfInv: Unary<'erfInv'>
  sin: Unary<'sin'>
  cos: Unary<'cos'>
  tan: Unary<'tan'>
  /** In -pi/2 .. pi/2; NaN beyond +-1. */
  asin: Unary<'asin'>
  /** In 0 .. pi; NaN beyond +-1. */
  acos: Unary<'acos'>
  /** In -pi/2 .. pi/2. */
  atan: Unary<'atan'>

  /** Comparisons are false where either is NaN, but for `notEqual`. */
  less: OfTwo<'less', 'numbers', 'bool'>
  lessEqual: OfTwo<'lessEqual', 'numbers', 'bool'>
  greater: OfTwo<'greater', 'numbers', 'bool'>
  greaterEqual: OfTwo<'greaterEqual', 'numbers', 'bool'>
  /** Of numbers or bools. */
  equal: OfTwo<'equal', 'comparable', 'bool'>
  notEqual: OfTwo<'notEqual', 'comparable', 'bool'>
  isNaN: Test<'isNaN'>
  /** Neither infinite nor NaN. */
  isFinite: Test<'isFinite'>

  /** Of bools, or of integers bit by bit. */
  and: OfTwo<'and', 'bits'>
  or: OfTwo<'or', 'bits'>
  xor: OfTwo<'xor', 'bits'>
  not: Unary<'not', 'bits'>
  /** By 0 .. 31; what leaves the 32 bits is lost. */
  shiftLeft: OfTwo<'shiftLeft', 'ints'>
  /** By 0 .. 31; zeros come in on u32, copies of the sign on i32. */
  shiftRight: OfTwo<'shiftRight', 'ints'>
}
