import type { Expr } from '../../kernel/expr.ts'
import type { Scalars } from '../../kernel/scalars.ts'
import type { Builder } from '../builder.ts'
import { generated, wrap } from '../dense.ts'
import type { DType, Params, Type, Value } from '../graph.ts'
import { sameShape, sizeOf } from '../graph.ts'
import type { None, Primitive } from '../primitive.ts'
import { isFloat } from '../primitive.ts'
import { add } from './arithmetic.ts'
import { broadcast } from './broadcast.ts'
import { expectInputs, misfit, scalarOf } from './type-rule.ts'

export type NoParams = Record<string, never>

/** What is particular to one elementwise primitive with one output; the rest of its record follows. */
export interface Elementwise<P extends Params> {
  readonly name: string
  readonly inputs: number
  /** The dtype of the output, or undefined where the primitive does not take such inputs. */
  dtype(inputs: readonly DType[], params: P): DType | undefined
  /** What `dtype` takes, for the message when it is given something else. */
  readonly takes: string
  /** One element in float64; integer results are wrapped by the caller. */
  scalar(args: readonly number[], at: { inputs: readonly DType[]; output: DType }): number
  /**
   * `inputs` and `output` are what the kernel computes in; `dtype` is that of the output, which is f16 where that is
   * f32.
   */
  lower(
    s: Scalars,
    args: readonly Expr[],
    at: { inputs: readonly Expr['dtype'][]; output: Expr['dtype']; dtype: DType },
  ): Expr
  /**
   * For each input, its partial derivative times `d`. The Jacobian of an elementwise primitive is diagonal, so one
   * formula serves both directions: with `d` a cotangent of the output or a tangent of the input. Undefined: nothing
   * flows through this input.
   */
  readonly partials: readonly (Partial | undefined)[] | None
  readonly expensive?: boolean
  /** Operations an element; 1 unless given. May hang on the dtype of the output. */
  readonly operations?: number | ((output: DType) => number)
}

export type Partial = (b: Builder, d: Value, at: { inputs: readonly Value[]; output: Value }) => Value | undefined

/** The record of an elementwise primitive. */
export function elementwise<P extends Params = NoParams>(of: Elementwise<P>): Primitive<P> {
  const { partials } = of
  const record: Primitive<P> = {
    name: of.name,
    type(inputs, params) {
      expectInputs(of.name, inputs, of.inputs)
      const shape = sameShapes(of.name, inputs)
      const dtype = of.dtype(
        inputs.map((input) => input.dtype),
        params,
      )
      if (dtype === undefined) throw misfit(of.name, inputs, `takes ${of.takes}`)
      return [{ shape, dtype }]
    },
    evaluate(inputs, _params, [output]) {
      const { dtype } = output!
      const at = { inputs: inputs.map((input) => input.dtype), output: dtype }
      const args = new Array<number>(inputs.length)
      const element = (k: number): number => {
        for (let i = 0; i < args.length; i++) args[i] = inputs[i]!.data[k]!
        return wrap(of.scalar(args, at), dtype)
      }
      return [generated(output!, element)]
    },
    reverse:
      'none' in partials
        ? partials
        : (b, { inputs, outputs: [output], cotangents: [d], wanted }) =>
            partials.map((partial, i) =>
              wanted[i] && isFloat(inputs[i]!.type.dtype) ? partial?.(b, d!, { inputs, output: output! }) : undefined,
            ),
    forward:
      'none' in partials
        ? partials
        : (b, { inputs, outputs: [output], tangents }) => [
            partials
              .map((partial, i) => tangents[i] && partial?.(b, tangents[i], { inputs, output: output! }))
              .reduce((a, c) => (a && c ? b.emit(add, [a, c], {}) : (a ?? c)), undefined),
          ],
    batch: (b, { inputs, batched, size, params }) => b.emitAll(record, allBatched(b, inputs, batched, size), params),
    lower: {
      kind: 'map',
      expensive: of.expensive ?? false,
      scalar: (s, args, { outputs: [output] }) => [
        of.lower(s, args, {
          inputs: args.map((arg) => arg.dtype),
          output: scalarOf(output!.dtype),
          dtype: output!.dtype,
        }),
      ],
    },
    cost(_inputs, [output]) {
      const { operations = 1 } = of
      return (typeof operations === 'number' ? operations : operations(output!.dtype)) * sizeOf(output!.shape)
    },
  }
  return record
}

/** The shape that all inputs have. */
export function sameShapes(name: string, inputs: readonly Type[]): readonly number[] {
  const { shape } = inputs[0]!
  if (!inputs.every((input) => sameShape(input.shape, shape)))
    throw misfit(name, inputs, 'the inputs must have equal shapes; broadcast them first')
  return shape
}

/** The inputs with those that are not batched repeated along a new leading axis. */
export const allBatched = (
  b: Builder,
  inputs: readonly Value[],
  batched: readonly boolean[],
  size: number,
): readonly Value[] => inputs.map((input, i) => (batched[i] ? input : repeated(b, input, size)))

/** A value repeated along a new leading axis. */
export const repeated = (b: Builder, value: Value, size: number): Value =>
  b.emit(
    broadcast,
    [value],
    { shape: [size, ...value.type.shape], axes: value.type.shape.map((_, axis) => axis + 1) },
    value.name,
  )
