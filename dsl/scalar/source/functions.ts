// What of JavaScript's own functions and constants is compiled, by name.

const most = Number.POSITIVE_INFINITY

/** The functions of Math, and how many numbers they take: at least, and at most. */
export const mathFunctions = {
  abs: [1, 1],
  acos: [1, 1],
  acosh: [1, 1],
  asin: [1, 1],
  asinh: [1, 1],
  atan: [1, 1],
  atan2: [2, 2],
  atanh: [1, 1],
  ceil: [1, 1],
  cos: [1, 1],
  cosh: [1, 1],
  exp: [1, 1],
  expm1: [1, 1],
  floor: [1, 1],
  hypot: [1, most],
  log: [1, 1],
  log10: [1, 1],
  log1p: [1, 1],
  log2: [1, 1],
  max: [1, most],
  min: [1, most],
  pow: [2, 2],
  round: [1, 1],
  sign: [1, 1],
  sin: [1, 1],
  sinh: [1, 1],
  sqrt: [1, 1],
  tan: [1, 1],
  tanh: [1, 1],
  trunc: [1, 1],
} as const satisfies { readonly [name: string]: readonly [least: number, most: number] }
export type MathFunction = keyof typeof mathFunctions

/** What Math has besides, and what to write instead. */
export const mathRefused: ReadonlyMap<string, string> = new Map([
  ['random', 'the same numbers give the same result: draw with a key, uniform(key, shape), and pass that in'],
  ['cbrt', 'write x < 0 ? -((-x) ** (1 / 3)) : x ** (1 / 3)'],
  ['fround', 'tensors are f32 already; leave it out'],
  ['f16round', "cast the tensor: x.cast('f16').cast('f32')"],
  ['clz32', 'bits are not numbers; use and, or, shiftRight of a tensor of u32'],
  ['imul', 'bits are not numbers; use mul of a tensor of i32'],
])

const { PI, E, LN2, LN10, LOG2E, LOG10E, SQRT2, SQRT1_2 } = Math
export const mathConstants: ReadonlyMap<string, number> = new Map(
  Object.entries({ PI, E, LN2, LN10, LOG2E, LOG10E, SQRT2, SQRT1_2 }),
)

export const numberConstants: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['POSITIVE_INFINITY', Number.POSITIVE_INFINITY],
  ['NEGATIVE_INFINITY', Number.NEGATIVE_INFINITY],
  ['EPSILON', Number.EPSILON],
])
