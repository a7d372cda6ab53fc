import type { Expr, Lanes, Rare, ScalarFunction, Variable } from '../../kernel/expr.ts'
import { printExpr } from './expression.ts'
import { typeName } from './literals.ts'
import type { Names } from './names.ts'
import { Body, type Outside } from './statements.ts'

/** The kernel's own functions, in one lane and in four; each is printed once, where something calls it. */
export class Functions {
  readonly #known: ReadonlyMap<string, ScalarFunction>
  readonly #names = new Map<string, { readonly name: string; readonly results: string }>()
  readonly #printed = new Map<string, string>()

  constructor(called: readonly ScalarFunction[], names: Names) {
    const functions = called.flatMap(withRare)
    this.#known = new Map(functions.map((fn) => [fn.name, fn]))
    for (const { name, results } of functions)
      for (const lanes of [1, 4] as const) {
        const form = lanes === 1 ? name : `${name}_x4`
        this.#names.set(formOf(name, lanes), {
          name: names.take(form),
          results: results.length > 1 ? names.take(`${form} results`) : '',
        })
      }
  }

  /** Names a function for a caller, and prints it. */
  use(name: string, lanes: Lanes, outside: Outside): ReturnType<Outside['function']> {
    const fn = this.#known.get(name)
    if (!fn) throw new Error(`the kernel calls ${name}, which is not one of its functions`)
    const form = formOf(name, lanes)
    const named = this.#names.get(form)!
    const fields = fn.results.length > 1 ? fn.results.map((_, i) => `r${i}`) : undefined
    if (!this.#printed.has(form)) {
      this.#printed.set(form, '')
      this.#printed.set(form, printFunction(lanes === 1 ? fn : widened(fn), named, fields, outside))
    }
    return fields ? { name: named.name, fields } : { name: named.name }
  }

  printed(): readonly string[] {
    return [...this.#printed.values()]
  }
}

const withRare = (fn: ScalarFunction): readonly ScalarFunction[] =>
  fn.rare ? [fn, ...withRare(fn.rare.instead)] : [fn]

/** No two functions have one of these in common, whatever they are called. */
const formOf = (name: string, lanes: Lanes): string => `${lanes} ${name}`

function printFunction(
  { about, params, body, results, rare }: ScalarFunction,
  named: { readonly name: string; readonly results: string },
  fields: readonly string[] | undefined,
  outside: Outside,
): string {
  const inside = new Body(outside)
  const typed = (variable: Variable) => `${inside.variable(variable)}: ${typeName(variable.dtype, variable.lanes)}`
  const head = params.map(typed).join(', ')
  for (const { variable, value } of body) {
    const text = printExpr(value, inside)
    inside.line(`let ${inside.variable(variable)} = ${text};`)
  }
  const types = results.map(({ dtype, lanes }) => typeName(dtype, lanes))
  const values = results.map((result) => printExpr(result, inside)).join(', ')
  if (rare) printRare(inside, outside, values, params, rare)
  else inside.line(fields ? `return ${named.results}(${values});` : `return ${values};`)
  const struct = fields
    ? [`struct ${named.results} { ${fields.map((field, i) => `${field}: ${types[i]}`).join(', ')} }`]
    : []
  return [
    ...about.split('\n').flatMap(wrapped),
    ...struct,
    `fn ${named.name}(${head}) -> ${fields ? named.results : types[0]} {`,
    ...inside.lines,
    '}',
  ].join('\n')
}

/** Returns the usual result, or what it rarely is instead. */
function printRare(inside: Body, outside: Outside, usual: string, params: readonly Variable[], rare: Rare): void {
  const { lanes } = rare.when
  const result = inside.take('result')
  const instead = `${outside.function(rare.instead.name, lanes).name}(${params.map((x) => inside.variable(x)).join(', ')})`
  inside.line(`var ${result} = ${usual};`)
  const when = printExpr(rare.when, inside)
  if (lanes === 1) inside.line(`if (${when}) {`)
  else {
    const condition = inside.take('rare')
    inside.line(`let ${condition} = ${when};`)
    inside.line(`if (any(${condition})) {`)
    inside.line(`  ${result} = select(${result}, ${instead}, ${condition});`)
  }
  if (lanes === 1) inside.line(`  ${result} = ${instead};`)
  inside.line('}')
  inside.line(`return ${result};`)
}

/** A line of text as comments of at most 120 columns. */
const wrapped = (line: string): string[] =>
  line
    .trim()
    .match(/\S.{0,115}(?=\s|$)|\S+/g)
    ?.map((part) => `// ${part}`) ?? []

/** The same function of four lanes: every operator works lane by lane. */
function widened(fn: ScalarFunction): ScalarFunction {
  const wide = <E extends Expr>(expr: E): E => ({ ...expr, lanes: 4 })
  const widen = (expr: Expr): Expr => {
    switch (expr.kind) {
      case 'constant':
        return { kind: 'apply', op: 'splat', dtype: expr.dtype, lanes: 4, args: [expr] }
      case 'apply':
      case 'call':
        return wide({ ...expr, args: expr.args.map(widen) })
      case 'variable':
        return wide(expr)
      case 'load':
      case 'fetch':
      case 'reduce':
        throw new Error(`${fn.name}: a function works on its parameters alone`)
    }
  }
  return {
    ...fn,
    params: fn.params.map(wide),
    body: fn.body.map(({ variable, value }) => ({ variable: wide(variable), value: widen(value) })),
    results: fn.results.map(widen),
    ...(fn.rare && { rare: { ...fn.rare, when: widen(fn.rare.when) } }),
  }
}
