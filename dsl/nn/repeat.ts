import { type Checkpoint, scanned } from '../control/scan.ts'
import { described } from '../error.ts'
import { optionsOf } from '../option.ts'
import { split } from '../random/index.ts'
import { type Shape, type Show, show } from '../shape/dim.ts'
import type { DType } from '../shape/dtype.ts'
import type { Needs } from '../shape/rule.ts'
import { type AnySpec, type Initialiser, isSpec, type Spec } from '../spec.ts'
import type { AnyTensor, Key, Tensor } from '../tensor.ts'
import { fail } from '../trace/trace.ts'
import { vmap } from '../transforms/vmap.ts'
import { mapTree } from '../tree.ts'
import { type AnyLayer, checkLayer, type Layer, layerOf, type Run } from './layer.ts'

/** Parameters of N layers, stacked along a new first axis. */
export type Stacked<P, N extends number> = {
  [K in keyof P]: P[K] extends Spec<infer S, infer D> ? Spec<[N, ...S], D> : Stacked<P[K], N>
} extends infer Q extends object
  ? Q
  : never

/** Check: a layer gives what it takes. */
type Keeps<L> = L extends { readonly '~in': infer I; readonly '~out': infer O }
  ? O extends 'same'
    ? never
    : I extends Tensor<infer S, infer D>
      ? O extends Tensor<infer T, infer E>
        ? { s: T; d: E } extends { s: S; d: D }
          ? never
          : `shape error: repeat: the layer takes ${Shown<S, D>} and gives ${Shown<T, E>}`
        : never
      : never
  : never
type Shown<S extends Shape, D extends DType> = D extends 'f32' ? Show<S> : `${Show<S>} of ${D}`

/**
 * A layer `depth` times in a row, each time with parameters of its own, which are stacked: a loop (`scan`) that is
 * traced and compiled once, however deep it is. `checkpoint` says what a gradient keeps of each turn, as for `scan`.
 * Where every layer is to stay an equation by itself, write `sequential(layer, layer, ...)`.
 */
export function repeat<const N extends number, L extends AnyLayer>(
  depth: N,
  layer: Needs<Keeps<L>, L>,
  options?: { readonly checkpoint?: Checkpoint },
): L extends { readonly '~in': infer I; readonly '~out': infer O; readonly params: infer P }
  ? Layer<I, O, Stacked<P, N>>
  : never
export function repeat(depth: number, layer: unknown, options: { readonly checkpoint?: Checkpoint } = {}): unknown {
  if (!Number.isSafeInteger(depth) || depth < 0)
    throw fail(`type error: repeat: ${described(depth)} is not a number of layers; write a whole number from 0`)
  checkLayer('repeat', layer, 'the layer')
  const { params, '~run': run } = layer
  optionsOf('repeat', options, ['checkpoint'])
  checkKeeps(run)
  const turn = (x: AnyTensor, { params, key }: { params: never; key?: Key }) => [run.apply(params, x, key), null]
  return layerOf(stacked(params, depth), {
    ...run,
    apply: (given: object, x, key) => {
      const keys = key !== undefined && run.draws ? { key: split(key, [depth]) } : {}
      const [result] = scanned('repeat', turn as never, x, { params: given, ...keys }, { length: depth, ...options })
      return result
    },
  })
}

function checkKeeps({ takes, gives }: Run): void {
  if (!takes || takes === 'float' || !gives || gives === 'same') return
  const same = takes.dtype === gives.dtype && show(takes.shape) === show(gives.shape)
  const shown = ({ shape, dtype }: typeof takes) => (dtype === 'f32' ? show(shape) : `${show(shape)} of ${dtype}`)
  if (!same) throw fail(`shape error: repeat: the layer takes ${shown(takes)} and gives ${shown(gives)}`)
}

/** Each layer starts from a key of its own. */
const stacked = (params: object, depth: number): object =>
  mapTree(params, isSpec, ({ initialiser, ...spec }: AnySpec) => {
    const each: Initialiser | undefined =
      initialiser &&
      ((key, shape) => {
        const one = (key: Key) => initialiser(key, shape.slice(1))
        return vmap(one)(split(key, [depth])) as unknown as AnyTensor
      })
    return { ...spec, shape: [depth, ...spec.shape], initialiser: depth > 0 ? each : undefined }
  }) as object
