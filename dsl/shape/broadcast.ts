import type { Tensor } from '../tensor.ts'
import {
  agree,
  both,
  type Dim,
  type Extent,
  type Extents,
  nameOf,
  type Shape,
  type Show,
  show,
  type Wide,
} from './dim.ts'
import type { DType, SameDType } from './dtype.ts'
import type { Is } from './parameter.ts'

// Dims are compared in a box: `D extends E` is postponed where D is a type parameter, but `{ d: D } extends { d: E }`
// is decided when both are the same parameter. This lets code that is generic in its sizes check without casts. Whole
// shapes are compared as what they are to functions, which tells [N, 1] from [N, D] as well.

/**
 * A tensor of the shape that A and B have when aligned at their right ends, where equal dims meet and 1 stretches,
 * followed by the dims Tail.
 */
export type Broadcast<Op extends string, A extends Shape, B extends Shape, D extends DType, Tail extends Shape = []> =
  (<T>() => T extends B ? 1 : 2) extends
    | (<T>() => T extends A ? 1 : 2)
    | (<T>() => T extends [] ? 1 : 2)
    | (<T>() => T extends Ones<A> ? 1 : 2)
    ? Tensor<Tail extends readonly [] ? A : [...A, ...Tail], D>
    : number extends A['length'] | B['length']
      ? Tensor<Shape, D>
      : Align<Op, A, B, D, Tail, A, B, never>
/** What stretches to S and has its rank. */
type Ones<S extends Shape> = { [I in keyof S]: 1 }
type Align<
  Op extends string,
  A extends Shape,
  B extends Shape,
  D extends DType,
  Done extends Shape,
  WholeA extends Shape,
  WholeB extends Shape,
  Never,
> = { a: A; b: B } extends {
  a: readonly [...infer MoreA extends Shape, infer a extends Dim]
  b: readonly [...infer MoreB extends Shape, infer b extends Dim]
}
  ? Is<a, 1, Never> extends true
    ? Align<Op, MoreA, MoreB, D, [b, ...Done], WholeA, WholeB, Never>
    : { d: b } extends { d: a | 1 }
      ? Align<Op, MoreA, MoreB, D, [a, ...Done], WholeA, WholeB, Never>
      : Wide<a | b> extends true
        ? Align<Op, MoreA, MoreB, D, [Wide<a> extends true ? b : a, ...Done], WholeA, WholeB, Never>
        : `shape error: ${Op}: ${Show<WholeA>} with ${Show<WholeB>}: ${a} and ${b} differ and neither is 1`
  : Tensor<[...A, ...B, ...Done], D>

export function broadcastShapes(op: string, a: Extents, b: Extents): Extents | string {
  const rank = Math.max(a.length, b.length)
  const out: Extent[] = []
  for (let axis = -1; axis >= -rank; axis--) {
    const [x, y] = [a.at(axis), b.at(axis)]
    if (!x || !y) out.unshift((x ?? y)!)
    else if (agree(x, y)) out.unshift(nameOf(x, y))
    else if (y.dim === 1) out.unshift(x)
    else if (x.dim === 1) out.unshift(y)
    else {
      const [left, right] = both(x, y)
      return `shape error: ${op}: ${show(a)} with ${show(b)}: ${left} and ${right} differ and neither is 1`
    }
  }
  return out
}

/**
 * An elementwise operation of two tensors, or of a tensor and a number. Result 'same' keeps the dtype of the operands.
 */
export type Binary<Op extends string, A, B, Result extends DType | 'same' = 'same'> =
  A extends Tensor<infer S, infer D>
    ? B extends Tensor<infer T, infer E>
      ? SameDType<Op, D, E, Broadcast<Op, S, T, Result extends DType ? Result : D>>
      : Tensor<S, Result extends DType ? Result : D>
    : never
