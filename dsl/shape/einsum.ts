import type { AnyTensor, Tensor } from '../tensor.ts'
import { type Broadcast, broadcastShapes } from './broadcast.ts'
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
import type { DType, Numbers, SameDType } from './dtype.ts'
import { lettersOf, type Parse, parse, type Spec, type Subscripts } from './einsum-spec.ts'
import type { Or } from './rule.ts'

/** The tensor that a spec makes of tensors T. */
export type Einsum<S extends string, T extends readonly AnyTensor[]> = T extends readonly [
  Tensor<infer _, infer D>,
  ...unknown[],
]
  ? string extends S
    ? Tensor<Shape, D>
    : Or<
        DTypes<T>,
        Parse<S> extends infer P
          ? P extends { operands: infer O extends readonly Subscripts[]; result: infer R extends Subscripts }
            ? O['length'] extends T['length']
              ? Made<S, D, R, Bind<O, T>>
              : Complain<S, `there are ${T['length']} tensors for ${O['length']} operands`>
            : Complain<S, P>
          : never
      >
  : T extends readonly []
    ? Complain<S, 'there are no tensors'>
    : Tensor<Shape, T[number]['dtype']>
type Complain<S extends string, Why> = `shape error: einsum '${S}': ${Why & string}`

/** Why the dtypes do not go together. */
type DTypes<T extends readonly AnyTensor[]> = T extends readonly [infer A extends AnyTensor, ...infer Rest]
  ? Or<Numbers<'einsum', A>, Alike<A['dtype'], Rest>>
  : never
type Alike<D extends DType, Rest> = Rest extends readonly [Tensor<infer _, infer E>, ...infer More]
  ? SameDType<'einsum', D, E, true> extends infer Wrong extends string
    ? Wrong
    : Alike<D, More>
  : never

/** What a letter stands for, and the shape where it was first met. */
interface Known {
  readonly letter: string
  readonly dim: unknown
  readonly of: unknown
}
/** What all letters stand for, and the shapes that all dots stand for. */
type Bind<
  O extends readonly Subscripts[],
  T,
  All extends Known = never,
  Dots extends readonly Shape[] = [],
> = O extends readonly [infer o extends Subscripts, ...infer MoreO extends readonly Subscripts[]]
  ? T extends readonly [Tensor<infer S, infer _>, ...infer MoreT]
    ? number extends S['length']
      ? Bind<MoreO, MoreT, All, o['dots'] extends true ? [...Dots, Shape] : Dots>
      : Front<o['before'], S> extends { cut: infer Head extends Shape; rest: infer Middle extends Shape }
        ? Back<o['after'], Middle> extends { cut: infer Tail extends Shape; rest: infer Rest extends Shape }
          ? [o['dots'], Rest['length']] extends [true, number] | [false, 0]
            ? Name<o['before'], Head, S, All> extends infer First
              ? First extends { known: infer Some extends Known }
                ? Name<o['after'], Tail, S, Some> extends infer Second
                  ? Second extends { known: infer More extends Known }
                    ? Bind<MoreO, MoreT, More, o['dots'] extends true ? [...Dots, Rest] : Dots>
                    : Second
                  : never
                : First
              : never
            : Unnamed<o, S>
          : Unnamed<o, S>
        : Unnamed<o, S>
    : never
  : { known: All; dots: Dots }
type Unnamed<o extends Subscripts, S extends Shape> = `${o['text']} does not name the axes of ${Show<S>}`

/** A shape cut behind as many dims as there are letters; undefined where it has fewer. */
type Front<L extends string, S extends Shape, Done extends Shape = []> = L extends `${string}${infer Rest}`
  ? S extends readonly [infer d extends Dim, ...infer More extends Shape]
    ? Front<Rest, More, [...Done, d]>
    : undefined
  : { cut: Done; rest: S }
/** Likewise from the end. */
type Back<L extends string, S extends Shape, Done extends Shape = []> = L extends `${string}${infer Rest}`
  ? S extends readonly [...infer More extends Shape, infer d extends Dim]
    ? Back<Rest, More, [d, ...Done]>
    : undefined
  : { cut: Done; rest: S }

/** The letters of a part of a shape beside those that are known. */
type Name<L extends string, S extends Shape, Of extends Shape, All extends Known> = L extends `${infer l}${infer MoreL}`
  ? S extends readonly [infer d extends Dim, ...infer MoreS extends Shape]
    ? [Find<All, l>] extends [never]
      ? Name<MoreL, MoreS, Of, All | { letter: l; dim: d; of: Of }>
      : Find<All, l> extends { dim: infer e extends Dim; of: infer Other extends Shape }
        ? { d: d } extends { d: e }
          ? Name<
              MoreL,
              MoreS,
              Of,
              { d: e } extends { d: d } ? All : Exclude<All, { letter: l }> | { letter: l; dim: d; of: Of }
            >
          : Wide<d | e> extends true
            ? Name<MoreL, MoreS, Of, All>
            : `${l} is ${e} in ${Show<Other>} and ${d} in ${Show<Of>}`
        : never
    : never
  : { known: All }
type Find<All extends Known, L extends string> = Extract<All, { letter: L }>

type Made<S extends string, D extends DType, R extends Subscripts, Bound> = Bound extends {
  known: infer All extends Known
  dots: infer Dots extends readonly Shape[]
}
  ? Stretched<S, Dots> extends infer Middle
    ? Middle extends Tensor<infer M, infer _>
      ? R['dots'] extends true
        ? number extends M['length']
          ? Tensor<Shape, D>
          : Tensor<[...Dims<R['before'], All>, ...M, ...Dims<R['after'], All>], D>
        : Tensor<Dims<R['before'], All>, D>
      : Middle
    : never
  : Complain<S, Bound>
type Dims<L extends string, All extends Known, Done extends Shape = []> = L extends `${infer l}${infer Rest}`
  ? Find<All, l> extends { dim: infer d extends Dim }
    ? Dims<Rest, All, [...Done, [Find<All, l>] extends [never] ? number : d]>
    : never
  : Done
/** What all dots together broadcast to. */
type Stretched<S extends string, All extends readonly Shape[], Done extends Shape = []> = All extends readonly [
  infer Head extends Shape,
  ...infer Rest extends readonly Shape[],
]
  ? Broadcast<`einsum '${S}'`, Done, Head, 'f32'> extends infer Both
    ? Both extends Tensor<infer T, infer _>
      ? Stretched<S, Rest, T>
      : Both
    : never
  : Tensor<Done>

/** The axes of one operand: a letter each, or '0', '1', ... for the axes of its dots, counted from the right. */
export type Labels = readonly string[]

export interface EinsumPlan {
  readonly operands: readonly Labels[]
  readonly result: Labels
  readonly extents: ReadonlyMap<string, Extent>
}

/** The labels of all axes and what they stand for. */
export function einsumPlan(spec: string, shapes: readonly Extents[]): EinsumPlan | string {
  const complain = (why: string) => `shape error: einsum '${spec}': ${why}`
  const parsed: Spec | string = parse(spec)
  if (typeof parsed === 'string') return complain(parsed)
  const { operands, result } = parsed
  if (operands.length !== shapes.length)
    return complain(`there are ${shapes.length} tensors for ${operands.length} operands`)
  const known = new Map<string, { at: Extent; of: Extents }>()
  let dots: Extents = []
  const labels: Labels[] = []
  for (const [i, operand] of operands.entries()) {
    const shape = shapes[i]!
    const rank = shape.length - lettersOf(operand).length
    if (operand.dots ? rank < 0 : rank !== 0)
      return complain(`${operand.text} does not name the axes of ${show(shape)}`)
    const own = labelsOf(operand, rank)
    labels.push(own)
    for (const [axis, label] of own.entries()) {
      if (!isLetter(label)) continue
      const [before, at] = [known.get(label), shape[axis]!]
      if (before && !agree(before.at, at)) {
        const [left, right] = both(before.at, at)
        return complain(`${label} is ${left} in ${show(before.of)} and ${right} in ${show(shape)}`)
      }
      known.set(label, before ? { at: nameOf(before.at, at), of: before.of } : { at, of: shape })
    }
    const wider = broadcastShapes(
      `einsum '${spec}'`,
      dots,
      shape.filter((_, axis) => !isLetter(own[axis]!)),
    )
    if (typeof wider === 'string') return wider
    dots = wider
  }
  const extents = new Map([...known].map(([label, { at }]) => [label, at] as const))
  for (const [axis, at] of dots.entries()) extents.set(`${dots.length - 1 - axis}`, at)
  return { operands: labels, result: labelsOf(result, result.dots ? dots.length : 0), extents }
}

const labelsOf = ({ before, after }: Subscripts, dots: number): Labels => [
  ...before,
  ...Array.from({ length: dots }, (_, i) => `${dots - 1 - i}`),
  ...after,
]
const isLetter = (label: string): boolean => /[A-Za-z]/.test(label)
