import { Builder } from '../ir/builder.ts'
import type { Equation, Source, Value } from '../ir/graph.ts'
import type { None, Rule } from '../ir/primitive.ts'
import { whereFrom } from '../ir/source.ts'

/**
 * Runs a rule and appends what it makes to `b`, attributed to `source`; result i, where the rule made it, is called
 * names[i], if there is such a name.
 */
export function derive<T extends Value | undefined>(
  b: Builder,
  source: Source | undefined,
  names: readonly string[],
  rule: (b: Builder) => readonly T[],
): readonly T[] {
  const made = new Builder()
  made.source = source ?? b.source
  const results = rule(made)
  const own = new Set(made.equations.flatMap((equation) => equation.outputs))
  const named = new Map<Value, Value>()
  for (const [i, result] of results.entries())
    if (result && own.has(result) && !named.has(result)) named.set(result, { ...result, name: names[i] ?? result.name })
  const now = (value: Value): Value => named.get(value) ?? value
  for (const equation of made.equations)
    b.equations.push({ ...equation, inputs: equation.inputs.map(now), outputs: equation.outputs.map(now) })
  return results.map((result) => result && (now(result) as T & Value))
}

/** The rule of an equation's primitive; throws the reason, with the author's line, where there is none. */
export function ruleOf<F>(what: string, rule: Rule<F>, { primitive, source }: Equation): F {
  if (typeof rule === 'object' && rule !== null && 'none' in rule)
    throw new Error(`${what} of ${primitive.name}: ${(rule as None).none}${whereFrom(source)}`)
  return rule as F
}
