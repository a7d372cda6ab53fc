/**
 * Typed scalars: what one iteration of a kernel's loops computes. The left half of the kernel language; statements are
 * in kernel.ts.
 *
 * Two forms of the same type. While kernels are being formed, an expression is a DAG made by `Scalars`, in which equal
 * expressions are the same object and `Reduce` stands for a whole loop. In a scheduled kernel it is a tree of plain
 * data: every shared part has been bound by a `let`, and no `Reduce` and no `within` is left.
 *
 * `lanes` is 4 where an expression is a vector of four neighbouring iterations; the operands of an operation have as
 * many lanes as its result, but for the operations that change the number (splat, ramp, pack, extract, dot, sumLanes,
 * maxLanes) and the address of a load, which is that of the first lane.
 */
export type Expr = Constant | Variable | Load | Fetch | Apply | Call | Reduce

export type Scalar = 'f32' | 'i32' | 'u32' | 'bool'
export type Lanes = 1 | 4

interface Typed {
  readonly dtype: Scalar
  readonly lanes: Lanes
  /** Of what `Scalars` made: its number, in the order in which it made them. */
  readonly id?: number
}

/**
 * A number; f32 constants are exact f32 values or are rounded to f32 by whoever prints them. bool: 0 or 1. Always one
 * lane.
 */
export interface Constant extends Typed {
  readonly kind: 'constant'
  readonly value: number
}

/** A loop index (i32, 0 <= v < extent), or what a `let`, a `var` or a function's parameter holds. */
export interface Variable extends Typed {
  readonly kind: 'variable'
  readonly name: string
  readonly extent?: number
}

/**
 * Element `index` of a slot (a tensor that the kernel reads or writes, flat and row-major); with 4 lanes the elements
 * index .. index + 3.
 */
export interface Load extends Typed {
  readonly kind: 'load'
  readonly slot: number
  readonly index: Expr
}

/**
 * Element `index` of an array that the threads of a workgroup share, as it is once they have all passed the barrier
 * `after`.
 */
export interface Fetch extends Typed {
  readonly kind: 'fetch'
  readonly shared: number
  readonly index: Expr
  readonly after: Variable
}

export interface Apply extends Typed {
  readonly kind: 'apply'
  readonly op: Operator
  readonly args: readonly Expr[]
}

/** Result number `result` of a function of the kernel. Calls with the same arguments are one call. */
export interface Call extends Typed {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Expr[]
  readonly result: number
}

/**
 * `body` folded over all values of the `over` indices, from 0 (add) or minus infinity (max). Not in scheduled kernels.
 */
export interface Reduce extends Typed {
  readonly kind: 'reduce'
  readonly op: 'add' | 'max'
  readonly over: readonly Variable[]
  readonly body: Expr
}

export type Operator =
  // f32, i32, u32; integers wrap; integer div and rem truncate and are never by zero
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'rem'
  | 'neg'
  | 'abs'
  | 'min'
  | 'max'
  /** a * b + c in f32, rounded once or twice as the target likes. */
  | 'fma'
  // f32; round: to nearest, ties to even
  | 'exp'
  | 'sqrt'
  | 'floor'
  | 'round'
  // i32, u32 (and, or, not also bool); shr is logical on u32, arithmetic on i32; shifts are by 0..31
  | 'and'
  | 'or'
  | 'xor'
  | 'not'
  | 'shl'
  | 'shr'
  // to bool
  | 'less'
  | 'lessEqual'
  | 'equal'
  /** select(condition, then, else): both sides may be computed, so an address in either is in range. */
  | 'select'
  /**
   * within(x, last), of addresses: x where 0 <= x <= last, and elsewhere any index from 0 to last, for what is read in
   * a branch that is not taken. Not in scheduled kernels, where it is a minimum and a maximum.
   */
  | 'within'
  /** To the dtype of the result: by value (f32 to integer truncates), or by bits. */
  | 'cast'
  | 'bitcast'
  /**
   * One lane to four equal ones; to x, x + 1, x + 2, x + 3; four scalars to lanes; one of the lanes, by a constant; the
   * sum of the products of the lanes of two, in any order; lanes added up or their maximum, as (0, 2) and (1, 3) first.
   */
  | 'splat'
  | 'ramp'
  | 'pack'
  | 'extract'
  | 'dot'
  | 'sumLanes'
  | 'maxLanes'
  /** Of two vectors the lower lanes, or the upper, one of each in turn: a0 b0 a1 b1, or a2 b2 a3 b3. */
  | 'zipLow'
  | 'zipHigh'

/**
 * A function that kernels call: for what is worth a name of its own in printed code (a random block, the inverse of
 * erf). The body binds names in order; everything is one lane, and a target that works in lanes applies it lane by lane
 * or widens it.
 */
export interface ScalarFunction {
  readonly name: string
  /** A sentence and a source for whoever reads the printed code. */
  readonly about: string
  readonly params: readonly Variable[]
  readonly body: readonly { readonly variable: Variable; readonly value: Expr }[]
  readonly results: readonly Expr[]
  /** Of a function of one result. */
  readonly rare?: Rare
}

/** A function that is loaded where it is printed: its name and the types of its results are all that a call needs. */
export interface Declared {
  readonly name: string
  readonly results: readonly { readonly dtype: Scalar }[]
  readonly load: () => Promise<ScalarFunction>
}

/**
 * Where a condition holds, of parameters and of what the body binds, the result is that of another function of the same
 * parameters. It is computed only if that happens in some lane.
 */
export interface Rare {
  readonly when: Expr
  readonly instead: ScalarFunction
}
