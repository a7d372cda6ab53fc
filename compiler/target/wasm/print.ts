import type { Expr, Lanes, ScalarFunction } from '../../kernel/expr.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { partsOf } from '../../kernel/scalars.ts'
import type { WasmCode } from '../../plan/plan.ts'
import { FunctionBody, Module } from './assembler.ts'
import { pushBody } from './calls.ts'
import { exp } from './exp.ts'
import { printNest } from './nest.ts'
import { type Functions, Scope, valueType } from './scope.ts'
import { leastWork } from './shares.ts'
import { printWalk, type Walked } from './walk.ts'
import { widen } from './widen.ts'

export interface PrintOptions {
  /**
   * Whether the engine has 128-bit SIMD, as unless false. Where it has none, a kernel that uses vectors is an error: it
   * was scheduled for another.
   */
  readonly simd?: boolean
  /**
   * Multiply-adds become the relaxed SIMD instruction, which rounds once where the processor can. The engine must know
   * it.
   */
  readonly relaxed?: boolean
  /** Operations that threads take at a time, at least. */
  readonly leastWork?: number
}

/**
 * A function of more operations than this is called rather than printed in place: calls spill registers, copies grow
 * the code.
 */
const largestInline = 100

/**
 * WebAssembly's limit on parameters as engines implement it, less the two bounds of the grid and the scratch memory.
 */
const mostSlots = 997

/** Prints every nest of every kernel, and what runs them, into one module, as documented at `WasmCode`. */
export function printWasm(plan: Walked, options: PrintOptions = {}): WasmCode {
  const relaxed = options.relaxed ?? false
  const module = new Module({ vectors: options.simd ?? true })
  const imported = {
    regions: plan.regions.map((_, region) => module.importGlobal(`region${region}`)),
    clock: module.importFunction('clock', { params: ['i32'], results: [] }),
  }
  const printed = new Map<ScalarFunction, Map<Lanes, number>>()
  const nests: number[][] = []

  for (const [k, kernel] of plan.kernels.entries()) {
    if (kernel.slots.length > mostSlots)
      throw new Error(
        `kernel ${kernel.name} touches ${kernel.slots.length} tensors; a WebAssembly function can be given ${mostSlots}`,
      )
    const functions = functionsOf(kernel, module, printed, relaxed)
    const indices: number[] = []
    nests.push(indices)
    for (const [n, nest] of kernel.nests.entries()) {
      const params = ['i32', 'i32', 'i32', ...kernel.slots.map(() => 'i32')] as 'i32'[]
      const index = module.declare({ params, results: [] })
      module.define(index, printNest(nest, kernel.slots, functions, relaxed))
      module.export(`k${k}_${n}`, index)
      indices.push(index)
    }
  }
  const shared = printWalk(module, plan, nests, imported, options.leastWork ?? leastWork)
  return { target: 'wasm', module: module.bytes(), shared }
}

function functionsOf(
  kernel: Kernel,
  module: Module,
  printed: Map<ScalarFunction, Map<Lanes, number>>,
  relaxed: boolean,
): Functions {
  const byName = new Map(kernel.functions.map((fn) => [fn.name, fn]))
  const functions: Functions = {
    named(name) {
      const fn = byName.get(name)
      if (!fn) throw new Error(`kernel ${kernel.name} calls ${name}, which is not among its functions`)
      return fn
    },
    index(fn, lanes) {
      if (operations(fn) <= largestInline) return undefined
      const widths = printed.get(fn) ?? new Map<Lanes, number>()
      printed.set(fn, widths)
      const known = widths.get(lanes)
      if (known !== undefined) return known
      const index = module.declare({
        params: fn.params.map(({ dtype }) => valueType(dtype, lanes)),
        results: fn.results.map(({ dtype }) => valueType(dtype, lanes)),
      })
      widths.set(lanes, index)
      module.define(index, printFunction(lanes === 4 ? widen(fn) : fn, functions, relaxed))
      return index
    },
  }
  return functions
}

function printFunction(fn: ScalarFunction, functions: Functions, relaxed: boolean): FunctionBody {
  const body = new FunctionBody(fn.params.map(({ dtype, lanes }) => valueType(dtype, lanes)))
  const scope = new Scope()
  for (const [local, param] of fn.params.entries()) scope.bind(param.name, local)
  pushBody({ body, scope, slots: [], addresses: [], shared: [], functions, relaxed }, fn)
  return body
}

const known = new WeakMap<ScalarFunction, number>()

function operations(fn: ScalarFunction): number {
  const count = known.get(fn) ?? operationsOf(fn)
  known.set(fn, count)
  return count
}

const operationsOf = (fn: ScalarFunction): number =>
  [...fn.body.map(({ value }) => value), ...fn.results, ...(fn.rare ? [fn.rare.when] : [])].reduce(
    (sum, expr) => sum + operationsIn(expr),
    0,
  )

function operationsIn(expr: Expr): number {
  const own = expr.kind !== 'apply' ? 0 : expr.op === 'exp' ? operations(exp) : 1
  return partsOf(expr).reduce((sum, part) => sum + operationsIn(part), own)
}
