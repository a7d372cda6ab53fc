import type { Apply, Expr } from '../../kernel/expr.ts'
import { pushExpr } from './expression.ts'
import type { Plain } from './opcodes.ts'
import { type Site, valueType } from './scope.ts'

/** Truncated. The one quotient that does not fit, -2^31 / -1, wraps; WebAssembly would trap. */
export function pushDivide(site: Site, { dtype, lanes, args }: Apply): void {
  const divisor = constantOf(args[1]!)
  const safe = dtype === 'u32' || (divisor !== undefined && divisor !== -1)
  const { body } = site
  const divide = (): void => {
    if (safe) {
      body.op(dtype === 'u32' ? 'i32.div_u' : 'i32.div_s')
      return
    }
    body.with(['i32', 'i32'], (x, y) => {
      body.set(y!)
      body.set(x!)
      body.i32(0)
      body.get(x!)
      body.op('i32.sub')
      body.get(x!)
      body.i32(1)
      body.get(y!)
      body.get(y!)
      body.i32(-1)
      body.op('i32.eq')
      body.op('select')
      body.op('i32.div_s')
      body.get(y!)
      body.i32(-1)
      body.op('i32.eq')
      body.op('select')
    })
  }
  if (lanes === 4) {
    pushLaneByLane(site, args, divide)
    return
  }
  for (const arg of args) pushExpr(site, arg)
  divide()
}

/** With the sign of the dividend. f32: x - y trunc(x / y), as in WGSL. */
export function pushRemainder(site: Site, { dtype, lanes, args }: Apply): void {
  const { body } = site
  if (dtype !== 'f32') {
    pushLaneByLane(site, args, () => body.op(dtype === 'u32' ? 'i32.rem_u' : 'i32.rem_s'))
    return
  }
  const type = valueType('f32', lanes)
  const op = (name: 'sub' | 'mul' | 'div' | 'trunc'): void => body.op(lanes === 4 ? `f32x4.${name}` : `f32.${name}`)
  body.with([type, type], (x, y) => {
    pushExpr(site, args[0]!)
    body.tee(x!)
    pushExpr(site, args[1]!)
    body.tee(y!)
    body.get(x!)
    body.get(y!)
    op('div')
    op('trunc')
    op('mul')
    op('sub')
  })
}

/** One of two integers, by a comparison. */
export function pushPicked(site: Site, { args }: Apply, compare: Plain): void {
  const { body } = site
  body.with(['i32', 'i32'], (a, b) => {
    pushExpr(site, args[0]!)
    body.tee(a!)
    pushExpr(site, args[1]!)
    body.tee(b!)
    body.get(a!)
    body.get(b!)
    body.op(compare)
    body.op('select')
  })
}

/** Lanes that are all shifted by one number are one instruction. */
export function pushShift(site: Site, { args }: Apply, vector: Plain, scalar: Plain): void {
  const by = args[1]!
  if (by.kind !== 'apply' || by.op !== 'splat') {
    pushLaneByLane(site, args, () => site.body.op(scalar))
    return
  }
  pushExpr(site, args[0]!)
  pushExpr(site, by.args[0]!)
  site.body.op(vector)
}

/** Applies an instruction on two i32 to each lane of two vectors. */
function pushLaneByLane(site: Site, [a, b]: readonly Expr[], op: () => void): void {
  const { body } = site
  body.with(['v128', 'v128'], (x, y) => {
    pushExpr(site, a!)
    body.set(x!)
    pushExpr(site, b!)
    body.set(y!)
    for (let lane = 0; lane < 4; lane++) {
      body.get(x!)
      body.lane('i32x4.extract_lane', lane)
      body.get(y!)
      body.lane('i32x4.extract_lane', lane)
      op()
      if (lane === 0) body.op('i32x4.splat')
      else body.lane('i32x4.replace_lane', lane)
    }
  })
}

const constantOf = (expr: Expr): number | undefined =>
  expr.kind === 'constant'
    ? expr.value
    : expr.kind === 'apply' && expr.op === 'splat'
      ? constantOf(expr.args[0]!)
      : undefined
