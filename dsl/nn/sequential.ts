import { foldIn } from '../random/index.ts'
import type { Fields } from '../shape/misfit.ts'
import type { AnyTensor } from '../tensor.ts'
import { check, named } from '../trace/trace.ts'
import {
  type AnyLayer,
  checkLayer,
  type Facts,
  factsCheck,
  type Layer,
  layerOf,
  type Run,
  takesOrFails,
} from './layer.ts'
import type { Chain, Shaping, Step } from './step.ts'

/**
 * The layers one after another. Its parameters are a record of theirs by position; layers without parameters have no
 * entry. Of a key, layer i gets the one that `foldIn(key, i)` makes.
 */
export function sequential<const L extends readonly AnyLayer[]>(
  ...layers: { [K in keyof L]: Flow<L> extends [K, infer Complaint] ? Complaint : L[K] }
): Sequence<L> {
  const parts = layers as unknown as readonly AnyLayer[]
  for (const [i, part] of parts.entries()) checkLayer('sequential', part, `layer ${i}`)
  const params = Object.fromEntries(
    parts.flatMap((part, i) => (Object.keys(part.params).length > 0 ? [[`${i}`, part.params]] : [])),
  )
  return layerOf(params, chained(parts.map((part) => part['~run']))) as unknown as Sequence<L>
}

type Sequence<L extends readonly AnyLayer[]> =
  Flow<L> extends Chain<infer I, infer O>
    ? Layer<I, true extends Shapes<L> ? Through<L> : O extends 'any' | 'float' ? 'same' : O, Numbered<L>>
    : Layer<'any', AnyTensor, Numbered<L>>

/**
 * The tensor threaded through all layers, or [position of the layer that does not fit, why]. Layers are found by
 * position: lists of the rest would each be a type.
 */
type Flow<L, In = 'any', X = 'any', Seen extends 0[] = [], Grow = true> = L extends {
  readonly [At in Seen['length']]: infer First
}
  ? First extends { readonly '~in': infer I; readonly '~out': infer O }
    ? Step<I, O, In, X, Grow> extends infer Made
      ? Made extends Chain<infer In2, infer X2>
        ? Flow<L, In2, X2, [...Seen, 0], Grow>
        : Made extends `${infer Kind}: the layer ${infer Why}`
          ? [`${Seen['length']}`, `${Kind}: layer ${Seen['length']} ${Why}`]
          : [`${Seen['length']}`, Made]
      : never
    : never
  : Chain<In, X>

/**
 * Which layers give what a Shaping says: then the sequence does, and works out its result for every tensor that it is
 * given.
 */
type Shapes<L extends readonly unknown[]> = {
  [K in keyof L]: L[K] extends { readonly '~out': Shaping } ? true : false
}[number]
interface Through<L extends readonly unknown[]> extends Shaping {
  readonly gives: Flow<L, this['takes'], this['takes'], [], false> extends infer R
    ? R extends Chain<infer _, infer X>
      ? X
      : R extends [unknown, infer Complaint]
        ? Complaint
        : never
    : never
}
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

/**
 * The layers as one. What they know of their shapes must agree; a layer that says nothing of its result leaves the next
 * one to tracing.
 */
function chained(runs: readonly Run[]): Run {
  const { takes, gives } = together(runs)
  return {
    takes,
    gives,
    draws: runs.some(({ draws }) => draws),
    apply: (params: { readonly [position: string]: never }, input, key) =>
      runs.reduce<AnyTensor>(
        (tensor, run, i) =>
          named(`layer ${i}`, () => {
            takesOrFails(`layer ${i}`, run.takes, tensor)
            const own = key && run.draws ? foldIn(key, i) : undefined
            return run.apply((params[`${i}`] ?? {}) as never, tensor, own) as AnyTensor
          }),
        input,
      ),
  }
}

/** What all layers together take and give, as far as they say. */
function together(runs: readonly Run[]): Pick<Run, 'takes' | 'gives'> {
  let takes: Run['takes']
  let x: Facts | 'same' | undefined = 'same'
  for (const [i, run] of runs.entries()) {
    if (run.takes) {
      if (x === 'same') {
        // Nothing but layers that keep every shape stand before it.
        takes = run.takes === 'float' ? (takes ?? 'float') : run.takes
        if (run.takes !== 'float') x = run.takes
      } else if (x) {
        check(factsCheck(`layer ${i}`, run.takes, x))
        if (run.takes !== 'float' && takes && takes !== 'float') {
          const lead = run.takes.shape.slice(0, Math.max(0, run.takes.shape.length - x.shape.length))
          takes = { ...takes, shape: [...lead, ...takes.shape] }
        }
      }
    }
    if (run.gives !== 'same') x = run.gives
  }
  return { takes, gives: x }
}
