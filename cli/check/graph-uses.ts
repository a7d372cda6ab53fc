import type { Graph, Value } from '../../compiler/ir/graph.ts'

/** The values of a graph that its outputs are computed from. */
export function reached(graph: Graph): ReadonlySet<Value> {
  const needed = new Set<Value>(graph.outputs)
  for (const { inputs, outputs } of graph.equations.toReversed())
    if (outputs.some((output) => needed.has(output))) for (const input of inputs) needed.add(input)
  return needed
}

/** What a value certainly is, whatever the inputs are. */
export interface Certain {
  isZero(value: Value): boolean
  /** The value that it is equal to, up to the sign of a zero; itself where no other is known. */
  same(value: Value): Value
}

/**
 * Which values are zero in every element, given that some are, and which are equal to one before them. x * 0 counts as 0, as the gradient of a constant does: simplification may not say so, for x may be infinite.
 * What loops and other control make is not looked into.
 */
export function certainIn(graph: Graph, zeros: Iterable<Value>): Certain {
  const zero = new Set(zeros)
  const twin = new Map<Value, Value>()
  const same = (value: Value): Value => twin.get(value) ?? value
  const isOne = new Set<Value>()
  for (const { primitive, params, inputs, outputs } of graph.equations) {
    const [output] = outputs
    if (!output || outputs.length > 1) continue
    const isZero = (i: number): boolean => zero.has(same(inputs[i]!))
    if (primitive.name === 'constant' || primitive.name === 'literal') {
      const values = primitive.name === 'constant' ? [params.value] : (params.values as readonly number[])
      if (values.every((value) => value === 0)) zero.add(output)
      if (values.every((value) => value === 1)) isOne.add(output)
      continue
    }
    const rule = zeroWhere[primitive.name]
    const counted = rule && (rule.of ?? inputs.map((_, i) => i))
    if (counted && (rule.any ? counted.some(isZero) : counted.every(isZero))) {
      zero.add(output)
      continue
    }
    if (primitive.name === 'broadcast' && inputs[0] && isOne.has(inputs[0])) isOne.add(output)
    const equal = equalTo(primitive.name, inputs, isZero, isOne, same)
    if (equal && sameType(equal, output)) twin.set(output, same(equal))
  }
  return { isZero: (value) => zero.has(same(value)), same }
}

const sameType = (a: Value, b: Value): boolean =>
  a.type.dtype === b.type.dtype && a.type.shape.join() === b.type.shape.join()

function equalTo(
  name: string,
  inputs: readonly Value[],
  isZero: (input: number) => boolean,
  ones: ReadonlySet<Value>,
  same: (value: Value) => Value,
): Value | undefined {
  const [a, b, c] = inputs
  switch (name) {
    case 'add':
      return isZero(1) ? a : isZero(0) ? b : undefined
    case 'sub':
      return isZero(1) ? a : undefined
    case 'mul':
      return ones.has(b!) ? a : ones.has(a!) ? b : undefined
    case 'div':
      return ones.has(b!) ? a : undefined
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
