import type { Apply, Call, Expr, Scalar, ScalarFunction } from '../../compiler/kernel/expr.ts'

export interface Setting {
  /** Element `index` of a slot. */
  readonly load: (slot: number, index: number) => number
  /** What loop indices and bound names hold. */
  readonly variables: ReadonlyMap<string, number>
  readonly functions?: ReadonlyMap<string, ScalarFunction>
  /** Rounds every f32 result to f32; otherwise f32 is computed in float64. */
  readonly rounded?: boolean
}

/**
 * The value of a one-lane expression: integers wrap at 32 bits, bool is 0 or 1. Both sides of a select are computed, as
 * a device may, so that a load out of range is found wherever it stands.
 */
export function interpret(expr: Expr, setting: Setting): number {
  const done = new Map<Expr, number>()
  const value = (part: Expr): number => {
    const known = done.get(part)
    if (known !== undefined) return known
    const found = held(compute(part), part.dtype, setting.rounded === true)
    done.set(part, found)
    return found
  }
  const compute = (part: Expr): number => {
    if (part.lanes !== 1) throw new Error('the interpreter computes one lane')
    switch (part.kind) {
      case 'constant':
        return part.value
      case 'variable':
        return variable(part.name, setting.variables)
      case 'load':
        return setting.load(part.slot, value(part.index))
      case 'fetch':
        throw new Error('the interpreter computes what one thread can')
      case 'apply':
      case 'call':
        return operate(part, part.args.map(value), setting)
      case 'reduce':
        return reduced(part, setting)
    }
  }
  return value(expr)
}

/** One lane of an operation on numbers. */
export const operate = (expr: Apply | Call, args: readonly number[], setting: Omit<Setting, 'variables'>): number =>
  held(
    expr.kind === 'apply' ? applied(expr, args) : called(expr.name, args, setting)[expr.result]!,
    expr.dtype,
    setting.rounded === true,
  )

function variable(name: string, variables: ReadonlyMap<string, number>): number {
  const found = variables.get(name)
  if (found === undefined) throw new Error(`the variable ${name} has no value`)
  return found
}

/** All results of a function. */
function called(name: string, args: readonly number[], setting: Omit<Setting, 'variables'>): number[] {
  const fn = setting.functions?.get(name)
  if (!fn) throw new Error(`there is no function ${name}`)
  return resultsOf(fn, args, setting)
}

function resultsOf(fn: ScalarFunction, args: readonly number[], setting: Omit<Setting, 'variables'>): number[] {
  const variables = new Map(fn.params.map((param, i) => [param.name, args[i]!]))
  const inside = { ...setting, variables }
  for (const bound of fn.body) variables.set(bound.variable.name, interpret(bound.value, inside))
  if (fn.rare && interpret(fn.rare.when, inside)) return resultsOf(fn.rare.instead, args, setting)
  return fn.results.map((result) => interpret(result, inside))
}

function reduced(expr: Extract<Expr, { kind: 'reduce' }>, setting: Setting): number {
  const variables = new Map(setting.variables)
  let total = expr.op === 'add' ? 0 : Number.NEGATIVE_INFINITY
  const loop = (depth: number): void => {
    const index = expr.over[depth]
    if (!index) {
      const next = interpret(expr.body, { ...setting, variables })
      total = expr.op === 'add' ? total + next : Math.max(total, next)
      return
    }
    for (let k = 0; k < index.extent!; k++) {
      variables.set(index.name, k)
      loop(depth + 1)
    }
  }
  loop(0)
  return total
}

/** A number as its dtype holds it. */
function held(x: number, dtype: Scalar, rounded: boolean): number {
  if (dtype === 'i32') return x | 0
  if (dtype === 'u32') return x >>> 0
  return dtype === 'f32' && rounded ? Math.fround(x) : x
}

function applied({ op, args, dtype }: Apply, [a = 0, b = 0, c = 0]: readonly number[]): number {
  const from = args[0]!.dtype
  switch (op) {
    case 'add':
      return a + b
    case 'sub':
      return a - b
    case 'mul':
      return dtype === 'f32' ? a * b : Math.imul(a, b)
    case 'div':
      return dtype === 'f32' ? a / b : Math.trunc(a / whole(b))
    case 'rem':
      return a % whole(b)
    case 'neg':
      return -a
    case 'abs':
      return Math.abs(a)
    case 'min':
      return Math.min(a, b)
    case 'max':
      return Math.max(a, b)
    case 'fma':
      return a * b + c
    // Where it is left open, neither end: what leans on one is found out.
    case 'within':
      return a >= 0 && a <= b ? a : b >> 1
    case 'exp':
    case 'sqrt':
    case 'floor':
      return Math[op](a)
    case 'round':
      return Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a)
    case 'and':
      return a & b
    case 'or':
      return a | b
    case 'xor':
      return a ^ b
    case 'not':
      return dtype === 'bool' ? 1 - a : ~a
    case 'shl':
      return a << b
    case 'shr':
      return dtype === 'u32' ? a >>> b : a >> b
    case 'less':
      return Number(a < b)
    case 'lessEqual':
      return Number(a <= b)
    case 'equal':
      return Number(a === b)
    case 'select':
      return a ? b : c
    case 'cast':
      return cast(a, from, dtype)
    case 'bitcast':
      return bitcast(a, from, dtype)
    default:
      throw new Error(`the interpreter computes one lane and has no ${op}`)
  }
}

function whole(divisor: number): number {
  if (divisor === 0) throw new Error('an integer is divided by zero')
  return divisor
}

function cast(x: number, from: Scalar, to: Scalar): number {
  if (from !== 'f32' || to === 'f32') return x
  if (to === 'bool') return Number(x !== 0)
  const [low, high] = to === 'u32' ? [0, 2 ** 32 - 1] : [-(2 ** 31), 2 ** 31 - 1]
  return Number.isNaN(x) ? 0 : Math.trunc(Math.min(Math.max(x, low), high))
}

function bitcast(x: number, from: Scalar, to: Scalar): number {
  const view = new DataView(new ArrayBuffer(4))
  if (from === 'f32') view.setFloat32(0, x)
  else view.setUint32(0, x)
  return to === 'f32' ? view.getFloat32(0) : to === 'i32' ? view.getInt32(0) : view.getUint32(0)
}
