import type { Apply, Expr } from '../../kernel/expr.ts'
import { pushAddress, pushElement, pushExpr } from './expression.ts'
import type { Site } from './scope.ts'

export function pushSplat(site: Site, arg: Expr): void {
  const { body } = site
  if (arg.kind === 'constant') {
    const word = arg.dtype === 'bool' ? -arg.value : arg.value
    if (arg.dtype === 'f32') body.f32x4(word)
    else body.i32x4([word, word, word, word])
  } else if (arg.kind === 'load' && arg.dtype !== 'bool') {
    const offset = pushAddress(site, arg.slot, arg.index)
    body.memory('v128.load32_splat', offset)
  } else if (arg.kind === 'fetch') {
    const offset = pushElement(site, site.shared[arg.shared]!, arg.index)
    body.memory('v128.load32_splat', offset)
  } else {
    pushLaneValue(site, arg)
    body.op(arg.dtype === 'f32' ? 'f32x4.splat' : 'i32x4.splat')
  }
}

/** One lane as it is held in a vector: a bool as a mask. */
export function pushLaneValue(site: Site, arg: Expr): void {
  if (arg.dtype !== 'bool') {
    pushExpr(site, arg)
    return
  }
  site.body.i32(0)
  pushExpr(site, arg)
  site.body.op('i32.sub')
}

/** (lane 0 op lane 2) op (lane 1 op lane 3). */
export function pushFolded(site: Site, { args, dtype }: Apply, op: 'add' | 'max'): void {
  const { body } = site
  const float = dtype === 'f32'
  const wide = float
    ? (`f32x4.${op}` as const)
    : op === 'add'
      ? 'i32x4.add'
      : dtype === 'u32'
        ? 'i32x4.max_u'
        : 'i32x4.max_s'
  body.with(['v128'], (v) => {
    pushExpr(site, args[0]!)
    body.tee(v!)
    body.get(v!)
    body.get(v!)
    body.shuffle([2, 3, 0, 1])
    body.op(wide)
    body.tee(v!)
    body.get(v!)
    body.get(v!)
    body.shuffle([1, 0, 3, 2])
    body.op(wide)
    body.lane(float ? 'f32x4.extract_lane' : 'i32x4.extract_lane', 0)
  })
}
