import type { Fields } from '../shape/misfit.ts'
import type { AnyTensor } from '../tensor.ts'
import { check, named } from '../trace/trace.ts'
import {
  type AnyLayer,
  type Chain,
  type Facts,
  type Layer,
  layerOf,
  type Run,
  type Step,
  takesCheck,
  takesOrFails,
} from './layer.ts'

/** The layers one after another. Its parameters are a record of theirs by position; layers without parameters have no entry. */
export function sequential<const L extends readonly AnyLayer[]>(
  ...layers: { [K in keyof L]: Flow<L> extends [K, infer Complaint] ? Complaint : L[K] }
): Flow<L> extends Chain<infer I, infer O> ? Layer<I, O, Numbered<L>> : Layer<'any', AnyTensor, Numbered<L>> {
  type Result =
    Flow<L> extends Chain<infer I, infer O> ? Layer<I, O, Numbered<L>> : Layer<'any', AnyTensor, Numbered<L>>
  const parts = layers as unknown as readonly AnyLayer[]
  const params = Object.fromEntries(
    parts.flatMap((part, i) => (Object.keys(part.params).length > 0 ? [[`${i}`, part.params]] : [])),
  )
  return layerOf(params, chained(parts.map((part) => part['~run']))) as unknown as Result
}

/** The tensor threaded through all layers, or [position of the layer that does not fit, why]. */
type Flow<L extends readonly unknown[], In = 'any', X = 'any', Seen extends 0[] = []> = L extends readonly [
  Layer<infer I, infer O, infer _>,
  ...infer Rest,
]
  ? Step<I, O, In, X> extends Chain<infer In2, infer X2>
    ? Flow<Rest, In2, X2, [...Seen, 0]>
    : Step<I, O, In, X> extends `${infer Kind}: the layer ${infer Why}`
      ? [`${Seen['length']}`, `${Kind}: layer ${Seen['length']} ${Why}`]
      : never
  : Chain<In, X>
/** The parameters by position. `infer` makes an editor show the record and not this type's name. */
type Numbered<L> = {
  [K in Fields<L> as L[K] extends { params: infer P } ? ([keyof P] extends [never] ? never : K) : never]: L[K] extends {
    params: infer P
  }
    ? P
    : never
} extends infer P extends object
  ? P
  : never

/** The layers as one. What they know of their shapes must agree; a layer that says nothing of its result leaves the next one to tracing. */
function chained(runs: readonly Run[]): Run {
  let takes: Facts | undefined
  let x: Facts | 'any' | undefined = 'any'
  for (const [i, run] of runs.entries()) {
    if (run.takes) {
      if (x === 'any') takes = x = run.takes
      else if (x) check(takesCheck(`layer ${i}`, run.takes, sized(x)))
    }
    if (run.gives !== 'same') x = run.gives
  }
  return {
    takes,
    gives: x === 'any' ? 'same' : x,
    apply: (params: { readonly [position: string]: never }, input) =>
      runs.reduce<AnyTensor>(
        (tensor, run, i) =>
          named(`layer ${i}`, () => {
            if (run.takes) takesOrFails(`layer ${i}`, run.takes, tensor)
            return run.apply((params[`${i}`] ?? {}) as never, tensor) as AnyTensor
          }),
        input,
      ),
  }
}

/** Layers state literal sizes. */
const sized = ({ shape, dtype }: Facts) => ({ shape: shape.map((dim) => ({ dim, size: Number(dim) })), dtype })
