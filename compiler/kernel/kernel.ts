import type { Expr, Lanes, Scalar, ScalarFunction, Variable } from './expr.ts'

/**
 * A kernel: what one dispatch runs, on any target, as plain data. Targets print it; nothing is decided after this.
 *
 * A kernel has one or more nests that do not depend on each other and may run side by side. A nest runs its body once
 * for each point of its grid, the points in any order or at once. On a GPU the threads of a workgroup may work together
 * on each point (`group`). A kernel knows its tensors only as slots, so equal kernels are shared wherever the tensors
 * lie.
 */
export interface Kernel {
  readonly name: string
  readonly slots: readonly Slot[]
  readonly functions: readonly ScalarFunction[]
  readonly nests: readonly Nest[]
}

/**
 * A flat, row-major tensor that the kernel touches. A bool is stored as a 32-bit 0 or 1; of f16 an element is loaded as
 * f32, and what is stored is an f32 that is a half exactly.
 */
export interface Slot {
  readonly name: string
  readonly dtype: Scalar | 'f16'
  /** In elements. */
  readonly size: number
  /** `update`: one nest reads each element and then writes that same element. */
  readonly access: 'read' | 'write' | 'update'
}

export interface Nest {
  readonly name: string
  /** Parallel loops, outermost first; none at all is a single point. */
  readonly grid: readonly Loop[]
  readonly body: readonly Statement[]
  /** Where a point of the grid is a workgroup, all of whose threads run the body. */
  readonly group?: Group
}

/** The threads that run a body together: barriers, and all loops and conditions around them, are the same for each. */
export interface Group {
  /** The number of the thread; its extent is how many there are. */
  readonly thread: Variable
  /** Arrays that the threads share, of no value when the body begins. */
  readonly shared: readonly Shared[]
  /** Of a product of matrices, its sizes: what a tile may be chosen by (`Tuned.products`). */
  readonly product?: string
}

export interface Shared {
  readonly name: string
  readonly dtype: Scalar
  readonly lanes: Lanes
  /** In elements of that many lanes. */
  readonly size: number
  /**
   * Elements of one of the planes that it consists of, if any: a power of two. Threads read at a constant number of
   * planes and a place within one, so that of the bounds of an array only those of a plane are to be checked, once for
   * all planes.
   */
  readonly plane?: number
}

export interface Loop {
  readonly index: Variable
  readonly extent: number
}

/**
 * The author's operation and line that a statement computes: a text, or who finds it when it is printed, since a line
 * is looked up in a stack.
 */
export type Note = string | (() => string)

/** Empty where there is nothing to say. */
export const textOf = (note: Note | undefined): string => (typeof note === 'function' ? note() : (note ?? ''))

export type Statement =
  /** Binds a name for good. */
  | { readonly kind: 'let'; readonly variable: Variable; readonly value: Expr; readonly note?: Note }
  /** An accumulator, and its new value. */
  | { readonly kind: 'var'; readonly variable: Variable; readonly value: Expr; readonly note?: Note }
  | { readonly kind: 'set'; readonly variable: Variable; readonly value: Expr }
  /** Writes element `index` of a slot, or with a value of 4 lanes the elements index .. index + 3. */
  | {
      readonly kind: 'store'
      readonly slot: number
      readonly index: Expr
      readonly value: Expr
      readonly note?: Note
    }
  /** for (index = from; index < to; index += step), in order. to - from is a multiple of step. */
  | {
      readonly kind: 'for'
      readonly index: Variable
      readonly from: number
      readonly to: number
      readonly step: number
      readonly body: readonly Statement[]
    }
  | { readonly kind: 'if'; readonly condition: Expr; readonly body: readonly Statement[] }
  /** Writes element `index` of an array of the workgroup. */
  | { readonly kind: 'put'; readonly shared: number; readonly index: Expr; readonly value: Expr }
  /** All threads wait for each other, and then see what was put. */
  | { readonly kind: 'barrier'; readonly token: Variable }
  /**
   * Folds variables over threads: those `stride` apart, `width` of them, which are powers of two. They all get the
   * result, made in an order that depends on `width` alone.
   */
  | {
      readonly kind: 'combine'
      readonly op: 'add' | 'max'
      readonly variables: readonly Variable[]
      readonly stride: number
      readonly width: number
    }
