import type { Expr, Lanes, Operator, Scalar, Variable } from '../../../../compiler/kernel/expr.ts'
import type { Kernel, Nest, Slot, Statement } from '../../../../compiler/kernel/kernel.ts'
import type { Dispatch, Plan, Region } from '../../../../compiler/plan/plan.ts'

/** Expressions, kernels and plans written out by hand: nothing is folded or shared on the way. */
export const constant = (value: number, dtype: Scalar = 'f32'): Expr => ({ kind: 'constant', dtype, lanes: 1, value })
export const index = (value: number): Expr => constant(value, 'i32')

export const variable = (name: string, dtype: Scalar = 'f32', lanes: Lanes = 1): Variable => ({
  kind: 'variable',
  dtype,
  lanes,
  name,
})

export const loop = (name: string, extent: number): Variable => ({ ...variable(name, 'i32'), extent })

export const load = (slot: number, dtype: Scalar, at: Expr, lanes: Lanes = 1): Expr => ({
  kind: 'load',
  dtype,
  lanes,
  slot,
  index: at,
})

const toBool: ReadonlySet<Operator> = new Set(['less', 'lessEqual', 'equal'])

export function apply(op: Operator, args: readonly Expr[], dtype?: Scalar): Expr {
  const folds = op === 'sumLanes' || op === 'maxLanes'
  const makes = op === 'splat' || op === 'ramp' || op === 'pack'
  const own = toBool.has(op) ? 'bool' : args[op === 'select' ? 1 : 0]!.dtype
  return { kind: 'apply', op, dtype: dtype ?? own, lanes: folds ? 1 : makes ? 4 : args[0]!.lanes, args }
}

export const add = (a: Expr, b: Expr): Expr => apply('add', [a, b])
export const mul = (a: Expr, b: Expr): Expr => apply('mul', [a, b])

export const bind = (to: Variable, value: Expr, note?: string): Statement => ({
  kind: 'let',
  variable: to,
  value,
  ...(note === undefined ? {} : { note }),
})

export const store = (slot: number, at: Expr, value: Expr): Statement => ({ kind: 'store', slot, index: at, value })

export const slot = (name: string, dtype: Scalar, size: number, access: Slot['access'] = 'read'): Slot => ({
  name,
  dtype,
  size,
  access,
})

export const nest = (name: string, grid: readonly Variable[], body: readonly Statement[]): Nest => ({
  name,
  grid: grid.map((at) => ({ index: at, extent: at.extent! })),
  body,
})

export const kernel = (
  name: string,
  slots: readonly Slot[],
  nests: readonly Nest[],
  functions: Kernel['functions'] = [],
): Kernel => ({ name, slots, functions, nests })

export const plan = (
  regions: readonly Region[],
  kernels: readonly Kernel[],
  dispatches: readonly Dispatch[],
): Plan => ({
  name: 'by hand',
  target: 'wgsl',
  dims: {},
  inputs: { list: [] },
  outputs: { list: [] },
  regions,
  kernels,
  dispatches,
})

/** A plan that runs one kernel once, its slots one after the other in a region of floats and one of words. */
export function planOf(one: Kernel): Plan & { readonly places: readonly { region: number; offset: number }[] } {
  const sizes = [0, 0]
  const places = one.slots.map(({ dtype, size }) => {
    const region = dtype === 'f32' ? 0 : 1
    const offset = sizes[region]!
    sizes[region] = offset + 4 * Math.ceil(size / 4)
    return { region, offset }
  })
  const regions: Region[] = [
    { name: 'floats', kind: 'state', element: 'f32', size: sizes[0]! },
    { name: 'words', kind: 'state', element: 'u32', size: sizes[1]! },
  ]
  return { ...plan(regions, [one], [{ kernel: 0, places }]), places }
}
