import { foriLoop } from '../control/index.ts'
import { iota, zeros } from '../create.ts'
import type { Tensor } from '../tensor.ts'

/**
 * The rows of x, at most as many as they are long, made orthonormal by Gram-Schmidt. The ones before it are taken off
 * each row twice: once leaves, of rows that are nearly dependent, more than rounding errors (Giraud et al. 2005). Of
 * independent normal rows it makes a uniformly random frame, since the triangle of this QR decomposition has a positive
 * diagonal (Mezzadri 2007).
 */
export function orthogonalRows(x: Tensor<[number, number]>): Tensor<[number, number]> {
  const [count, length] = [x.size(0), x.size(1)]
  return foriLoop(
    0,
    count,
    (i, done: Tensor<[number, number]>) => {
      const across = (v: Tensor<[1, number]>) => v.sub(v.matmul(done.transpose()).matmul(done))
      // Rows that are not done yet are 0, so nothing is taken off for them.
      const left = across(across(x.take(i).expand(0)))
      const unit = left.div(left.norm())
      const here = iota(count).equal(i).expand(1)
      return done.add(here.cast('f32').mul(unit))
    },
    zeros([count, length]),
  )
}
