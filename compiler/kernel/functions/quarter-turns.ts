import type { Expr, ScalarFunction, Variable } from '../expr.ts'
import { unseen, word } from './float-bits.ts'
import {
  add,
  and,
  apply,
  type Bind,
  bitcast,
  cast,
  define,
  equal,
  f32,
  fma,
  i32,
  less,
  mul,
  number,
  select,
  sub,
  variable,
} from './tree.ts'

/**
 * |x| = turns pi/2 + rest with |rest| up to pi/4 (and a little more, from rounding); only the last two bits of `turns`
 * mean anything.
 */
export interface Turned {
  readonly turns: Variable
  readonly rest: Variable
}

export const x = variable('x', 'f32')
const size = variable('size', 'i32')

/** Up to here whole quarter turns have 13 bits. */
const nearEnough = 10_000

/** pi/2 in parts of few bits, whose multiples by whole numbers up to 2^13 are exact. */
const halfPi = [1.5703125, 4.837512969970703e-4, 7.549533620476723e-8, 2.56334406825709e-12]

/** 32 zeros and the first 224 bits of 2/pi. */
const twoOverPi = [0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab]

/** A function of x from the quarter turns in |x|. It is NaN of infinities and NaN, which count as far. */
export function ofQuarterTurns(
  name: string,
  about: string,
  write: (bind: Bind, turned: Turned) => Expr,
): ScalarFunction {
  const far = define(
    `${name}_far`,
    `${name} of |x| above ${nearEnough}: the product of x and 2/pi, modulo 4 and to 62 bits after the point (M. Payne and R. Hanek 1983).`,
    [x],
    (bind) => {
      bind(size.name, sizeOfX)
      const value = bind('value', write(bind, fromProduct(bind)))
      return select(isNumber, value, f32(Number.NaN))
    },
  )
  const when = less(i32(new Int32Array(Float32Array.of(nearEnough).buffer)[0]!), size)
  return define(
    name,
    about,
    [x],
    (bind) => {
      bind(size.name, sizeOfX)
      return write(bind, inParts(bind))
    },
    { when, instead: far },
  )
}

/** Of the x whose bits are `size`. */
const isNumber = less(size, i32(0x7f800000))

/** The bits of |x|. */
const sizeOfX = and(word(x), i32(0x7fffffff))

/** W. J. Cody and W. Waite 1980: pi/2 is taken away a part at a time, which is exact until little is left. */
function inParts(bind: Bind): Turned {
  const a = bind('a', bitcast(size, 'f32'))
  const n = bind('n', apply('round', mul(a, f32(2 / Math.PI))))
  const finite = bind('finite', isNumber)
  const rest = bind(
    'rest',
    halfPi.reduce<Expr>((left, part, i) => fma(n, f32(-part), i === 0 ? left : unseen(left, finite)), a),
  )
  return { turns: bind('turns', cast(n, 'i32')), rest }
}

/**
 * |x| = m 2^e with m of 24 bits. Of m times 2/pi in 96 bits, from the one of weight 2^(1 - e) on, the first 64 bits are
 * a fixed-point number modulo 4 with 62 bits after the point. No f32 is nearer to a multiple of pi/2 than 2^-30, so
 * that 32 good bits are left.
 */
function fromProduct(bind: Bind): Turned {
  const m = bind('m', bitcast(apply('or', and(size, i32(0x7fffff)), i32(0x800000)), 'u32'))
  const [a, b, c] = window(bind, bind('from', sub(shr(bitcast(size, 'u32'), 23), u32(120))))
  const upper = multiply(bind, 'upper', m, a!)
  const middle = multiply(bind, 'middle', m, b!)
  const lower = multiply(bind, 'lower', m, c!)
  const low = bind('low', add(middle.low, lower.high))
  const carry = select(less(low, middle.low), u32(1), u32(0))
  const high = bind('high', add(add(upper.low, middle.high), carry))

  const nearest = bind('nearest', shr(add(high, u32(2 ** 29)), 30))
  const signed = bind('signed', sub(high, shl(nearest, 30)))
  // Of a negative number the complement, which is off by 2^-62.
  const mask = bind('mask', bitcast(apply('shr', bitcast(signed, 'i32'), i32(31)), 'u32'))
  const [top, bottom] = [bind('top', xor(signed, mask)), bind('bottom', xor(low, mask))]

  // In parts of 16, 24 and 21 bits, times pi/2 of which the first part has 8, so that nothing is lost before the last
  // sum.
  const first = bind('first', cast(shr(top, 13), 'f32'))
  const second = cast(apply('or', shl(and(top, u32(0x1fff)), 11), shr(bottom, 21)), 'f32')
  const third = cast(and(bottom, u32(0x1fffff)), 'f32')
  const head = halfPi[0]!
  const tail = fma(second, f32((2 ** -41 * Math.PI) / 2), mul(third, f32((2 ** -62 * Math.PI) / 2)))
  const below = fma(first, f32(2 ** -17 * (Math.PI / 2 - head)), tail)
  const product = bind('product', fma(first, f32(2 ** -17 * head), unseen(below, isNumber)))
  const sign = and(mask, u32(2 ** 31))
  return {
    turns: bind('turns', bitcast(nearest, 'i32')),
    rest: bind('rest', bitcast(xor(bitcast(product, 'u32'), sign), 'f32')),
  }
}

/** Three words of `twoOverPi`, from a bit of it on. */
function window(bind: Bind, from: Variable): readonly Variable[] {
  // The words that may be meant, halved by each bit of the number of the first one.
  let words: readonly Expr[] = [...twoOverPi.map(u32), u32(0), u32(0), u32(0)]
  for (const [step, kept] of [
    [4, 7],
    [2, 5],
    [1, 4],
  ] as const) {
    const on = bind(`on${step}`, equal(and(from, u32(32 * step)), u32(0)))
    const before = words
    words = Array.from({ length: kept }, (_, k) => bind(`word${step}_${k}`, select(on, before[k]!, before[k + step]!)))
  }
  const by = bind('by', and(from, u32(31)))
  const rest = bind('rest_of_by', sub(u32(31), by))
  return [0, 1, 2].map((k) => {
    const next = apply('shr', shr(words[k + 1]!, 1), rest)
    return bind(`window${k}`, apply('or', apply('shl', words[k]!, by), next))
  })
}

/** The two words of the product of m, of 24 bits, and a word: of halves, since products are kept to 32 bits. */
function multiply(bind: Bind, name: string, m: Variable, by: Variable): { low: Variable; high: Variable } {
  const [m1, m0] = [shr(m, 16), and(m, u32(0xffff))]
  const [b1, b0] = [shr(by, 16), and(by, u32(0xffff))]
  const cross = bind(`${name}_cross`, mul(m0, b1))
  const sum = add(add(shr(mul(m0, b0), 16), and(cross, u32(0xffff))), mul(m1, b0))
  return {
    low: bind(`${name}_low`, mul(m, by)),
    high: bind(`${name}_high`, add(add(mul(m1, b1), shr(cross, 16)), shr(sum, 16))),
  }
}

const u32 = (value: number): Expr => number(value, 'u32')
const shl = (a: Expr, by: number): Expr => apply('shl', a, u32(by))
const shr = (a: Expr, by: number): Expr => apply('shr', a, u32(by))
const xor = (a: Expr, b: Expr): Expr => apply('xor', a, b)
