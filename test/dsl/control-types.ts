import { f32, foriLoop, program, scan, type Tensor, vmap, whileLoop, zeros } from '../../dsl/index.ts'
import { is } from './is.ts'
// Laws of types, which `tsc` checks. Nothing here runs.

/** Carries may be tuples, as they may be records. */
export const sums = program({ x: f32('n', 4) }, ({ x }) => {
  const [[h, i], each] = scan(([h, i], row) => [[h.add(row), i.add(1)], row.sum()], [zeros([4]), zeros([], 'i32')], x)
  is<Tensor<[4]>>()(h)
  is<Tensor<[], 'i32'>>()(i)
  is<Tensor<['n']>>()(each)
  return h
})
export const grown = program({ x: f32(4) }, ({ x }) => {
  const [y, n] = whileLoop(
    ([, n]) => n.less(5),
    ([y, n]) => [y.mul(2), n.add(1)],
    [x, zeros([], 'i32')],
  )
  is<Tensor<[4]>>()(y)
  return is<Tensor<[], 'i32'>>()(n)
})
export const counted = program({ x: f32(4) }, ({ x }) => {
  const [y, n] = foriLoop(0, 3, (i, [y, n]) => [y.mul(2), n.add(i)], [x, zeros([], 'i32')])
  is<Tensor<[4]>>()(y)
  return is<Tensor<[], 'i32'>>()(n)
})
/** What JSON.parse gives: Any. */
type Any = ReturnType<typeof JSON.parse>
/** What is of no type that is known stays so. */
export const a = (x: Any) => vmap((y: Any) => y.sum())(x)
export const b = (x: Any) => scan((c: Any, y: Any) => [c.add(y), null], x, x)
