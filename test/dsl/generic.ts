import { concat, type Dim, einsum, type Shape, stack, type Tensor, where } from '../../dsl/index.ts'
import { is } from './is.ts'

// Laws of types, which `tsc` checks: in functions that are generic in their dims, what is made of a tensor is known as
// well as outside, without casts. Nothing here runs.

export function broadcasts<N extends Dim, M extends Dim, D extends Dim>(
  x: Tensor<[N, D]>,
  y: Tensor<[M, D]>,
  cube: Tensor<[N, M, D]>,
) {
  is<Tensor<[N, M, D]>>()(x.expand(1).sub(y.expand(0)))
  is<Tensor<[N, M, D]>>()(y.expand(0).sub(x.expand(1)))
  is<Tensor<[N, M, D]>>()(y.mul(cube))
  const greatest = is<Tensor<[N, 1]>>()(x.max(1, { keepdims: true }))
  is<Tensor<[N, D]>>()(x.sub(greatest))
  is<Tensor<[N, D]>>()(greatest.sub(x))
  is<Tensor<[N, M, D]>>()(cube.sum([1, 2], { keepdims: true }).mul(cube))
  is<Tensor<[N, M, D], 'bool'>>()(x.expand(1).less(y))
  is<Tensor<[N, D]>>()(where(x.greater(greatest), x, 0))
  // @ts-expect-error nothing says that N is M
  return x.add(y)
}

export function reductions<N extends Dim, M extends Dim, D extends Dim>(x: Tensor<[N, M, D]>) {
  is<Tensor<[]>>()(x.mean())
  is<Tensor<[D]>>()(x.mean([0, 1]))
  is<Tensor<[M]>>()(x.sum([0, -1]))
  is<Tensor<[N, 1, 1]>>()(x.max([1, 2], { keepdims: true }))
  is<Tensor<[N, D], 'i32'>>()(x.argmax(1))
  is<Tensor<[N, M, 3]>>()(x.topK(3, 2).values)
  is<Tensor<[N, M, 3], 'i32'>>()(x.topK(3).indices)
  is<Tensor<[N, M, D]>>()(x.softmax(2).cumsum(1).sort(0))
  // @ts-expect-error "shape error: mean: axes [0, 0] of [N, M, D] name one twice"
  return x.mean([0, 0])
}

/** Of a rank that is not known nothing more is. */
export const joined = (x: Tensor<Shape>) => is<Tensor<Shape>>()(concat([x, x], 0))

export function layouts<N extends Dim, D extends Dim>(x: Tensor<[N, D]>, heads: Tensor<[N, D, 512]>) {
  const [n, d] = x.shape
  is<Tensor<[N, D, 1]>>()(x.reshape([n, d, 1]))
  is<Tensor<[N, 1, D]>>()(x.reshape([n, 1, d]))
  is<Tensor<[N, D, 8, 64]>>()(heads.reshape([n, d, 8, 64]))
  is<Tensor<[N, 2, D]>>()(stack([x, x], 1))
  is<Tensor<[N, D, 515]>>()(concat([heads, heads.slice([null, null, [0, 3]])], 2))
  is<Tensor<[N, D, 256]>>()(heads.split(2, 2)[0])
  is<Tensor<[D, N, 512]>>()(heads.permute([1, 0, 2]))
  is<Tensor<[D, 512]>>()(heads.slice([0]))
  is<Tensor<[3, D]>>()(
    x.slice([
      [0, 3],
      [0, null],
    ]),
  )
  // @ts-expect-error "shape error: reshape: [N, D, 512] to [N, D, 8, 32] changes the number of elements"
  heads.reshape([n, d, 8, 32])
  // @ts-expect-error other dims, in whichever order they stand
  return x.reshape([d, n])
}

export function products<B extends Dim, N extends Dim, D extends Dim>(
  x: Tensor<[B, N, D]>,
  at: Tensor<[N], 'i32'>,
  each: Tensor<[B, 1, D], 'i32'>,
) {
  is<Tensor<[B, N]>>()(x.matmul(x.mean([0, 1])))
  const scores = is<Tensor<[B, N, N]>>()(x.matmul(x.permute([0, 2, 1])))
  is<Tensor<[B, N, D]>>()(scores.softmax(2).matmul(x))
  const grams: Tensor<[N, D, D]> = einsum('bnd,bne->nde', x, x)
  is<Tensor<[N, N, D]>>()(x.take(at))
  is<Tensor<[B, 1, D]>>()(x.takeAlong(each, 1))
  return grams
}

/** Wholly generic shapes meet their own kind and what stretches to it. */
export function shapes<S extends Shape>(x: Tensor<S>, y: Tensor<S>) {
  is<Tensor<S>>()(x.sub(y).mul(2))
  is<Tensor<S>>()(x.sub(x.mean()))
  return is<Tensor<S>>()(where(x.greater(y), x, y))
}
