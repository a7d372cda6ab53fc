import * as elementwise from '../operations/elementwise.ts'
import { named } from '../trace/trace.ts'
import { chosen, operations, opposite, type Value } from './operations.ts'
import { type Expression, nameOfPath, type Operation, partsOf, type ScalarSource } from './source/index.ts'

/** A scalar function as it is traced: what was read of it, and what it uses. */
export interface Definition {
  /** The name that was given, else 'scalar at swish.ts:12'. */
  readonly name: () => string
  readonly source: ScalarSource
  readonly uses: ReadonlyMap<string, number | Definition>
}

/** The result for numbers and tensors of f32, in the operations of the language. */
export const applyTo = ({ name, source, uses }: Definition, args: readonly Value[]): Value =>
  named(name(), () => evaluate(source.body, { uses, read: (index) => args[index]!, constant: () => undefined }))

/** Where an expression stands: what its names are there. */
interface Place {
  readonly uses: Definition['uses']
  /** The value of a parameter or a constant. */
  read(index: number): Value
  /** What a constant was made of; undefined for a parameter. */
  constant(index: number): Expression | undefined
}

function evaluate(expression: Expression, place: Place): Value {
  switch (expression.kind) {
    case 'constant':
      return expression.value
    case 'local':
      return place.read(expression.index)
    case 'outside':
      return place.uses.get(nameOfPath(expression.path)) as number
    case 'apply':
      return operations[expression.operation](expression.args.map((arg) => evaluate(arg, place)))
    case 'call': {
      const callee = place.uses.get(nameOfPath(expression.path)) as Definition
      return applyTo(
        callee,
        expression.args.map((arg) => evaluate(arg, place)),
      )
    }
    case 'let':
      return evaluate(expression.body, withConstant(place, expression.index, expression.value))
    case 'choice':
      return evaluateChoice(expression, place)
  }
}

function evaluateChoice(
  { condition: test, then, otherwise }: Extract<Expression, { kind: 'choice' }>,
  place: Place,
): Value {
  const condition = evaluate(test, place)
  if (typeof condition !== 'object') return evaluate(condition ? then : otherwise, place)
  const inBranch = (branch: Expression, taken: () => Value) =>
    evaluate(branch, isTame(branch, place) ? place : guarded(place, taken()))
  return chosen(
    condition,
    inBranch(then, () => condition),
    inBranch(otherwise, () => opposite(condition)),
  )
}

/** A constant is computed where it is first read, and only if it is. */
function withConstant(outer: Place, index: number, value: Expression): Place {
  const own = remembered(() => evaluate(value, outer))
  return {
    uses: outer.uses,
    read: (at) => (at === index ? own(at) : outer.read(at)),
    constant: (at) => (at === index ? value : outer.constant(at)),
  }
}

/**
 * A place in one branch of a choice. All that the branch reads is, where it is not taken, a constant to derivatives:
 * what overflows there, as exp(x) of a great x, would make NaN of the gradient's 0. Values stay what they are.
 * Constants from outside are computed again behind that guard, since what overflows may be in there; it costs nothing,
 * as equal values are computed once when a program is compiled. Only where choices are built upon choices, which would
 * be twice as many each time, the constant itself is guarded.
 */
function guarded(outer: Place, taken: Value): Place {
  const place: Place = {
    uses: outer.uses,
    constant: outer.constant,
    read: remembered((index) => {
      const value = outer.constant(index)
      return value && (isStraight(value) || isSmall(value, place))
        ? evaluate(value, place)
        : guard(taken, outer.read(index))
    }),
  }
  return place
}

function guard(taken: Value, x: Value): Value {
  if (typeof taken !== 'object' || typeof x !== 'object' || x.dtype === 'bool') return x
  return elementwise.where(taken, x, elementwise.stopGradient(x))
}

/** Whether neither choices nor other functions are part of it. */
const isStraight = (expression: Expression): boolean =>
  expression.kind !== 'choice' && expression.kind !== 'call' && partsOf(expression).every(isStraight)

/** Whether an expression with all that its constants are made of, as often as they are read, is no more than this. */
function isSmall(expression: Expression, place: Place, left = { parts: 100 }): boolean {
  if (--left.parts < 0) return false
  const constant = expression.kind === 'local' ? place.constant(expression.index) : undefined
  return (constant ? [constant] : partsOf(expression)).every((part) => isSmall(part, place, left))
}

/** Operations whose slopes are finite whatever their operands are. */
const tame: ReadonlySet<Operation> = new Set<Operation>([
  ...(['+', '-', 'neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'max', 'min'] as const),
  ...(['<', '<=', '>', '>=', '===', '!==', 'isNaN', 'isFinite', '!', '&&', '||'] as const),
])

/** Whether nothing that is infinite can come into the gradient of an expression, with the constants that it reads. */
function isTame(expression: Expression, place: Place, seen = new Set<Expression>()): boolean {
  if (seen.has(expression)) return true
  seen.add(expression)
  if (expression.kind === 'call') return false
  if (expression.kind === 'apply' && !tame.has(expression.operation) && !isScaling(expression)) return false
  const constant = expression.kind === 'local' ? place.constant(expression.index) : undefined
  return (constant ? [constant] : partsOf(expression)).every((part) => isTame(part, place, seen))
}

const isScaling = ({ operation, args }: Extract<Expression, { kind: 'apply' }>): boolean =>
  operation === '*' && args.some(({ kind }) => kind === 'constant')

const remembered = (compute: (index: number) => Value): ((index: number) => Value) => {
  const known = new Map<number, Value>()
  return (index) => {
    const value = known.get(index) ?? compute(index)
    known.set(index, value)
    return value
  }
}
