import { f32, grad, i32, program, type Tensor } from '../../dsl/index.ts'
import { compile } from '../../index.ts'
import { testOnDevices } from './results.ts'

// What is added at places, on devices: few updates directly, many of them sorted first.

const [rows, width] = [40, 3]
const strange = program({ x: f32(rows, width), at: i32(5), u: f32(5, width) }, ({ x, at, u }) => ({
  // An infinity stays where it is added.
  exact: {
    sums: x.scatterAdd(at, u),
    gradient: grad((x: Tensor<[40, 3]>) => x.take(at).mul(u).sum())(x),
    across: u.scatterAdd(at.slice([[1, 4]]), u.mul(2), 1),
  },
}))
const numbers = (length: number, of: (i: number) => number) => Float32Array.from({ length }, (_, i) => of(i))
const given = {
  x: numbers(rows * width, (i) => i / 8),
  at: Int32Array.of(0, 3, -1, 3, 40),
  u: Float32Array.of(Infinity, 1, -2, NaN, 2, 0.5, 1, -Infinity, 1, 4, 8, 16, NaN, NaN, NaN),
}
testOnDevices('what is no number is added where it belongs', strange, given, async (device) =>
  (await compile(strange, device))(given),
)

// 4,096 places of 1,500 updates: in two parts.
const many = program({ at: i32(1500), u: f32(1500, 4), w: f32(4096, 4) }, ({ at, u, w }) => {
  const add = (places: Tensor<[1500], 'i32'>) => w.scatterAdd(places, u)
  return {
    exact: {
      spread: add(at),
      together: add(at.rem(7)),
      beyond: add(at.sub(2000)),
      gradient: grad((w: Tensor<[4096, 4]>) => w.take(at).mul(u).sum())(w),
    },
  }
})
const sparse = {
  at: Int32Array.from({ length: 1500 }, (_, i) => (i * 2741) % 4096),
  // Sums of these are exact in f32, in whatever order.
  u: numbers(6000, (i) => ((i * 37) % 64) - 32),
  w: numbers(4 * 4096, (i) => i % 16),
}
testOnDevices('many updates', many, sparse, async (device) => (await compile(many, device))(sparse))
