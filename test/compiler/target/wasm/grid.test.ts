import { expect, test } from 'vitest'
import type { Expr, Variable } from '../../../../compiler/kernel/expr.ts'
import { add, apply, i32 } from '../../../../compiler/kernel/functions/tree.ts'
import type { Kernel, Nest } from '../../../../compiler/kernel/kernel.ts'
import * as fc from '../../../fc.ts'
import { arrayOf, assembled, instanceOf, printKernels, sharedMemory } from './module.ts'

const untouched = -1

/** Writes, at each point of a grid, the point's own number: found from the indices alone. */
function numbering(extents: readonly number[]): Nest {
  const grid = extents.map((extent, axis) => {
    const index: Variable = { kind: 'variable', dtype: 'i32', lanes: 1, name: `i${axis}`, extent }
    return { index, extent }
  })
  const number = grid.reduce<Expr>((sum, { index, extent }) => add(apply('mul', sum, i32(extent)), index), i32(0))
  return { name: 'numbering', grid, body: [{ kind: 'store', slot: 0, index: number, value: number }] }
}

const kernelOf = (size: number, nests: readonly Nest[]): Kernel => ({
  name: 'kernel',
  slots: [{ name: 'numbers', dtype: 'i32', size, access: 'write' }],
  functions: [],
  nests,
})

const grids = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 5 })

test('a nest visits the points from begin to end, row-major, and no others', () => {
  fc.assert(
    fc.property(grids, fc.nat(), fc.nat(), (extents, a, b) => {
      const size = extents.reduce((product, extent) => product * extent, 1)
      const [begin, end] = [a % (size + 1), b % (size + 1)]
      const run = assembled([kernelOf(size, [numbering(extents)])])
      const [numbers] = run(0, 0, begin, end, [arrayOf('i32', new Array<number>(size).fill(untouched))])
      expect([...numbers!]).toEqual(Array.from({ length: size }, (_, p) => (p >= begin && p < end ? p : untouched)))
    }),
    { numRuns: 300 },
  )
})

test('ranges that together are the grid do what the whole does', () => {
  fc.assert(
    fc.property(grids, fc.array(fc.nat(), { maxLength: 4 }), (extents, cuts) => {
      const size = extents.reduce((product, extent) => product * extent, 1)
      const run = assembled([kernelOf(size, [numbering(extents)])])
      const at = [0, ...cuts.map((cut) => cut % (size + 1)).sort((x, y) => x - y), size]
      let slots = [arrayOf('i32', new Array<number>(size).fill(untouched))] as readonly ReturnType<typeof arrayOf>[]
      for (const [i, begin] of at.slice(0, -1).entries()) slots = run(0, 0, begin, at[i + 1]!, slots) as typeof slots
      expect([...slots[0]!]).toEqual(Array.from({ length: size }, (_, p) => p))
    }),
  )
})

test('every nest of every kernel is a function of its own', () => {
  const kernels = [kernelOf(12, [numbering([12]), numbering([3, 4])]), kernelOf(2, [numbering([2])])]
  const { exports } = instanceOf(new WebAssembly.Module(printKernels(kernels)), sharedMemory(1))
  expect(Object.keys(exports)).toEqual(['k0_0', 'k0_1', 'k1_0', 'run'])
})

test('what cannot be printed says why', () => {
  const f32: Expr = { kind: 'constant', dtype: 'f32', lanes: 1, value: 1 }
  const storing = (value: Expr): Kernel =>
    kernelOf(4, [{ name: 'nest', grid: [], body: [{ kind: 'store', slot: 0, index: i32(0), value }] }])
  const message = (value: Expr): string => {
    try {
      printKernels([storing(value)])
      return 'printed'
    } catch (error) {
      return (error as Error).message
    }
  }
  expect(message({ kind: 'variable', dtype: 'f32', lanes: 1, name: 'x' })).toBe(
    'the kernel uses "x" where nothing of that name is bound',
  )
  expect(message({ kind: 'apply', op: 'add', dtype: 'f32', lanes: 4, args: [f32, f32] })).toBe(
    'add of 4 lanes needs operands of 4, was given 1',
  )
  expect(message({ kind: 'call', name: 'g', dtype: 'f32', lanes: 1, args: [], result: 0 })).toBe(
    'kernel kernel calls g, which is not among its functions',
  )
  expect(message({ kind: 'reduce', op: 'add', dtype: 'f32', lanes: 1, over: [], body: f32 })).toMatch('no reduce')
  expect(message(apply('shl', f32, f32))).toBe('the operator shl is not defined on f32')
  const many = { ...storing(f32), slots: new Array<Kernel['slots'][number]>(998).fill(storing(f32).slots[0]!) }
  expect(() => printKernels([many])).toThrow(
    'kernel kernel touches 998 tensors; a WebAssembly function can be given 997',
  )
})
