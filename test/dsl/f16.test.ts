import { expect, test } from 'vitest'
import { type Traced as Compilable, compileTraced } from '../../compiler/compile.ts'
import { type AnyProgram, f16, f32, foriLoop, iota, ones, program, type Tensor, traceProgram } from '../../dsl/index.ts'
import { is } from './is.ts'
import { runBody, tracing } from './run.ts'

test('the language computes with half precision as with any float', () => {
  const specs = { h: f16('n', 2), x: f32('n', 2) }
  const body = ({ h, x }: { h: Tensor<['n', 2], 'f16'>; x: Tensor<['n', 2]> }) => [
    is<Tensor<['n', 2], 'f16'>>()(
      h
        .exp()
        .mul(2)
        .add(ones([2], 'f16')),
    ),
    is<Tensor<['n'], 'f16'>>()(h.mean(1)),
    is<Tensor<['n', 2], 'f16'>>()(x.cast('f16').mul(iota(2, 'f16'))),
    is<Tensor<['n', 2]>>()(h.cast('f32').add(x)),
  ]
  expect(runBody(specs, body, { h: [0, 0], x: [3, 4] }, { n: 1 })).toEqual([[3, 3], [0], [0, 4], [3, 4]])
  expect(() => tracing({ h: f16(2), x: f32(2) }, ({ h, x }) => h.add(x as unknown as typeof h))).toThrow(
    'dtype error: add: f16 with f32; cast one of them',
  )
})

test('and devices say that they cannot', () => {
  const of = (body: (x: Tensor<[2]>) => Tensor<[2]>) =>
    traceProgram(program({ x: f32(2) }, ({ x }) => body(x), { name: 'half' }) as unknown as AnyProgram)
  const compiled = (body: (x: Tensor<[2]>) => Tensor<[2]>) => () => compileTraced(of(body) as Compilable, 'wasm')
  expect(compiled((x) => x.cast('f16').cast('f32'))).toThrow(
    /^half: cast is f16 .*f16\.test\.ts.*, which kernels cannot compute with yet; use f32$/,
  )
  expect(compiled((x) => foriLoop(0, 3, (_, x) => x.cast('f16').mul(2).cast('f32'), x))).toThrow(
    /: cast is f16 .*f16\.test\.ts.*, which kernels cannot compute with yet; use f32$/,
  )
})
