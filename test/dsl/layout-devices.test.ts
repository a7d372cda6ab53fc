import {
  type AnyProgram,
  avgPool1d,
  avgPool2d,
  conv1d,
  conv2d,
  einsum,
  eye,
  f32,
  grad,
  i32,
  linspace,
  maxPool2d,
  program,
  stack,
  type Tensor,
  tensor,
} from '../../dsl/index.ts'
import { compile } from '../../index.ts'
import { testOnDevices } from './results.ts'
import { numbers } from './run.ts'

// What moves elements, and the products and windows that are made of moves, give as kernels what the evaluator gives.

type Image = Tensor<[2, 5, 6, 4]>
type Weights = Tensor<[3, 2, 2, 6]>
const specs = {
  x: f32(2, 5, 6, 4),
  w: f32(3, 2, 2, 6),
  m: f32(4, 6),
  a: f32(3, 3),
  n: i32(6),
  at: i32(2, 2),
  along: i32(4, 2),
}
const convolved = (x: Image, w: Weights) =>
  conv2d(x, w, { groups: 2, stride: [2, 1], dilation: [1, 2], padding: [[1, 2], 1] })
const of = program(specs, ({ x, w, m, a, n, at, along }) => ({
  exact: {
    turned: x.permute([3, 0, -2, 1]).transpose().flip([0, 2]).roll(-2, 1),
    repeated: m
      .repeat(2, 1)
      .tile([2, 1])
      .slice([[1, -1, 3]]),
    padded: m.pad([[1, 0], 2], -1.5),
    lowest: n.pad(1, -7),
    parted: stack(m.split(3, 1), 1).squeeze(),
    taken: m.take(at, 1),
    takenAlong: [m.takeAlong(along, 1), m.transpose().takeAlong(along.transpose(), 0)],
    scattered: n.scatterAdd(at.flatten(), n.slice([[0, 4]])),
    triangles: [m.tril(1), m.triu(-1), eye(4, 6).mul(m)],
    written: tensor([
      [1, 2],
      [3, 4],
    ]).broadcastTo([3, 2, 2]),
    diagonal: einsum('ii->i', a),
    greatest: maxPool2d(x, [2, 3], { padding: 1, stride: [1, 2] }),
    wholeGreatest: maxPool2d(n.reshape([2, 3, 1]), 2, { padding: 'same', stride: 1 }),
  },
  close: {
    line: linspace(-1, 3, 7),
    scattered: m.scatterAdd(at, m.take(at, 1), 1),
    products: [
      einsum('ij,kj', m, m),
      einsum('ij,ik,kl->lj', m, m.slice([null, [0, 3]]), a),
      einsum('b...c,...d->b...cd', x, m.slice([[0, 1]])),
      einsum('ii', a),
    ],
    windows: [
      convolved(x, w),
      conv1d(
        m,
        w
          .slice([0])
          .reshape([1, 6, 4])
          .slice([null, [0, 6]]),
        { padding: 'same' },
      ),
      conv2d(x, w.slice([null, null, [0, 1]]).tile([1, 1, 4, 1]), { padding: 'same', stride: 2 }),
    ],
    means: [avgPool2d(x, 2, { padding: 1 }), avgPool1d(m, 3, { stride: 1, padding: 1, countIncludePad: true })],
    slopes: [
      grad((x: Image) => convolved(x, w).square().sum())(x),
      grad((w: Weights) => convolved(x, w).square().sum())(w),
      grad((x: Image) => maxPool2d(x, 3, { stride: 2 }).square().sum())(x),
      grad((x: Image) => avgPool2d(x, 2, { padding: 'same', stride: 1 }).square().sum())(x),
      grad((m: Tensor<[4, 6]>) => einsum('ij,kj,ik->', m, m, m.slice([null, [0, 4]])))(m),
      grad((m: Tensor<[4, 6]>) => m.take(at, 1).square().sum())(m),
      grad((m: Tensor<[4, 6]>) =>
        m
          .slice([
            [0, null, 2],
            [1, -1],
          ])
          .tril()
          .flip(0)
          .pad(1, 3)
          .square()
          .sum(),
      )(m),
    ],
  },
}))

const inputs = {
  x: Float32Array.from(numbers(240, 1)),
  w: Float32Array.from(numbers(72, 2)),
  m: Float32Array.from(numbers(24, 3)),
  a: Float32Array.from(numbers(9, 4)),
  n: Int32Array.of(-7, 100, 0, 3, -(2 ** 31), 2),
  at: Int32Array.of(3, 0, -1, 3),
  along: Int32Array.of(0, 5, 6, 1, 2, 2, -1, 3),
}

testOnDevices('layout', of as unknown as AnyProgram, inputs, async (device) => (await compile(of, device))(inputs))
