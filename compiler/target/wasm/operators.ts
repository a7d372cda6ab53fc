import type { Apply, Expr, Operator, Scalar } from '../../kernel/expr.ts'
import { pushFunction } from './calls.ts'
import { pushCast, pushSelect } from './conversions.ts'
import { exp } from './exp.ts'
import { pushExpr } from './expression.ts'
import { pushDivide, pushPicked, pushRemainder, pushShift } from './integers.ts'
import { pushFolded, pushLaneValue, pushSplat } from './lanes.ts'
import type { Plain } from './opcodes.ts'
import type { Site } from './scope.ts'

/**
 * [one lane, four lanes] of the instruction that is an operator on operands of this type; undefined where that takes
 * several. Types not listed have none.
 */
const instructions: {
  readonly [op in Operator]?: { readonly [type in Scalar]?: readonly [Plain | undefined, Plain | undefined] }
} = {
  add: both('add'),
  sub: both('sub'),
  mul: both('mul'),
  div: { f32: ['f32.div', 'f32x4.div'], i32: [undefined, undefined], u32: ['i32.div_u', undefined] },
  rem: { f32: [undefined, undefined], i32: ['i32.rem_s', undefined], u32: ['i32.rem_u', undefined] },
  neg: { f32: ['f32.neg', 'f32x4.neg'], i32: [undefined, 'i32x4.neg'], u32: [undefined, 'i32x4.neg'] },
  abs: { f32: ['f32.abs', 'f32x4.abs'], i32: [undefined, 'i32x4.abs'], u32: [undefined, undefined] },
  min: { f32: ['f32.min', 'f32x4.min'], i32: [undefined, 'i32x4.min_s'], u32: [undefined, 'i32x4.min_u'] },
  max: { f32: ['f32.max', 'f32x4.max'], i32: [undefined, 'i32x4.max_s'], u32: [undefined, 'i32x4.max_u'] },
  sqrt: { f32: ['f32.sqrt', 'f32x4.sqrt'] },
  floor: { f32: ['f32.floor', 'f32x4.floor'] },
  round: { f32: ['f32.nearest', 'f32x4.nearest'] },
  and: bitwise('i32.and', 'v128.and'),
  or: bitwise('i32.or', 'v128.or'),
  xor: bitwise('i32.xor', 'v128.xor'),
  not: { i32: [undefined, 'v128.not'], u32: [undefined, 'v128.not'], bool: ['i32.eqz', 'v128.not'] },
  shl: { i32: ['i32.shl', undefined], u32: ['i32.shl', undefined] },
  shr: { i32: ['i32.shr_s', undefined], u32: ['i32.shr_u', undefined] },
  less: { f32: ['f32.lt', 'f32x4.lt'], i32: ['i32.lt_s', 'i32x4.lt_s'], u32: ['i32.lt_u', 'i32x4.lt_u'] },
  lessEqual: { f32: ['f32.le', 'f32x4.le'], i32: ['i32.le_s', 'i32x4.le_s'], u32: ['i32.le_u', 'i32x4.le_u'] },
  equal: { f32: ['f32.eq', 'f32x4.eq'], ...bitwise('i32.eq', 'i32x4.eq') },
}

function both(op: 'add' | 'sub' | 'mul') {
  const integers = [`i32.${op}`, `i32x4.${op}`] as const
  return { f32: [`f32.${op}`, `f32x4.${op}`] as const, i32: integers, u32: integers }
}

function bitwise(scalar: Plain, vector: Plain) {
  return { i32: [scalar, vector], u32: [scalar, vector], bool: [scalar, vector] } as const
}

export function pushApply(site: Site, expr: Apply): void {
  checkLanes(expr)
  const type = expr.args[0]!.dtype
  const types = instructions[expr.op]
  if (types && !(type in types)) throw new Error(`the operator ${expr.op} is not defined on ${type}`)
  const instruction = types?.[type]?.[expr.lanes === 1 ? 0 : 1]
  if (instruction) {
    for (const arg of expr.args) pushExpr(site, arg)
    site.body.op(instruction)
    return
  }
  if (expr.op === 'exp' && type === 'f32') {
    pushFunction(site, exp, expr.lanes, expr.args)
    return
  }
  const sequence = sequences[expr.op]
  if (!sequence) throw new Error(`the operator ${expr.op} is not defined on ${type}`)
  sequence(site, expr)
}

const changesLanes: ReadonlySet<Operator> = new Set(['splat', 'ramp', 'pack', 'extract', 'dot', 'sumLanes', 'maxLanes'])
const ofLanes: ReadonlySet<Operator> = new Set(['dot', 'sumLanes', 'maxLanes'])

function checkLanes({ op, lanes, args }: Apply): void {
  const needed = !changesLanes.has(op) ? lanes : ofLanes.has(op) ? 4 : 1
  for (const arg of op === 'extract' ? [] : args)
    if (arg.lanes !== needed)
      throw new Error(`${op} of ${lanes} lanes needs operands of ${needed}, was given ${arg.lanes}`)
}

/** What takes more than one instruction. */
const sequences: { readonly [op in Operator]?: (site: Site, expr: Apply) => void } = {
  div: pushDivide,
  rem: pushRemainder,
  neg(site, { args }) {
    site.body.i32(0)
    pushExpr(site, args[0]!)
    site.body.op('i32.sub')
  },
  // (x xor s) - s, s being the sign spread over all bits; an unsigned number is its own size.
  abs(site, { args, dtype }) {
    pushExpr(site, args[0]!)
    if (dtype === 'u32') return
    const { body } = site
    body.with(['i32', 'i32'], (x, sign) => {
      body.tee(x!)
      body.get(x!)
      body.i32(31)
      body.op('i32.shr_s')
      body.tee(sign!)
      body.op('i32.xor')
      body.get(sign!)
      body.op('i32.sub')
    })
  },
  min: (site, expr) => pushPicked(site, expr, expr.dtype === 'u32' ? 'i32.lt_u' : 'i32.lt_s'),
  max: (site, expr) => pushPicked(site, expr, expr.dtype === 'u32' ? 'i32.gt_u' : 'i32.gt_s'),
  fma(site, { args, lanes }) {
    const [a, b, c] = args
    if (site.relaxed) {
      // One number alone goes through vectors as well: it is the same number as among four, to the bit, so that an
      // element that is computed twice is equal to itself.
      for (const arg of args) lanes === 4 ? pushExpr(site, arg) : pushSplat(site, arg)
      site.body.op('f32x4.relaxed_madd')
      if (lanes !== 4) site.body.lane('f32x4.extract_lane', 0)
      return
    }
    pushExpr(site, c!)
    pushExpr(site, a!)
    pushExpr(site, b!)
    site.body.op(lanes === 4 ? 'f32x4.mul' : 'f32.mul')
    site.body.op(lanes === 4 ? 'f32x4.add' : 'f32.add')
  },
  not(site, { args }) {
    pushExpr(site, args[0]!)
    site.body.i32(-1)
    site.body.op('i32.xor')
  },
  shl: (site, expr) => pushShift(site, expr, 'i32x4.shl', 'i32.shl'),
  shr: (site, expr) =>
    expr.dtype === 'u32'
      ? pushShift(site, expr, 'i32x4.shr_u', 'i32.shr_u')
      : pushShift(site, expr, 'i32x4.shr_s', 'i32.shr_s'),
  select: pushSelect,
  cast: pushCast,
  bitcast(site, { args, dtype, lanes }) {
    const from = args[0]!.dtype
    pushExpr(site, args[0]!)
    if (lanes === 4 || (from === 'f32') === (dtype === 'f32')) return
    site.body.op(dtype === 'f32' ? 'f32.reinterpret_i32' : 'i32.reinterpret_f32')
  },
  splat: (site, { args }) => pushSplat(site, args[0]!),
  ramp(site, { args, dtype }) {
    pushSplat(site, args[0]!)
    site.body.i32x4([0, 1, 2, 3])
    if (dtype === 'f32') site.body.op('f32x4.convert_i32x4_s')
    site.body.op(dtype === 'f32' ? 'f32x4.add' : 'i32x4.add')
  },
  pack(site, { args, dtype }) {
    pushSplat(site, args[0]!)
    for (const lane of [1, 2, 3]) {
      pushLaneValue(site, args[lane]!)
      site.body.lane(dtype === 'f32' ? 'f32x4.replace_lane' : 'i32x4.replace_lane', lane)
    }
  },
  extract(site, { args: [v, lane], dtype }) {
    if (v!.lanes !== 4 || lane?.kind !== 'constant') throw new Error('extract takes four lanes and the number of one')
    pushExpr(site, v!)
    site.body.lane(dtype === 'f32' ? 'f32x4.extract_lane' : 'i32x4.extract_lane', lane.value)
    if (dtype !== 'bool') return
    site.body.i32(1)
    site.body.op('i32.and')
  },
  dot: (site, expr) => pushFolded(site, { ...expr, args: [{ ...expr, op: 'mul', lanes: 4 }] }, 'add'),
  zipLow: (site, { args }) => pushShuffled(site, args, [0, 4, 1, 5]),
  zipHigh: (site, { args }) => pushShuffled(site, args, [2, 6, 3, 7]),
  sumLanes: (site, expr) => pushFolded(site, expr, 'add'),
  maxLanes: (site, expr) => pushFolded(site, expr, 'max'),
}

function pushShuffled(site: Site, args: readonly Expr[], lanes: readonly [number, number, number, number]): void {
  for (const arg of args) pushExpr(site, arg)
  site.body.shuffle(lanes)
}
