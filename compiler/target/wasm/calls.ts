import type { Call, Expr, Lanes, Rare, ScalarFunction } from '../../kernel/expr.ts'
import { pushExpr } from './expression.ts'
import { Scope, type Site, stableKey, valueType } from './scope.ts'
import { widen } from './widen.ts'

export function pushCall(site: Site, { name, args, lanes, result }: Call): void {
  const { body, scope } = site
  const fn = site.functions.named(name)
  if (fn.results.length === 1) {
    pushFunction(site, fn, lanes, args)
    return
  }
  const keys = args.map((arg) => stableKey(site, arg))
  const key = keys.includes(undefined) ? undefined : `${name} ${lanes}(${keys.join()})`
  const known = key === undefined ? undefined : scope.call(key)
  if (known) {
    body.get(known[result]!)
    return
  }
  pushFunction(site, fn, lanes, args)
  const locals = fn.results.map(({ dtype }) => scope.own(body, valueType(dtype, lanes)))
  for (const local of [...locals].reverse()) body.set(local)
  if (key !== undefined) scope.remember(key, locals)
  body.get(locals[result]!)
}

/** Pushes all results of a function, first to last. */
export function pushFunction(site: Site, fn: ScalarFunction, lanes: Lanes, args: readonly Expr[]): void {
  const { body, functions } = site
  const index = functions.index(fn, lanes)
  if (index !== undefined) {
    for (const arg of args) pushExpr(site, arg)
    body.call(index)
    return
  }
  const wide = lanes === 4 ? widen(fn) : fn
  const inside = new Scope()
  for (const [i, param] of wide.params.entries()) {
    const arg = args[i]!
    if (arg.kind === 'variable') {
      inside.bind(param.name, site.scope.find(arg.name).local)
      continue
    }
    pushExpr(site, arg)
    const local = inside.own(body, valueType(param.dtype, lanes))
    body.set(local)
    inside.bind(param.name, local)
  }
  pushBody({ ...site, scope: inside }, wide)
  inside.leave(body)
}

/** Binds what a function binds, its parameters being bound already, and pushes its results. */
export function pushBody(site: Site, fn: ScalarFunction): void {
  const { body, scope } = site
  for (const { variable, value } of fn.body) {
    pushExpr(site, value)
    const local = scope.own(body, valueType(variable.dtype, variable.lanes))
    body.set(local)
    scope.bind(variable.name, local)
  }
  for (const result of fn.results) pushExpr(site, result)
  if (fn.rare) pushRare(site, fn, fn.rare)
}

/** Takes the result from the stack and leaves it there, or what it rarely is instead. */
function pushRare(site: Site, { params, results }: ScalarFunction, { when, instead }: Rare): void {
  const { body } = site
  const { dtype, lanes } = results[0]!
  body.with([valueType(dtype, lanes), valueType('bool', lanes)], (result, condition) => {
    body.set(result!)
    pushExpr(site, when)
    body.tee(condition!)
    if (lanes === 4) body.op('v128.any_true')
    body.if()
    pushFunction(site, instead, lanes, params)
    if (lanes === 4) {
      body.get(result!)
      body.get(condition!)
      body.op('v128.bitselect')
    }
    body.set(result!)
    body.end()
    body.get(result!)
  })
}
