import type { Expr, ScalarFunction, Variable } from '../../kernel/expr.ts'

/**
 * What was made of functions, for as long as they are there: one that is printed in place is wanted at each of its
 * places.
 */
const known = new WeakMap<ScalarFunction, ScalarFunction>()

/** The same function of four lanes at once: every step is done in lanes, and constants are splatted. */
export function widen(fn: ScalarFunction): ScalarFunction {
  const wide = known.get(fn) ?? widened(fn)
  known.set(fn, wide)
  return wide
}

const widened = (fn: ScalarFunction): ScalarFunction => ({
  ...fn,
  params: fn.params.map(wideVariable),
  body: fn.body.map(({ variable, value }) => ({ variable: wideVariable(variable), value: wide(value) })),
  results: fn.results.map(wide),
  ...(fn.rare && { rare: { ...fn.rare, when: wide(fn.rare.when) } }),
})

const wideVariable = (variable: Variable): Variable => ({ ...variable, lanes: 4 })

function wide(expr: Expr): Expr {
  switch (expr.kind) {
    case 'constant':
      return { kind: 'apply', op: 'splat', dtype: expr.dtype, lanes: 4, args: [expr] }
    case 'variable':
      return wideVariable(expr)
    case 'apply':
    case 'call':
      return { ...expr, lanes: 4, args: expr.args.map(wide) }
    case 'load':
    case 'fetch':
    case 'reduce':
      throw new Error(`a scalar function computes from its arguments alone, and this one contains a ${expr.kind}`)
  }
}
