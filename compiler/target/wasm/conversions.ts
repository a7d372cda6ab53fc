import type { Apply, Expr } from '../../kernel/expr.ts'
import { pushExpr } from './expression.ts'
import { type Site, stableKey } from './scope.ts'

export function pushSelect(site: Site, { args, lanes, dtype }: Apply): void {
  const [condition, then, otherwise] = args
  if (lanes === 4 && dtype === 'f32' && condition!.kind === 'apply' && condition!.op === 'less') {
    // p < q ? p : q and p < q ? q : p are what the pseudo-minimum and -maximum are, instructions of their own.
    const [p, q] = condition!.args.map((arg) => stableKey(site, arg))
    const [x, y] = [stableKey(site, then!), stableKey(site, otherwise!)]
    const least = p === x && q === y
    if (p !== undefined && q !== undefined && (least || (p === y && q === x))) {
      pushExpr(site, condition!.args[least ? 1 : 0]!)
      pushExpr(site, condition!.args[least ? 0 : 1]!)
      site.body.op(least ? 'f32x4.pmin' : 'f32x4.pmax')
      return
    }
  }
  if (lanes === 4 && (isZero(then!) || isZero(otherwise!))) {
    pushExpr(site, isZero(then!) ? otherwise! : then!)
    pushExpr(site, condition!)
    site.body.op(isZero(then!) ? 'v128.andnot' : 'v128.and')
    return
  }
  pushExpr(site, then!)
  pushExpr(site, otherwise!)
  pushExpr(site, condition!)
  site.body.op(lanes === 4 ? 'v128.bitselect' : 'select')
}

/** Four zeros, whose bits are none: what is chosen between them and others is masked. */
const isZero = (expr: Expr): boolean =>
  expr.kind === 'apply' && expr.op === 'splat'
    ? isZero(expr.args[0]!)
    : expr.kind === 'constant' && Object.is(Number(expr.value), 0)

export function pushCast(site: Site, { args, dtype, lanes }: Apply): void {
  const { body } = site
  const from = args[0]!.dtype
  const wide = lanes === 4
  pushExpr(site, args[0]!)
  if (from === dtype) return
  if (dtype === 'bool') {
    if (from === 'f32') {
      if (wide) body.f32x4(0)
      else body.f32(0)
      body.op(wide ? 'f32x4.ne' : 'f32.ne')
      return
    }
    if (wide) body.i32x4([0, 0, 0, 0])
    else body.i32(0)
    body.op(wide ? 'i32x4.ne' : 'i32.ne')
    return
  }
  if (from === 'bool' && wide) body.op('i32x4.neg')
  if (dtype === 'f32') {
    if (from === 'u32') body.op(wide ? 'f32x4.convert_i32x4_u' : 'f32.convert_i32_u')
    else body.op(wide ? 'f32x4.convert_i32x4_s' : 'f32.convert_i32_s')
  } else if (from === 'f32') {
    if (dtype === 'u32') body.op(wide ? 'i32x4.trunc_sat_f32x4_u' : 'i32.trunc_sat_f32_u')
    else body.op(wide ? 'i32x4.trunc_sat_f32x4_s' : 'i32.trunc_sat_f32_s')
  }
}
