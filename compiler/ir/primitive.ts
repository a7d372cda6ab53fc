import type { Expr } from '../kernel/expr.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { Builder } from './builder.ts'
import type { DType, Equation, Graph, Params, Type, Value } from './graph.ts'

/**
 * A primitive is one record: everything that the compiler ever asks about it stands in one place.
 *
 * To add one, write its record in a file of this folder's `primitives/`; there is no other list to extend. Leaving a
 * rule out does not compile; a rule that cannot exist is `none('why')`, and asking for it gives the author that reason.
 */
export interface Primitive<P extends Params = Params> {
  readonly name: string
  /**
   * The types of the outputs. Throws a plain Error where the inputs do not fit: the language's own checks come first
   * and are worded for authors.
   */
  type(inputs: readonly Type[], params: P): readonly Type[]
  /** The float64 reference that every device is held to. Floats are not rounded; integers wrap at 32 bits. */
  evaluate(inputs: readonly Dense[], params: P, outputs: readonly Type[]): readonly Dense[]
  /** Cotangents of the inputs from those of the outputs (undefined: zero), as equations. */
  readonly reverse: Rule<ReverseRule<P> | ReverseWithResiduals<P>>
  /** Tangents of the outputs from those of the inputs (undefined: zero), as equations. */
  readonly forward: Rule<ForwardRule<P> | ForwardTogether<P>>
  /** The same operation on inputs of which some carry an extra leading axis. */
  readonly batch: Rule<BatchRule<P>>
  readonly lower: Lowering<P>
  /** Floating-point operations for outputs of these types: an estimate for reports and schedules. */
  cost(inputs: readonly Type[], outputs: readonly Type[], params: P): number
}

/** Whether an equation applies a primitive, which tells what its params are. */
export const applies = <P extends Params>(
  equation: Equation,
  primitive: Primitive<P>,
): equation is Equation & { readonly params: P } => equation.primitive === (primitive as unknown as Primitive)

export type Rule<F> = F | None
export interface None {
  readonly none: string
}
export const none = (why: string): None => ({ none: why })

/** A dense row-major array in float64; bool is 0 or 1, u32 and i32 are exact. */
export interface Dense extends Type {
  readonly data: Float64Array
}

/** `wanted[i]` says whether the cotangent of input i is; any other need not be computed. */
export type ReverseRule<P extends Params> = (
  b: Builder,
  at: {
    inputs: readonly Value[]
    outputs: readonly Value[]
    params: P
    cotangents: readonly (Value | undefined)[]
    wanted: readonly boolean[]
  },
) => readonly (Value | undefined)[]

/**
 * A reverse rule whose way back needs more than the operation gives, such as the states that a loop went through. Where
 * a gradient is asked for, the operation is run by `forward` in place of itself. `active[i]` says whether the cotangent
 * of input i is wanted.
 */
export interface ReverseWithResiduals<P extends Params> {
  forward(
    b: Builder,
    at: { inputs: readonly Value[]; params: P; active: readonly boolean[] },
  ): {
    readonly outputs: readonly Value[]
    /** What `backward` reads of what `forward` made, beside the outputs. */
    readonly residuals: readonly Value[]
    readonly backward: (
      b: Builder,
      at: {
        outputs: readonly Value[]
        residuals: readonly Value[]
        cotangents: readonly (Value | undefined)[]
      },
    ) => readonly (Value | undefined)[]
  }
}

export type ForwardRule<P extends Params> = (
  b: Builder,
  at: { inputs: readonly Value[]; outputs: readonly Value[]; params: P; tangents: readonly (Value | undefined)[] },
) => readonly (Value | undefined)[]

/**
 * A forward rule that computes outputs and tangents in one equation, as a loop does; it takes the place of the
 * operation.
 */
export interface ForwardTogether<P extends Params> {
  together(
    b: Builder,
    at: { inputs: readonly Value[]; params: P; tangents: readonly (Value | undefined)[] },
  ): { readonly outputs: readonly Value[]; readonly tangents: readonly (Value | undefined)[] }
}

/**
 * `batched[i]` says whether input i carries the extra leading axis (of `size`); every output of the rule must carry it.
 */
export type BatchRule<P extends Params> = (
  b: Builder,
  at: { inputs: readonly Value[]; batched: readonly boolean[]; size: number; params: P },
) => readonly Value[]

/**
 * How a primitive becomes loops. The first four are written for one element, so that any chain of `map` and `index` can
 * be computed inside the loop of whatever consumes it.
 */
export type Lowering<P extends Params> =
  /** Element i of each output from element i of the inputs. `expensive`: worth storing rather than computing again. */
  | {
      readonly kind: 'map'
      readonly expensive: boolean
      scalar(s: Scalars, args: readonly Expr[], at: { params: P; outputs: readonly Type[] }): readonly Expr[]
    }
  /**
   * The output's element at an index is an element of an input at another index, or a number computed from the index
   * alone. `read` gives the scalar of input k at an index; it must be asked only for elements that exist, unless under
   * `s.select`, whose other branch may be out of range.
   */
  | {
      readonly kind: 'index'
      element(
        s: Scalars,
        index: readonly Expr[],
        read: (input: number, index: readonly Expr[]) => Expr,
        at: { params: P; inputs: readonly Type[]; output: Type },
      ): Expr
    }
  /** One input folded with `op` over `axes` (removed from the shape). */
  | { readonly kind: 'reduce'; readonly op: 'add' | 'max'; axes(params: P): readonly number[] }
  /** sum over the contracting axes of a * b: output axes are batch, then a's free axes, then b's. */
  | { readonly kind: 'contract'; dims(params: P): ContractDims }
  /**
   * No loop of its own: before anything is fused, it is written in other primitives. Each result has the type of the
   * output in its place.
   */
  | {
      readonly kind: 'rewrite'
      equations(b: Builder, at: { inputs: readonly Value[]; params: P }): readonly Value[]
    }
  /** Runs graphs of its own, once for each iteration or instead of each other. */
  | {
      readonly kind: 'control'
      /** What is left of it where not all outputs are wanted. */
      pruned(params: P, wanted: readonly boolean[]): Pruned
      /**
       * Writes what takes its place, for targets know no control but loops; undefined where it is a loop that such a
       * target runs.
       */
      lowered(
        at: { inputs: readonly Value[]; params: P; source: Equation['source'] },
        target: ControlTarget,
      ): ((b: Builder) => readonly Value[]) | undefined
      /** The loop that is left. */
      readonly turns: Rule<(params: P, inputs: readonly Value[]) => Turns>
    }

/** Which inputs and outputs an equation that runs graphs is left with, and its graphs without what no other needs. */
export interface Pruned {
  readonly params: Params
  readonly inputs: readonly boolean[]
  readonly outputs: readonly boolean[]
}

export interface ControlTarget {
  /** Whether it can end a loop when a condition no longer holds; where not, a bounded loop runs all of its turns. */
  readonly canEnd: boolean
}

/** A loop by its parts: its inputs are constants, carry and stacks, in this order. */
export interface Turns {
  readonly body: Graph
  /** Whether there is another turn, from the same inputs. */
  readonly condition: Graph | undefined
  readonly consts: number
  readonly carry: number
  /** 0: any number. */
  readonly times: number
  /** From the last part of the stacks to the first. */
  readonly reverse: boolean
}

export interface ContractDims {
  /** Pairs of axes [of a, of b], in order. */
  readonly batch: readonly (readonly [number, number])[]
  readonly contract: readonly (readonly [number, number])[]
}

export const isFloat = (dtype: DType): boolean => dtype === 'f32' || dtype === 'f16'
