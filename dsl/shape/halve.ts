import type { AnyTensor, Tensor } from '../tensor.ts'
import type { DivideFloor, Divides } from './difference.ts'
import { type Dim, type Extents, type Shape, type Show, type Sized, show } from './dim.ts'
import { type Floats, floats } from './dtype.ts'
import type { Or } from './rule.ts'

/** A with half of its last axis. Of a named dim the half is a size that the type does not know. */
export type Halve<Op extends string, A> = A extends AnyTensor
  ? Or<
      Floats<Op, A>,
      A extends Tensor<infer S, infer D>
        ? number extends S['length']
          ? Tensor<Shape, D>
          : S extends readonly [...infer Lead extends Shape, infer d extends Dim]
            ? Sized<d> extends true
              ? Divides<d & number, 2> extends true
                ? Tensor<[...Lead, DivideFloor<d & number, 2>], D>
                : NotHalved<Op, S>
              : Tensor<[...Lead, number], D>
            : NotHalved<Op, S>
        : never
    >
  : never
type NotHalved<Op extends string, S extends Shape> = `shape error: ${Op}: ${Show<S>} has no last axis of an even size`

export const halved = (op: string, { shape, dtype }: { shape: Extents; dtype: Parameters<typeof floats>[1] }) =>
  floats(op, dtype) ??
  (shape.length > 0 && shape.at(-1)!.size % 2 === 0
    ? undefined
    : `shape error: ${op}: ${show(shape)} has no last axis of an even size`)
