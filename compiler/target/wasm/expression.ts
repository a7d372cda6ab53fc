import type { Expr, Fetch, Load, Scalar } from '../../kernel/expr.ts'
import { linearForm, linearRange, rangeOf } from '../../kernel/ranges.ts'
import type { FunctionBody } from './assembler.ts'
import { pushCall } from './calls.ts'
import { pushApply } from './operators.ts'
import type { Place, Site } from './scope.ts'

/**
 * Instructions that leave the value of an expression on the stack. One lane is an i32 or an f32, a bool being 0 or 1;
 * four lanes are a v128, a bool being a mask of all ones or zeros.
 */
export function pushExpr(site: Site, expr: Expr): void {
  switch (expr.kind) {
    case 'constant':
      pushConstant(site.body, expr.dtype, expr.value)
      return
    case 'variable':
      site.body.get(site.scope.find(expr.name).local)
      return
    case 'load':
      pushLoad(site, expr)
      return
    case 'apply':
      pushApply(site, expr)
      return
    case 'call':
      pushCall(site, expr)
      return
    case 'fetch':
      pushFetch(site, expr)
      return
    case 'reduce':
      throw new Error('a scheduled kernel has no reduce expressions: a reduction is a loop over an accumulator')
  }
}

function pushConstant(body: FunctionBody, dtype: Scalar, value: number): void {
  if (dtype === 'f32') body.f32(value)
  else body.i32(value)
}

/**
 * Pushes an address in bytes, but for an offset that is returned: that of the memory instruction, which must not hide a
 * wrap around 2^32.
 */
export const pushAddress = (site: Site, slot: number, index: Expr): number =>
  pushElement(site, { local: site.addresses[slot]!, offset: 0, elementBytes: 4 }, index)

export function pushElement(site: Site, { local, offset, elementBytes }: Place, index: Expr): number {
  const { body, scope } = site
  const { constant, terms } = linearForm(index)
  const [low, high] = linearRange({ constant: 0, terms }, (atom) => rangeOf(atom, (name) => scope.find(name).range))
  const folds = constant >= 0 && constant < 2 ** 28 && low >= 0 && high < 2 ** 28
  body.get(local)
  for (const { atom, factor } of terms) {
    pushExpr(site, atom)
    pushScale(body, elementBytes * factor)
    body.op('i32.add')
  }
  if (folds) return offset + elementBytes * constant
  const bytes = offset + elementBytes * constant
  if (bytes !== 0) {
    body.i32(bytes)
    body.op('i32.add')
  }
  return 0
}

function pushScale(body: FunctionBody, factor: number): void {
  const power = 31 - Math.clz32(factor)
  body.i32(2 ** power === factor ? power : factor)
  body.op(2 ** power === factor ? 'i32.shl' : 'i32.mul')
}

function pushLoad(site: Site, { dtype, lanes, slot, index }: Load): void {
  const offset = pushAddress(site, slot, index)
  site.body.memory(lanes === 4 ? 'v128.load' : dtype === 'f32' ? 'f32.load' : 'i32.load', offset)
  if (lanes === 4 && dtype === 'bool') site.body.op('i32x4.neg')
}

function pushFetch(site: Site, { lanes, shared, index }: Fetch): void {
  const offset = pushElement(site, site.shared[shared]!, index)
  site.body.memory(lanes === 4 ? 'v128.load' : 'f32.load', offset)
}
