import { expect, test } from 'vitest'
import type { Expr, Variable } from '../../../compiler/kernel/expr.ts'
import type { Kernel } from '../../../compiler/kernel/kernel.ts'
import { printExpr, printKernel } from '../../../compiler/kernel/print.ts'
import { Scalars } from '../../../compiler/kernel/scalars.ts'
import { f32, program } from '../../../dsl/index.ts'
import { compileProgram } from '../fuse/compile-program.ts'

test('a kernel reads as the loops that it is', () => {
  const norms = program({ x: f32('n', 5) }, ({ x }) => x.square().sum(1).sqrt())
  const { plan } = compileProgram(norms, { n: 3 }, 'wgsl')
  expect(printKernel(plan.kernels[0]!).replaceAll(/test\.ts:\d+/g, 'test.ts:7')).toMatchInlineSnapshot(`
    "kernel result
      read x: f32[15]
      write result: f32[3]
      nest result
        threads thread < 256
        let at: i32 = (thread / 4)
        let at_1: i32 = min(at, 2)
        let at_2: i32 = (at_1 * 5)
        let at_3: i32 = (thread % 4)
        let x: f32 = x[(at_2 + at_3)]
        let square: f32 = (x * x)    # square, print.test.ts:7
        let x_1: f32 = x[(at_2 + min((at_3 + 4), 4))]
        let square_1: f32 = (x_1 * x_1)    # square, print.test.ts:7
        var sum: f32 = (square + select((at_3 < 1), square_1, 0))    # sum, print.test.ts:7
        combine add sum over 4 threads
        let result: f32 = sqrt(sum)    # result, print.test.ts:7
        if ((at < 3) & (at_3 == 0))
          result[at_1] = result"
  `)
})

test('every statement has its form, and slots of one name are told apart', () => {
  const s = new Scalars()
  const named = (name: string, dtype: Expr['dtype'], lanes: Expr['lanes'] = 1): Variable => ({
    kind: 'variable',
    dtype,
    lanes,
    name,
  })
  const [i, k, sum, x] = [named('i', 'i32'), named('k', 'i32'), named('sum', 'f32', 4), named('x', 'f32')]
  const loaded = s.load(0, 'f32', s.add(s.mul(i, s.index(8)), k), 4)
  const kernel: Kernel = {
    name: 'state.w',
    slots: [
      { name: 'state.w', dtype: 'f32', size: 64, access: 'read' },
      { name: 'state.w', dtype: 'f32', size: 32, access: 'write' },
      { name: 'is ready', dtype: 'bool', size: 8, access: 'update' },
    ],
    functions: [],
    nests: [
      {
        name: 'state.w',
        grid: [{ index: i, extent: 8 }],
        body: [
          { kind: 'var', variable: sum, value: s.apply('splat', [s.constant(0, 'f32')]), note: 'sum, model.ts:3' },
          {
            kind: 'for',
            index: k,
            from: 0,
            to: 8,
            step: 4,
            body: [{ kind: 'set', variable: sum, value: s.add(sum, loaded) }],
          },
          { kind: 'let', variable: x, value: s.apply('sumLanes', [sum]) },
          {
            kind: 'if',
            condition: s.less(x, s.constant(0.5, 'f32')),
            body: [
              { kind: 'store', slot: 2, index: i, value: s.constant(1, 'bool') },
              { kind: 'store', slot: 1, index: s.mul(i, s.index(4)), value: s.apply('splat', [s.apply('exp', [x])]) },
            ],
          },
        ],
      },
      { name: 'nothing', grid: [], body: [] },
    ],
  }
  expect(printKernel(kernel)).toMatchInlineSnapshot(`
    "kernel state.w
      read state.w: f32[64]
      write state.w_1: f32[32]
      update is_ready: bool[8]
      nest state.w, for each i < 8
        var sum: f32x4 = splat(0)    # sum, model.ts:3
        for k from 0 to 8 by 4
          sum = (sum + state.w[((i * 8) + k) ..+4])
        let x: f32 = sumLanes(sum)
        if (x < 0.5)
          is_ready[i] = true
          state.w_1[(i * 4) ..+4] = splat(exp(x))
      nest nothing"
  `)
})

test('sums that are still to be scheduled are printed with what they run over', () => {
  const s = new Scalars()
  const [i, k] = [s.loop('i', 2), s.loop('k', 3)]
  const x = s.load(0, 'f32', s.add(s.mul(i, s.index(3)), k))
  const bits = s.bitcast(s.select(s.less(k, s.index(2)), x, s.constant(-1, 'f32')), 'u32')
  expect(printExpr(s.reduce('max', [k], bits), [])).toMatchInlineSnapshot(
    `"max(k_1 < 3: bitcast u32 (select((k_1 < 2), slot_0[((i_0 * 3) + k_1)], -1)))"`,
  )
})
