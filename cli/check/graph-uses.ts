import type { Equation, Graph, Value } from '../../compiler/ir/graph.ts'
import { neededIn } from '../../compiler/transform/control/prune.ts'
import { controlFacts, turnsOf } from './control-facts.ts'

/**
 * The values of a graph that its outputs are computed from. Where a loop reads none of its stacks, they say how long it
 * is.
 */
export function reached(graph: Graph): ReadonlySet<Value> {
  const { values } = neededIn(graph)
  const lengths = graph.equations.flatMap((equation) => {
    const turns = equation.outputs.some((output) => values.has(output)) ? turnsOf(equation) : undefined
    const stacks = turns ? equation.inputs.slice(turns.consts + turns.carry) : []
    return stacks.some((stack) => values.has(stack)) ? [] : stacks
  })
  return new Set([...values, ...lengths])
}

/** What a value certainly is, whatever the inputs are. */
export interface Certain {
  isZero(value: Value): boolean
  isOne(value: Value): boolean
  /** The value that it is equal to, up to the sign of a zero; itself where no other is known. */
  same(value: Value): Value
}

/**
 * Which values are zero or one in every element, given that some are, and which are equal to one before them. x * 0
 * counts as 0, as the gradient of a constant does: simplification may not say so, for x may be infinite.
 */
export function certainIn(graph: Graph, zeros: Iterable<Value>, ones: Iterable<Value> = []): Certain {
  const zero = new Set(zeros)
  const one = new Set(ones)
  const twin = new Map<Value, Value>()
  const same = (value: Value): Value => twin.get(value) ?? value
  const certain: Certain = { same, isZero: (value) => zero.has(same(value)), isOne: (value) => one.has(same(value)) }
  for (const equation of graph.equations)
    for (const [i, { isZero, isOne, equal }] of factsOf(equation, certain).entries()) {
      const output = equation.outputs[i]!
      if (isZero) zero.add(output)
      else if (isOne) one.add(output)
      else if (equal && sameType(equal, output)) twin.set(output, same(equal))
    }
  return certain
}

/** What is known of one output of an equation. */
export interface Fact {
  readonly isZero: boolean
  readonly isOne: boolean
  /** A value before it that it is equal to, where they are of the same type. */
  readonly equal?: Value | undefined
}

function factsOf(equation: Equation, certain: Certain): readonly Fact[] {
  const { primitive, params, inputs, outputs } = equation
  if (primitive.lower.kind === 'control') return controlFacts(equation, certain, certainIn)
  if (outputs.length > 1) return []
  if (primitive.name === 'constant' || primitive.name === 'literal') {
    const values = primitive.name === 'constant' ? [params.value] : (params.values as readonly number[])
    return [{ isZero: values.every((value) => value === 0), isOne: values.every((value) => value === 1) }]
  }
  const isZero = (i: number): boolean => certain.isZero(inputs[i]!)
  const rule = zeroWhere[primitive.name]
  const counted = rule && (rule.of ?? inputs.map((_, i) => i))
  return [
    {
      isZero: counted !== undefined && (rule!.any ? counted.some(isZero) : counted.every(isZero)),
      isOne: primitive.name === 'broadcast' && certain.isOne(inputs[0]!),
      equal: equalTo(primitive.name, inputs, certain),
    },
  ]
}

const sameType = (a: Value, b: Value): boolean =>
  a.type.dtype === b.type.dtype && a.type.shape.join() === b.type.shape.join()

function equalTo(name: string, inputs: readonly Value[], { isZero, isOne, same }: Certain): Value | undefined {
  const [a, b, c] = inputs
  switch (name) {
    case 'add':
      return isZero(b!) ? a : isZero(a!) ? b : undefined
    case 'sub':
      return isZero(b!) ? a : undefined
    case 'mul':
      return isOne(b!) ? a : isOne(a!) ? b : undefined
    case 'div':
      return isOne(b!) ? a : undefined
    case 'select':
      return same(b!) === same(c!) ? b : undefined
    case 'broadcast':
    case 'reshape':
    case 'cast':
    case 'stopGradient':
      return a
    default:
      return undefined
  }
}

interface ZeroWhere {
  /** One of them is enough. */
  readonly any?: true
  /** The inputs that count; all unless given. */
  readonly of?: readonly number[]
}

const all: ZeroWhere = {}
const first: ZeroWhere = { of: [0] }
const any: ZeroWhere = { any: true }

/** Of which inputs' being zero a result is zero. */
const zeroWhere: { readonly [primitive: string]: ZeroWhere | undefined } = {
  mul: any,
  dot: any,
  div: first,
  rem: first,
  gather: first,
  scatterAdd: first,
  select: { of: [1, 2] },
  ...Object.fromEntries(
    [
      'abs add asin atan broadcast bitcast cast concat cumsum erf erfInv expm1 flip floor log1p maximum minimum neg pad',
      'reduceMax reshape round sin skew slice sqrt stopGradient sub sum tan tanh transpose unskew',
    ]
      .join(' ')
      .split(' ')
      .map((name) => [name, all]),
  ),
}
