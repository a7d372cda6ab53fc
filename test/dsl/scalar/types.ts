import {
  type AnyTensor,
  f32,
  grad,
  program,
  type ScalarFunction,
  type Shape,
  scalar,
  type Tensor,
  vmap,
} from '../../../dsl/index.ts'
import { is } from '../is.ts'

// Laws of types, which `tsc` checks. Nothing here runs.

export const swish = is<ScalarFunction<[x: number]>>()(scalar((x: number) => x / (1 + Math.exp(-x))))
export const mixed = is<ScalarFunction<[x: number, y: number, t: number]>>()(
  scalar((x: number, y: number, t: number) => x + t * (y - x)),
)
/** Parameters need no types. */
export const product = scalar((x, y) => x * y, { name: 'product', uses: { k: 2, swish } })

export const five = scalar((a, b, c, d, e) => a + b + c + d + e)

export const numbers = () => {
  is<number>()(swish(1))
  is<number>()(mixed(1, 2, 3))
  return [1, 2, 3].map(swish)
}

export const shapes = (x: Tensor<['n', 3]>, y: Tensor<[3]>, column: Tensor<['n', 1]>, any: AnyTensor, a: number) => {
  is<Tensor<['n', 3]>>()(swish(x))
  is<Tensor<['n', 3]>>()(mixed(x, y, 0.5))
  is<Tensor<['n', 3]>>()(mixed(y, column, a))
  is<Tensor<[3]>>()(product(2, y))
  is<Tensor<[3]>>()(product(y, a))
  is<Tensor<Shape>>()(swish(any))
  is<Tensor<['n', 3]>>()(five(x, 1, y, 2, column))
  return mixed(1, 2, any)
}

export const transformed = program({ x: f32('n', 3) }, ({ x }) => {
  const slope = grad((x: Tensor<[3]>) => swish(x).sum())
  return is<Tensor<['n', 3]>>()(vmap((x: Tensor<[3]>) => slope(x).mul(swish(x)))(x))
})

/** It may stand where a function of numbers, or of tensors of certain shapes, is asked for. */
export const asNumbers: (x: number) => number = swish
export const asTensors: (x: Tensor<['n', 3]>, y: Tensor<[3]>) => Tensor<['n', 3]> = product

/** Code that is generic in its sizes needs no casts. */
export const generic = <D extends number>(x: Tensor<[D]>, y: Tensor<['n', D]>): Tensor<['n', D]> => product(y, x)

export const wrong = (x: Tensor<['n', 3]>, y: Tensor<[2]>, k: Tensor<['n'], 'i32'>) => {
  // @ts-expect-error "shape error: scalar: [n, 3] with [2]: 3 and 2 differ and neither is 1"
  product(x, y)
  // @ts-expect-error "dtype error: scalar: i32 is not f32; cast('f32') first"
  swish(k)
  // @ts-expect-error Expected 2 arguments, but got 1
  product(x)
  // @ts-expect-error Expected 1 arguments, but got 2
  swish(x, x)
  // @ts-expect-error "shape error: scalar: [n, 3] with [2]: 3 and 2 differ and neither is 1"
  five(x, 1, 2, y, 3)
  // @ts-expect-error 'string' is not assignable to an operand
  swish('x')
  // @ts-expect-error a condition is no number
  scalar((x: number) => x > 0)
  // @ts-expect-error a scalar function has numbers
  scalar((_x: string) => 1)
  // @ts-expect-error what is used is a number or a scalar function
  scalar((x) => x, { uses: { k: 'a' } })
}
