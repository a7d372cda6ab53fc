import { expect, test } from 'vitest'
import type { Expr, Variable } from '../../../../compiler/kernel/expr.ts'
import { add, apply, cast, i32, mul, sub } from '../../../../compiler/kernel/functions/tree.ts'
import type { Kernel, Statement } from '../../../../compiler/kernel/kernel.ts'
import { linearForm, linearRange, type Range, rangeOf } from '../../../../compiler/kernel/ranges.ts'
import * as fc from '../../../fc.ts'
import { evaluate } from './interpreter.ts'
import { arrayOf, assembled, printKernels } from './module.ts'

const variable = (name: string, extent?: number): Variable =>
  extent === undefined
    ? { kind: 'variable', dtype: 'i32', lanes: 1, name }
    : { kind: 'variable', dtype: 'i32', lanes: 1, name, extent }

const size = 24
const point = variable('point', size)

/** Copies slot 0 to slot 1, its element found at `address` after the statements before. */
const copying = (before: readonly Statement[], address: Expr): Kernel => ({
  name: 'copying',
  slots: [
    { name: 'from', dtype: 'i32', size, access: 'read' },
    { name: 'to', dtype: 'i32', size, access: 'write' },
  ],
  functions: [],
  nests: [
    {
      name: 'copying',
      grid: [{ index: point, extent: size }],
      body: [
        ...before,
        {
          kind: 'store',
          slot: 1,
          index: point,
          value: { kind: 'load', dtype: 'i32', lanes: 1, slot: 0, index: address },
        },
      ],
    },
  ],
})

test('an address is the same however it is put together, with parts bound to names, negative ones too', () => {
  const base = variable('base')
  const shift = fc.integer({ min: -3000, max: 3000 })
  const kind = fc.constantFrom('let' as const, 'var' as const)
  fc.assert(
    fc.property(shift, shift, kind, fc.boolean(), (a, b, kind, minus) => {
      const value = minus ? sub(i32(a), point) : sub(point, i32(a))
      const rest = minus ? sub(i32(a + b), base) : add(base, i32(a + b))
      const address = sub(rest, i32(b))
      const from = arrayOf(
        'i32',
        Array.from({ length: size }, (_, i) => 100 + i),
      )
      const run = assembled([copying([{ kind, variable: base, value }], address)])
      expect(run(0, 0, 0, size, [from, arrayOf('i32', new Array<number>(size).fill(0))])[1]).toEqual(from)
    }),
    { numRuns: 300 },
  )
})

test('a constant part that is safe goes into the instruction, and one that is not does not', () => {
  const base = variable('base')
  const bytes = (value: Expr): number => {
    const run = copying([{ kind: 'let', variable: base, value }], add(base, i32(3)))
    return moduleSize(run)
  }
  // base >= 0 is known of the first; the other needs an addition of its own: i32.const 12, i32.add.
  expect(bytes(sub(point, i32(3))) - bytes(add(point, i32(3)))).toBe(3)
})

const moduleSize = (kernel: Kernel): number => print(kernel).length
const print = (kernel: Kernel): Uint8Array => printKernels([kernel])

/** i32 expressions of two variables, with all that ranges are known through. */
const [x, y] = [variable('x'), variable('y')]
const expressions = fc.letrec<{ expr: Expr }>((tie) => ({
  expr: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(x, y),
    fc.integer({ min: -40, max: 40 }).map(i32),
    fc
      .tuple(fc.constantFrom('add', 'sub', 'mul', 'min', 'max'), tie('expr'), tie('expr'))
      .map(([op, a, b]) => apply(op as 'add', a, b)),
    tie('expr').map((a) => apply('neg', a)),
    fc.tuple(tie('expr'), fc.integer({ min: 0, max: 5 })).map(([a, by]) => apply('shl', a, i32(by))),
    fc
      .tuple(fc.constantFrom('div', 'rem'), tie('expr'), fc.integer({ min: 1, max: 9 }))
      .map(([op, a, by]) => apply(op as 'div', a, i32(by))),
    fc.tuple(tie('expr'), tie('expr'), tie('expr')).map(([a, b, c]) => apply('select', apply('less', a, b), b, c)),
    fc.tuple(tie('expr'), tie('expr')).map(([a, b]) => cast(apply('less', a, b), 'i32')),
  ),
})).expr

test('every value of an expression lies in its range, and equals its linear form modulo 2^32', () => {
  const bounds = fc
    .tuple(fc.integer({ min: -50, max: 50 }), fc.nat(50))
    .map(([low, width]): Range => [low, low + width])
  fc.assert(
    fc.property(expressions, bounds, bounds, fc.nat(), fc.nat(), (expr, inX, inY, a, b) => {
      const at = ([low, high]: Range, pick: number): number => low + (pick % (high - low + 1))
      const names = new Map([
        ['x', [at(inX, a)]],
        ['y', [at(inY, b)]],
      ])
      const value = (of: Expr): number => evaluate(of, { names, memory: [], functions: [] })[0]!
      const [low, high] = rangeOf(expr, (name) => (name === 'x' ? inX : inY))
      expect(value(expr)).toBeGreaterThanOrEqual(low)
      expect(value(expr)).toBeLessThanOrEqual(high)
      const form = linearForm(expr)
      const sum = form.terms.reduce(
        (sum, { atom, factor }) => sum + BigInt(value(atom)) * BigInt(factor),
        BigInt(form.constant),
      )
      expect(Number(BigInt.asIntN(32, sum))).toBe(value(expr))
      const [least, greatest] = linearRange(form, (atom) => rangeOf(atom, (name) => (name === 'x' ? inX : inY)))
      expect(Number(sum)).toBeGreaterThanOrEqual(least)
      expect(Number(sum)).toBeLessThanOrEqual(greatest)
    }),
    { numRuns: 2000 },
  )
})

test('terms of one variable become one', () => {
  expect(linearForm(add(mul(x, i32(3)), sub(i32(7), sub(x, y))))).toEqual({
    constant: 7,
    terms: [
      { atom: x, factor: 2 },
      { atom: y, factor: 1 },
    ],
  })
  expect(linearForm(sub(add(x, i32(1)), x))).toEqual({ constant: 1, terms: [] })
})
