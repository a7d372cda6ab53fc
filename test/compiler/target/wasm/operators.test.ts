import { expect, test } from 'vitest'
import type { Expr, Lanes, Operator, Scalar, Variable } from '../../../../compiler/kernel/expr.ts'
import { apply, i32 } from '../../../../compiler/kernel/functions/tree.ts'
import type { Kernel } from '../../../../compiler/kernel/kernel.ts'
import * as fc from '../../../fc.ts'
import { specials } from './arbitrary.ts'
import { interpret } from './interpreter.ts'
import { arrayOf, assembled } from './module.ts'
import { modes } from './relaxed.ts'

/** Every operator on every type that it has, in both widths, on all combinations of values at the ends of the types. */
const floats = ['f32'] as const
const integers = ['i32', 'u32'] as const
const numbers = ['f32', 'i32', 'u32'] as const
const all = ['f32', 'i32', 'u32', 'bool'] as const

interface Signature {
  readonly op: Operator
  readonly args: readonly Scalar[]
  readonly result: Scalar
}

const uniform = (op: Operator, count: number, types: readonly Scalar[], result?: Scalar): readonly Signature[] =>
  types.map((type) => ({ op, args: new Array<Scalar>(count).fill(type), result: result ?? type }))

const signatures: readonly Signature[] = [
  ...(['add', 'sub', 'mul', 'div', 'rem', 'min', 'max'] as const).flatMap((op) => uniform(op, 2, numbers)),
  ...(['neg', 'abs'] as const).flatMap((op) => uniform(op, 1, numbers)),
  ...uniform('fma', 3, floats),
  ...(['exp', 'sqrt', 'floor', 'round'] as const).flatMap((op) => uniform(op, 1, floats)),
  ...(['and', 'or'] as const).flatMap((op) => uniform(op, 2, ['i32', 'u32', 'bool'])),
  ...uniform('xor', 2, integers),
  ...uniform('not', 1, ['i32', 'u32', 'bool']),
  ...(['shl', 'shr'] as const).flatMap((op) => uniform(op, 2, integers)),
  ...(['less', 'lessEqual'] as const).flatMap((op) => uniform(op, 2, numbers, 'bool')),
  ...uniform('equal', 2, all, 'bool'),
  ...all.map((type): Signature => ({ op: 'select', args: ['bool', type, type], result: type })),
  ...all.flatMap((from) =>
    all.flatMap((to): Signature[] => (from === to ? [] : [{ op: 'cast', args: [from], result: to }])),
  ),
  ...numbers.flatMap((from) =>
    numbers.flatMap((to): Signature[] => (from === to ? [] : [{ op: 'bitcast', args: [from], result: to }])),
  ),
]

const usable = (op: Operator, arg: number, value: number, type: Scalar): boolean => {
  if ((op === 'div' || op === 'rem') && arg === 1 && type !== 'f32') return value !== 0
  if (op === 'shl' || op === 'shr') return arg === 0 || (value >= 0 && value <= 31)
  // The bits of NaN are the engine's to choose.
  return op !== 'bitcast' || !Number.isNaN(value)
}

const more: { readonly [type in Scalar]: readonly number[] } = {
  ...specials,
  f32: [...specials.f32, 1.5, -0.5, 2 ** 23 + 1, -3.7, 2147483648, 1e-45],
  i32: [...specials.i32, -7, 3, 7],
}

function product(lists: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return lists.reduce<readonly (readonly number[])[]>(
    (rows, list) => rows.flatMap((row) => list.map((x) => [...row, x])),
    [[]],
  )
}

test.each(signatures)('$op of $args', ({ op, args, result }) => {
  const rows = product(args.map((type, arg) => more[type].filter((value) => usable(op, arg, value, type))))
  const size = 4 * Math.ceil(rows.length / 4)
  const before = [
    ...args.map((type, arg) =>
      arrayOf(
        type,
        Array.from({ length: size }, (_, i) => rows[i % rows.length]![arg]!),
      ),
    ),
    arrayOf(result, new Array<number>(size).fill(9)),
  ]
  for (const lanes of [1, 4] as const) {
    const kernel = kernelOf(op, args, result, size, lanes)
    const wanted = before.map((array) => array.slice())
    interpret(kernel, kernel.nests[0]!, wanted, 0, size / lanes)
    const got = assembled([kernel])(0, 0, 0, size / lanes, before)
    expect([...got[args.length]!]).toEqual([...wanted[args.length]!])
  }
})

test('a choice between lanes and zeros keeps every bit of both, and the sign of a zero', () => {
  const bools = [0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0]
  const values = [1.5, -0, Infinity, -2, 1e-45, -1e-45, Number.NaN, 3, -Infinity, 0, -7, 8]
  for (const zero of [0, -0])
    for (const first of [true, false]) {
      const kernel = kernelOf('select', ['bool', 'f32', 'f32'], 'f32', 12, 4)
      const store = kernel.nests[0]!.body[0] as Extract<Kernel['nests'][0]['body'][0], { readonly kind: 'store' }>
      const [condition, value] = (store.value as Extract<Expr, { readonly kind: 'apply' }>).args
      const constant: Expr = { kind: 'constant', dtype: 'f32', lanes: 1, value: zero }
      const zeros: Expr = { kind: 'apply', op: 'splat', dtype: 'f32', lanes: 4, args: [constant] }
      const args = first ? [condition!, zeros, value!] : [condition!, value!, zeros]
      const body = [{ ...store, value: { ...store.value, args } as Expr }]
      const run = assembled([{ ...kernel, nests: [{ ...kernel.nests[0]!, body }] }])
      const slots = [arrayOf('bool', bools), arrayOf('f32', values), arrayOf('f32', values), arrayOf('f32', values)]
      const got = run(0, 0, 0, 3, slots)[3]!
      expect([...got]).toEqual(bools.map((bool, i) => ((bool === 1) === first ? zero : Math.fround(values[i]!))))
    }
})

test.each(modes)('a multiply-add is rounded once or twice, relaxed: $relaxed', ({ relaxed }) => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 12, maxLength: 12 }), (x) => {
      const slots = [0, 4, 8].map((at) => arrayOf('f32', x.slice(at, at + 4)))
      const run = assembled([kernelOf('fma', ['f32', 'f32', 'f32'], 'f32', 4, 4)], { relaxed })
      const got = run(0, 0, 0, 1, [...slots, arrayOf('f32', [0, 0, 0, 0])])[3]!
      for (const [i, value] of got.entries()) {
        const [a, b, c] = slots.map((slot) => slot[i]!) as [number, number, number]
        const twice = Math.fround(Math.fround(a * b) + c)
        // The product is exact in float64; its sum is rounded there once more, which only a tie could show.
        expect(relaxed ? [twice, Math.fround(a * b + c)] : [twice]).toContain(value)
      }
    }),
    { numRuns: 200 },
  )
})

function kernelOf(op: Operator, args: readonly Scalar[], dtype: Scalar, size: number, lanes: Lanes): Kernel {
  const point: Variable = { kind: 'variable', dtype: 'i32', lanes: 1, name: 'point' }
  const index = lanes === 4 ? apply('mul', point, i32(4)) : point
  const loads = args.map((type, slot): Expr => ({ kind: 'load', dtype: type, lanes, slot, index }))
  return {
    name: op,
    slots: [
      ...args.map((type, i) => ({ name: `a${i}`, dtype: type, size, access: 'read' as const })),
      { name: 'result', dtype, size, access: 'write' },
    ],
    functions: [],
    nests: [
      {
        name: op,
        grid: [{ index: point, extent: size / lanes }],
        body: [{ kind: 'store', slot: args.length, index, value: { kind: 'apply', op, dtype, lanes, args: loads } }],
      },
    ],
  }
}
