import { described } from './error.ts'
import { checkFunction } from './given.ts'
import { isDim, type Shape } from './shape/dim.ts'
import type { DType } from './shape/dtype.ts'
import type { AnyTensor, Key, Tensor } from './tensor.ts'
import { fail } from './trace/trace.ts'

/** What an input is: its shape, its dtype, and how it starts where it is a parameter. */
export interface Spec<out S extends Shape, out D extends DType = 'f32'> {
  readonly shape: S
  readonly dtype: D
  /** Traced when a program's first state is made; without one the tensor starts at zero. */
  readonly initialiser: Initialiser | undefined
  /** The type of the tensor; there is no such value. */
  readonly '~tensor': Tensor<S, D>
}
export type AnySpec = Spec<Shape, DType>
export type Specs = { readonly [name: string]: AnySpec | Specs }

/** Makes a tensor of `shape` from a key of its own. */
export type Initialiser = (key: Key, shape: Shape) => AnyTensor

/** The tensors that a record of specs describes. */
export type Tensors<P> = { [K in keyof P]: P[K] extends { readonly '~tensor': infer T } ? T : Tensors<P[K]> }

export const f32 = <const S extends Shape>(...shape: S): Spec<[...S]> => spec(shape, 'f32')
/** Half precision: stored in 16 bits, where the device has them, and computed in 32. */
export const f16 = <const S extends Shape>(...shape: S): Spec<[...S], 'f16'> => spec(shape, 'f16')
export const i32 = <const S extends Shape>(...shape: S): Spec<[...S], 'i32'> => spec(shape, 'i32')
export const u32 = <const S extends Shape>(...shape: S): Spec<[...S], 'u32'> => spec(shape, 'u32')
export const bool = <const S extends Shape>(...shape: S): Spec<[...S], 'bool'> => spec(shape, 'bool')
/** A random key. As state it starts as a key made from the seed. */
export const key = (): Spec<[], 'key'> => spec([], 'key')

/** The spec with an initialiser: `initialised(f32(3), (key, shape) => normal(key, shape))`. */
export const initialised = <S extends Shape, D extends DType>(
  of: Spec<S, D>,
  initialiser: (key: Key, shape: S) => Tensor<S, D>,
): Spec<S, D> => {
  if (!isSpec(of))
    throw fail(`type error: initialised: ${described(of)} is not a spec; write initialised(f32(3), initialiser)`)
  checkFunction('initialised', initialiser, 'a function of a key and a shape')
  return { ...of, initialiser: initialiser as unknown as Initialiser }
}

function spec<S extends Shape, D extends DType>(shape: Shape, dtype: D): Spec<S, D> {
  const wrong = shape.findIndex((dim) => !isDim(dim))
  if (wrong >= 0) throw fail(`shape error: ${dtype}: ${described(shape[wrong])} is not a dim; write a size or a name`)
  return { shape, dtype, initialiser: undefined } as unknown as Spec<S, D>
}

export const isSpec = (x: unknown): x is AnySpec =>
  typeof x === 'object' &&
  x !== null &&
  'initialiser' in x &&
  'dtype' in x &&
  typeof x.dtype === 'string' &&
  'shape' in x &&
  Array.isArray(x.shape)
