import type { Graph, Param, Params, Value } from '../../ir/graph.ts'
import type { Primitive } from '../../ir/primitive.ts'

const commutative: ReadonlySet<string> = new Set([
  'add',
  'mul',
  'maximum',
  'minimum',
  'equal',
  'bitAnd',
  'bitOr',
  'bitXor',
])

/** Keys by which equations that compute the same have the same text. One instance serves one graph. */
export class Identity {
  readonly #numbers = new Map<Value | Primitive | Graph, number>()

  of(primitive: Primitive, inputs: readonly Value[], params: Params): string {
    const values = inputs.map((input) => this.#number(input))
    if (commutative.has(primitive.name) && values[0]! > values[1]!) values.reverse()
    return `${this.#number(primitive)}(${values.join()})${this.#text(params)}`
  }

  #number(thing: Value | Primitive | Graph): number {
    const known = this.#numbers.get(thing)
    if (known !== undefined) return known
    this.#numbers.set(thing, this.#numbers.size)
    return this.#numbers.size - 1
  }

  #text(params: Params): string {
    const names = Object.keys(params)
    if (names.length > 1) names.sort()
    return names.map((name) => `${name}:${this.#param(params[name]!)}`).join()
  }

  #param(param: Param): string {
    if (typeof param === 'number') return Object.is(param, -0) ? '-0' : String(param)
    if (typeof param === 'string') return JSON.stringify(param)
    if (typeof param === 'boolean') return String(param)
    return isList(param) ? `[${param.map((part) => this.#param(part)).join()}]` : `graph${this.#number(param)}`
  }
}

const isList = (param: Graph | readonly Param[]): param is readonly Param[] => Array.isArray(param)
