import type { Apply, Expr, Scalar, ScalarFunction } from '../../../../compiler/kernel/expr.ts'
import type { Kernel, Nest, Statement } from '../../../../compiler/kernel/kernel.ts'
import { exp } from '../../../../compiler/target/wasm/exp.ts'

/**
 * The meaning of kernels, operation by operation and each rounded to its type: what strict WebAssembly must give bit
 * for bit. A value is its lanes; bool is 0 or 1.
 */
export type Lanes = readonly number[]
type Memory = readonly (Float32Array | Int32Array | Uint32Array)[]

interface Frame {
  readonly names: ReadonlyMap<string, Lanes>
  readonly memory: Memory
  readonly functions: readonly ScalarFunction[]
}

/** Runs points begin <= p < end of a nest, row-major. */
export function interpret(kernel: Kernel, nest: Nest, memory: Memory, begin: number, end: number): void {
  for (let point = begin; point < end; point++) {
    const names = new Map<string, Lanes>()
    let rest = point
    for (const { index, extent } of [...nest.grid].reverse()) {
      names.set(index.name, [rest % extent])
      rest = Math.floor(rest / extent)
    }
    for (const statement of nest.body) execute(statement, { names, memory, functions: kernel.functions })
  }
}

function execute(statement: Statement, frame: Frame): void {
  const names = frame.names as Map<string, Lanes>
  switch (statement.kind) {
    case 'let':
    case 'var':
    case 'set':
      names.set(statement.variable.name, evaluate(statement.value, frame))
      return
    case 'store': {
      const [at] = evaluate(statement.index, frame)
      for (const [lane, value] of evaluate(statement.value, frame).entries())
        frame.memory[statement.slot]![at! + lane] = value
      return
    }
    case 'for':
      for (let i = statement.from; i < statement.to; i += statement.step) {
        names.set(statement.index.name, [i])
        for (const inner of statement.body) execute(inner, frame)
      }
      return
    case 'if':
      if (evaluate(statement.condition, frame)[0]) for (const inner of statement.body) execute(inner, frame)
      return
    default:
      throw new Error(`${statement.kind} in a kernel without workgroups`)
  }
}

export function evaluate(expr: Expr, frame: Frame): Lanes {
  switch (expr.kind) {
    case 'constant':
      return [rounded(expr.value, expr.dtype)]
    case 'variable':
      return frame.names.get(expr.name)!
    case 'load': {
      const [at] = evaluate(expr.index, frame)
      return Array.from({ length: expr.lanes }, (_, lane) => frame.memory[expr.slot]![at! + lane]!)
    }
    case 'apply':
      return apply(
        expr,
        expr.args.map((arg) => evaluate(arg, frame)),
      )
    case 'call': {
      const args = expr.args.map((arg) => evaluate(arg, frame))
      const fn = frame.functions.find(({ name }) => name === expr.name)!
      return Array.from(
        { length: expr.lanes },
        (_, lane) =>
          callFunction(
            fn,
            args.map((arg) => arg[lane]!),
          )[expr.result]!,
      )
    }
    case 'fetch':
      throw new Error('a fetch in a kernel without workgroups')
    case 'reduce':
      throw new Error('a scheduled kernel has no reduce')
  }
}

/** The results of a scalar function of one lane. */
export function callFunction(fn: ScalarFunction, args: readonly number[]): readonly number[] {
  const names = new Map<string, Lanes>(fn.params.map(({ name }, i) => [name, [args[i]!]]))
  const frame = { names, memory: [], functions: [] }
  for (const { variable, value } of fn.body) names.set(variable.name, evaluate(value, frame))
  if (fn.rare && evaluate(fn.rare.when, frame)[0]) return callFunction(fn.rare.instead, args)
  return fn.results.map((result) => evaluate(result, frame)[0]!)
}

function apply(expr: Apply, args: readonly Lanes[]): Lanes {
  const [a] = args as [Lanes]
  const type = expr.args[0]!.dtype
  const plus = (x: number, y: number): number => rounded(x + y, type)
  switch (expr.op) {
    case 'splat':
      return [a[0]!, a[0]!, a[0]!, a[0]!]
    case 'ramp':
      return [0, 1, 2, 3].map((lane) => plus(a[0]!, lane))
    case 'pack':
      return args.map(([lane]) => lane!)
    case 'extract':
      return [a[args[1]![0]!]!]
    case 'zipLow':
      return [a[0]!, args[1]![0]!, a[1]!, args[1]![1]!]
    case 'zipHigh':
      return [a[2]!, args[1]![2]!, a[3]!, args[1]![3]!]
    case 'dot': {
      const [x, y, z, w] = a.map((lane, i) => rounded(lane * args[1]![i]!, type))
      return [plus(plus(x!, z!), plus(y!, w!))]
    }
    case 'sumLanes':
      return [plus(plus(a[0]!, a[2]!), plus(a[1]!, a[3]!))]
    case 'maxLanes':
      return [Math.max(...a)]
    default:
      return a.map((_, lane) =>
        rounded(
          scalar(
            expr,
            type,
            args.map((arg) => arg[lane]!),
          ),
          expr.dtype,
        ),
      )
  }
}

function scalar({ op, dtype }: Apply, type: Scalar, args: readonly number[]): number {
  const [a, b, c] = args as [number, number, number]
  switch (op) {
    case 'add':
      return a + b
    case 'sub':
      return a - b
    case 'mul':
      return type === 'f32' ? a * b : Math.imul(a, b)
    case 'div':
      return type === 'f32' ? a / b : Math.trunc(a / b)
    case 'rem':
      return type === 'f32' ? a - Math.fround(b * Math.trunc(Math.fround(a / b))) : a % b
    case 'neg':
      return -a
    case 'abs':
      return Math.abs(a)
    case 'min':
      return Math.min(a, b)
    case 'max':
      return Math.max(a, b)
    case 'fma':
      return Math.fround(a * b) + c
    case 'sqrt':
      return Math.sqrt(a)
    case 'floor':
      return Math.floor(a)
    case 'round':
      return roundToEven(a)
    case 'exp':
      return callFunction(exp, [a])[0]!
    case 'and':
      return a & b
    case 'or':
      return a | b
    case 'xor':
      return a ^ b
    case 'not':
      return type === 'bool' ? 1 - a : ~a
    case 'shl':
      return a << b
    case 'shr':
      return type === 'u32' ? a >>> b : a >> b
    case 'less':
      return a < b ? 1 : 0
    case 'lessEqual':
      return a <= b ? 1 : 0
    case 'equal':
      return a === b ? 1 : 0
    case 'select':
      return a ? b : c
    case 'cast':
      return type === 'f32' && dtype !== 'f32' ? truncated(a, dtype) : dtype === 'bool' ? Number(a !== 0) : a
    case 'bitcast':
      return bits(a, type, dtype)
    default:
      throw new Error(`${op} is not done lane by lane`)
  }
}

function roundToEven(x: number): number {
  const down = Math.floor(x)
  if (x - down !== 0.5) return Object.is(Math.round(x), 0) && x < 0 ? -0 : Math.round(x)
  const even = down % 2 === 0 ? down : down + 1
  return even === 0 && x < 0 ? -0 : even
}

/** Toward zero, and to the nearest number that there is. */
function truncated(x: number, dtype: Scalar): number {
  if (dtype === 'bool') return Number(x !== 0)
  const [low, high] = dtype === 'i32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1]
  return Number.isNaN(x) ? 0 : Math.min(high, Math.max(low, Math.trunc(x)))
}

function bits(x: number, from: Scalar, to: Scalar): number {
  const word =
    from === 'f32' ? Float32Array.of(x).buffer : from === 'i32' ? Int32Array.of(x).buffer : Uint32Array.of(x).buffer
  return (to === 'f32' ? new Float32Array(word) : to === 'i32' ? new Int32Array(word) : new Uint32Array(word))[0]!
}

const rounded = (x: number, dtype: Scalar): number =>
  dtype === 'f32' ? Math.fround(x) : dtype === 'i32' ? x | 0 : dtype === 'u32' ? x >>> 0 : x
