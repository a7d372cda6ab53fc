import * as fc from '../../fc.ts'

// Texts of scalar functions of x and y, made of what JavaScript and the evaluator compute in the same way, to the bit.

const literals = ['0', '1', '2', '.5', '3.', '1e-3', '0x10', '1_000', 'Math.PI', 'Infinity', 'NaN', '1 / 0']
const unary = [
  ...['abs', 'acos', 'asin', 'atan', 'ceil', 'cos', 'exp', 'expm1', 'floor', 'log', 'log1p', 'max', 'min'],
  ...['round', 'sign', 'sin', 'sqrt', 'tan', 'tanh', 'trunc'],
]
const comparisons = ['<', '<=', '>', '>=', '===', '!==', '==', '!=']

interface Texts {
  readonly number: string
  readonly condition: string
}

/** Expressions over some names. Few of their parentheses are needed, so that it shows how tightly operators bind. */
export const expressions = (names: readonly string[]): { [K in keyof Texts]: fc.Arbitrary<Texts[K]> } => {
  const gap = fc.constantFrom(' ', '  ', '\n', ' /* a */ ')
  const binary = (of: fc.Arbitrary<string>, operators: readonly string[]) =>
    fc.tuple(of, gap, fc.constantFrom(...operators), of).map(([a, space, op, b]) => `${a}${space}${op} ${b}`)
  const inParentheses = (text: fc.Arbitrary<string>) => text.map((text) => `(${text})`)
  return fc.letrec<{ number: string; term: string; condition: string; clause: string }>((tie) => ({
    number: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      tie('term'),
      binary(tie('term'), ['+', '-', '*', '/', '%']),
      binary(tie('number'), ['+', '-', '*', '/', '%']),
    ),
    term: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom(...names),
      fc.constantFrom(...names, ...literals.filter((text) => !text.includes(' '))),
      fc.constantFrom(...literals).map((text) => `(${text})`),
      inParentheses(tie('number')),
      tie('term').map((text) => `- ${text}`),
      tie('term').map((text) => `+ ${text}`),
      fc.tuple(fc.constantFrom(...unary), tie('number')).map(([name, arg]) => `Math.${name}(${arg})`),
      fc
        .tuple(fc.constantFrom('max', 'min'), fc.array(tie('number'), { minLength: 2, maxLength: 3 }))
        .map(([name, args]) => `Math.${name}(${args.join(', ')})`),
      fc.tuple(tie('number'), tie('number')).map(([a, b]) => `Math.atan2(${a}, ${b})`),
      // Of a constant exponent the language makes products.
      tie('number').map((base) => `((${base}) ** y)`),
      fc.tuple(tie('condition'), tie('number'), tie('number')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    ),
    condition: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      binary(tie('number'), comparisons),
      binary(tie('clause'), ['&&']),
      binary(tie('clause'), ['||']),
    ),
    clause: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      binary(tie('number'), comparisons),
      fc.constantFrom('isFinite(x)', 'Number.isFinite(y)', 'true', '!0'),
      tie('number').map((text) => `Number.isNaN(${text})`),
      inParentheses(tie('condition')),
      tie('condition').map((text) => `!(${text})`),
    ),
  })) as never
}

const plain = expressions(['x', 'y'])
const withA = expressions(['x', 'y', 'a'])
const withB = expressions(['x', 'y', 'a', 'b'])

/** Functions of x and y as texts: arrows, and functions with constants and returns. */
export const functions: fc.Arbitrary<string> = fc.oneof(
  plain.number.map((value) => `(x, y) => ${value}`),
  fc
    .tuple(plain.number, plain.condition, withA.number, withA.condition, withB.number, withB.number)
    .map(
      ([a, inner, b, test, one, other]) =>
        `function (x, y) { const a = ${a}, c = ${inner}; if (c) { const b = ${b}; if (${test}) return ${one} } else return a; { const b = y; return ${other} } }`,
    ),
  fc
    .tuple(plain.condition, plain.number, withA.number, withA.number)
    .map(
      ([c, value, a, rest]) =>
        `(x, y) => { if (${c}) return ${value}\n const a = x; { const a = y }\n return ${a} - (${rest}) }`,
    ),
)

const special = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, 1e-30, -1e30, Math.PI].concat([
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
])
/** Numbers at which functions are strange, and others. */
export const values: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(...special),
  fc.double({ min: -4, max: 4, noNaN: true }),
)
