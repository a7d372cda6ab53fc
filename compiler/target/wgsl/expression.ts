import type { Apply, Call, Constant, Expr, Lanes, Load, Operator, Scalar, Variable } from '../../kernel/expr.ts'
import { toHalf } from '../../kernel/functions/declared.ts'
import { i32, add as plus } from '../../kernel/functions/tree.ts'
import type { Range } from '../../kernel/ranges.ts'
import type { RegionElement } from '../../plan/plan.ts'
import { bitsOf, literal, planes, typeName } from './literals.ts'
import type { NaNOperator } from './nan.ts'
import type { Prelude } from './prelude.ts'

/** What an expression stands in. */
export interface Surroundings {
  readonly prelude: Prelude
  readonly bindings: readonly Binding[]
  /** Where the arrays of the workgroup begin. */
  readonly shared: readonly SharedBinding[]
  variable(variable: Variable): string
  call(call: Call, args: readonly string[]): string
  range(expr: Expr): Range
}

/**
 * Where the elements of a slot are: `array[offset + index]`, or component (offset + index) % 4 of element (offset +
 * index) / 4 of an array of vectors.
 */
export interface Binding {
  readonly array: string
  readonly element: RegionElement
  readonly vectors: boolean
  readonly offset: string
}

/**
 * Element `index` is number offset + index of an array that consists of planes of `plane` elements, a power of two:
 * element number n is `array[n / plane][n % plane]`.
 */
export interface SharedBinding {
  readonly array: string
  readonly offset: number
  readonly plane: number
}

/** An expression as a function's argument or a statement's operand. */
export const printExpr = (expr: Expr, within: Surroundings): string => print(expr, within).text

/** The address of an element, as one sum: i32 addition is associative, wrapping included. */
export function printAddress(offset: string, index: Expr, within: Surroundings): string {
  if (index.kind === 'constant' && index.value === 0) return offset
  return `${offset} + ${atLeast('sum', print(index, within))}`
}

/** A value as the words of a region hold it. */
export function printStored(value: Expr, element: RegionElement, within: Surroundings): string {
  if (element === 'f16') {
    // What rounds to a half is what turns into one.
    const exact = value.kind === 'call' && value.name === toHalf.name ? value.args[0]! : value
    return `${within.prelude.half(value.lanes)}(${printExpr(exact, within)})`
  }
  if (element === 'f32' || value.dtype === 'u32') return printExpr(value, within)
  if (value.kind === 'constant') return literal(value.value, 'u32')!
  const to = typeName('u32', value.lanes)
  return value.dtype === 'bool' ? `${to}(${printExpr(value, within)})` : `bitcast<${to}>(${printExpr(value, within)})`
}

/**
 * How tightly a printed expression holds together; `loose` (comparisons, shifts, bits) is always bracketed inside
 * another operator.
 */
type Strength = 'loose' | 'sum' | 'product' | 'unary' | 'atom'
const strengths: readonly Strength[] = ['loose', 'sum', 'product', 'unary', 'atom']

interface Text {
  readonly text: string
  readonly strength: Strength
  /** WGSL computes it while compiling and refuses the shader where an operation on it overflows. */
  readonly constant?: boolean
}

const atom = (text: string): Text => ({ text, strength: 'atom' })

const atLeast = (strength: Strength, { text, strength: own }: Text): string =>
  strengths.indexOf(own) < strengths.indexOf(strength) ? `(${text})` : text

/** `opaque`: the constant in it is to be a value of run time. */
function print(expr: Expr, within: Surroundings, opaque = false): Text {
  switch (expr.kind) {
    case 'constant':
      return printConstant(expr, within, opaque)
    case 'variable':
      return atom(within.variable(expr))
    case 'load':
      return printLoad(expr, within)
    case 'fetch':
      return atom(printShared(within.shared[expr.shared]!, expr.index, within))
    case 'call': {
      const args = expr.args.map((arg) => bracketed(print(arg, within)))
      return atom(within.call(expr, args))
    }
    case 'apply':
      return printApply(expr, within, opaque)
    case 'reduce':
      throw new Error('a scheduled kernel holds no reduce')
  }
}

function printConstant({ value, dtype }: Constant, { prelude }: Surroundings, opaque: boolean): Text {
  const text = literal(value, dtype)
  if (text === undefined) return atom(`${prelude.fromBits()}(${bitsOf(value)})`)
  if (opaque) return atom(`${prelude.opaque(dtype)}(${text})`)
  return { text, strength: text.startsWith('-') ? 'unary' : 'atom', constant: true }
}

/** An element of an array of the workgroup. */
export function printShared({ array, offset, plane }: SharedBinding, index: Expr, within: Surroundings): string {
  const { rest, constant } = apart(index)
  const first = offset + constant
  const sum = (add: number): Text => (rest ? print(add === 0 ? rest : plus(rest, i32(add)), within) : atom(`${add}`))
  const [low, high] = (rest ? within.range(rest) : [0, 0]).map((at) => Math.floor((first + at) / plane))
  if (low === high) return `${array}[${low}][${sum(first - low! * plane).text}]`
  const [number, place] = planes(atLeast('unary', sum(first % plane === 0 ? 0 : first)), plane)
  const before = first % plane === 0 && first > 0 ? ` + ${first / plane}` : ''
  return `${array}[${before ? `(${number})${before}` : number}][${place}]`
}

/** The constant that is added to an address. */
function apart(index: Expr): { readonly rest?: Expr; readonly constant: number } {
  if (index.kind === 'constant') return { constant: index.value }
  const [a, b] = index.kind === 'apply' && index.op === 'add' ? index.args : []
  return b?.kind === 'constant' ? { rest: a!, constant: b.value } : { rest: index, constant: 0 }
}

function printLoad({ slot, index, dtype, lanes }: Load, within: Surroundings): Text {
  const { array, element, vectors, offset } = within.bindings[slot]!
  const address = printAddress(offset, index, within)
  const text = vectors
    ? lanes === 1
      ? `${within.prelude.component(array, element)}(${address})`
      : `${array}[(${address}) >> 2u]`
    : lanes === 1
      ? `${array}[${address}]`
      : `${within.prelude.load4(array, element)}(${address})`
  if (element === 'f16') return atom(`${typeName('f32', lanes)}(${text})`)
  if (element === 'f32' || dtype === 'u32') return atom(text)
  if (dtype === 'i32') return atom(`bitcast<${typeName('i32', lanes)}>(${text})`)
  return { text: `${text} != ${lanes === 1 ? '0u' : 'vec4u(0u)'}`, strength: 'loose' }
}

function printApply(expr: Apply, within: Surroundings, opaque: boolean): Text {
  const { op, dtype, lanes } = expr
  const transparent = op === 'splat' || op === 'pack'
  const texts = expr.args.map((arg, i) => print(arg, within, opaque && i === 0))
  const constant = texts.every((text) => text.constant)
  if (constant && !transparent) texts[0] = print(expr.args[0]!, within, true)
  const given: Given = {
    texts,
    args: texts.map(bracketed),
    from: expr.args[0]!.dtype,
    fromLanes: expr.args[0]!.lanes,
    dtype,
    lanes,
    within,
    first: expr.args[0]!,
    second: expr.args[1],
  }
  const printed = operators[op as keyof typeof operators](given)
  return transparent && constant ? { ...printed, constant } : printed
}

/**
 * As one of several arguments. A right shift is bracketed there: after a `<` its `>` would be taken for the end of a
 * template.
 */
const bracketed = ({ text, strength }: Text): string =>
  strength === 'loose' && text.includes('>>') ? `(${text})` : text

interface Given {
  readonly texts: readonly Text[]
  readonly args: readonly string[]
  readonly from: Scalar
  readonly fromLanes: Lanes
  readonly dtype: Scalar
  readonly lanes: Lanes
  readonly within: Surroundings
  readonly first: Expr
  readonly second: Expr | undefined
}

type Print = (given: Given) => Text

const infix =
  (sign: string, strength: Strength, left: Strength, right: Strength): Print =>
  ({ texts: [a, b] }) => ({ text: `${atLeast(left, a!)} ${sign} ${atLeast(right, b!)}`, strength })

/** x + -3 is x - 3 and x - -3 is x + 3, exactly; but -2^31 has no opposite in i32. */
const signed =
  (sign: '+' | '-'): Print =>
  (given) => {
    const [a, b] = given.texts
    if (!b!.text.startsWith('-') || !b!.constant || b!.text === '-2147483648' || given.lanes !== 1)
      return infix(sign, 'sum', 'sum', 'product')(given)
    return { text: `${atLeast('sum', a!)} ${sign === '+' ? '-' : '+'} ${b!.text.slice(1)}`, strength: 'sum' }
  }

/**
 * Division of what is not negative by a power of two, on its bits: of signed numbers shader compilers make as many as
 * five instructions of it.
 */
const byPowerOfTwo =
  (otherwise: Print, onBits: (x: string, n: number) => string): Print =>
  (given) => {
    const { first, second, texts, lanes, dtype, within } = given
    if (dtype !== 'i32' || lanes !== 1 || second!.kind !== 'constant' || within.range(first)[0] < 0)
      return otherwise(given)
    const n = second!.value
    if (n < 1 || !Number.isInteger(Math.log2(n)) || texts[0]!.constant) return otherwise(given)
    return { text: onBits(atLeast('unary', texts[0]!), n), strength: 'loose' }
  }

const prefix =
  (sign: string): Print =>
  ({ texts: [a] }) => ({ text: `${sign}${atLeast('atom', a!)}`, strength: 'unary' })

const builtin =
  (name: string): Print =>
  ({ args }) =>
    atom(`${name}(${args.join(', ')})`)

/** As `builtin`, with a result for NaN in f32. */
const orNaN =
  (name: NaNOperator): Print =>
  (given) => {
    const { dtype, lanes, args, within } = given
    return dtype === 'f32' ? atom(`${within.prelude.orNaN(name, lanes)}(${args.join(', ')})`) : builtin(name)(given)
  }

const construct: Print = ({ dtype, lanes, args }) => atom(`${typeName(dtype, lanes)}(${args.join(', ')})`)

/** Two lanes of each of two vectors, in turn. */
const zip =
  (lanes: 'xy' | 'zw'): Print =>
  ({ dtype, texts: [a, b] }) =>
    atom(`${typeName(dtype, 4)}(${atLeast('atom', a!)}.${lanes}, ${atLeast('atom', b!)}.${lanes}).xzyw`)

/** WGSL shifts by u32 only. */
const shift =
  (sign: '<<' | '>>'): Print =>
  ({ texts: [a, b], second, lanes }) => {
    const by =
      second!.dtype === 'u32'
        ? atLeast('unary', b!)
        : second!.kind === 'constant'
          ? literal(second!.value, 'u32')
          : `${typeName('u32', lanes)}(${b!.text})`
    return { text: `${atLeast('unary', a!)} ${sign} ${by}`, strength: 'loose' }
  }

const operators: { readonly [O in Exclude<Operator, 'within'>]: Print } = {
  add: signed('+'),
  sub: signed('-'),
  mul: infix('*', 'product', 'product', 'unary'),
  div: byPowerOfTwo(infix('/', 'product', 'product', 'unary'), (x, n) => `${x} >> ${Math.log2(n)}u`),
  rem: byPowerOfTwo(infix('%', 'product', 'product', 'unary'), (x, n) => `${x} & ${n - 1}`),
  neg: (given) =>
    given.dtype === 'u32'
      ? { text: `0u - ${atLeast('product', given.texts[0]!)}`, strength: 'sum' }
      : prefix('-')(given),
  abs: builtin('abs'),
  min: orNaN('min'),
  max: orNaN('max'),
  fma: builtin('fma'),
  exp: orNaN('exp'),
  sqrt: builtin('sqrt'),
  floor: builtin('floor'),
  round: builtin('round'),
  and: infix('&', 'loose', 'unary', 'unary'),
  or: infix('|', 'loose', 'unary', 'unary'),
  xor: infix('^', 'loose', 'unary', 'unary'),
  not: (given) => prefix(given.dtype === 'bool' ? '!' : '~')(given),
  shl: shift('<<'),
  shr: shift('>>'),
  less: infix('<', 'loose', 'sum', 'sum'),
  lessEqual: infix('<=', 'loose', 'sum', 'sum'),
  equal: infix('==', 'loose', 'sum', 'sum'),
  select: ({ args: [condition, then, otherwise] }) => atom(`select(${otherwise}, ${then}, ${condition})`),
  cast: (given) => {
    const { from, dtype, lanes, args, within } = given
    const toInteger = from === 'f32' && (dtype === 'i32' || dtype === 'u32')
    return toInteger ? atom(`${within.prelude.toInteger(dtype, lanes)}(${args[0]})`) : construct(given)
  },
  bitcast: ({ dtype, lanes, args }) => atom(`bitcast<${typeName(dtype, lanes)}>(${args[0]})`),
  splat: construct,
  ramp: ({ dtype, args }) => {
    const type = typeName(dtype, 4)
    const steps = [0, 1, 2, 3].map((lane) => literal(lane, dtype)).join(', ')
    return { text: `${type}(${args[0]}) + ${type}(${steps})`, strength: 'sum' }
  },
  pack: construct,
  extract: ({ texts: [v], second }) => atom(`${atLeast('atom', v!)}.${'xyzw'[(second as Constant).value]}`),
  zipLow: zip('xy'),
  zipHigh: zip('zw'),
  dot: builtin('dot'),
  sumLanes: ({ dtype, args, within }) => atom(`${within.prelude.sum4(dtype)}(${args[0]})`),
  maxLanes: ({ dtype, args, within }) => atom(`${within.prelude.max4(dtype)}(${args[0]})`),
}
