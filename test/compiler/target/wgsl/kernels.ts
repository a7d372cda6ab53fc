import type { ScalarFunction } from '../../../../compiler/kernel/expr.ts'
import type { Kernel } from '../../../../compiler/kernel/kernel.ts'
import { add, apply, bind, constant, index, kernel, load, loop, mul, nest, slot, store, variable } from './by-hand.ts'

/** y = silu(x w + b), four columns at a time: a reduction, lanes, notes, and names that are not identifiers. */
export function dense(rows: number, inner: number, columns: number): Kernel {
  const [i, j, k] = [loop('i_0', rows), loop('j_1', columns / 4), loop('k_2', inner)]
  const sum = variable('sum_3', 'f32', 4)
  const [wide, narrow, z] = [variable('w_4', 'f32', 4), variable('x_5'), variable('z_6', 'f32', 4)]
  const column = mul(j, index(4))
  const one = apply('splat', [constant(1)])
  return kernel(
    'dense',
    [
      slot('x1', 'f32', rows * inner),
      slot('params.0.weight', 'f32', inner * columns),
      slot('params.0.bias', 'f32', columns),
      slot('y', 'f32', rows * columns, 'write'),
    ],
    [
      nest(
        'dense',
        [i, j],
        [
          { kind: 'var', variable: sum, value: apply('splat', [constant(0)]) },
          {
            kind: 'for',
            index: k,
            from: 0,
            to: inner,
            step: 1,
            body: [
              bind(narrow, load(0, 'f32', add(mul(i, index(inner)), k))),
              bind(wide, load(1, 'f32', add(mul(k, index(columns)), column), 4)),
              { kind: 'set', variable: sum, value: apply('fma', [apply('splat', [narrow]), wide, sum]) },
            ],
          },
          bind(z, add(sum, load(2, 'f32', column, 4)), 'linear at model.ts:3'),
          {
            ...store(
              3,
              add(mul(i, index(columns)), column),
              apply('div', [z, add(one, apply('exp', [apply('neg', [z])]))]),
            ),
            note: 'silu',
          } as Kernel['nests'][number]['body'][number],
        ],
      ),
    ],
  )
}

const [a, b, turned] = [variable('a', 'u32'), variable('b', 'u32'), variable('turned', 'u32')]

/** One round of mixing: several results, a name in the body, and a function that calls another. */
const rotate: ScalarFunction = {
  name: 'rotate',
  about: 'Turns the bits of a word left by five.',
  params: [a],
  body: [],
  results: [apply('or', [apply('shl', [a, constant(5, 'u32')]), apply('shr', [a, constant(27, 'u32')])])],
}
const mix: ScalarFunction = {
  name: 'mix',
  about: 'One round of mixing two words.\nMade up for this test.',
  params: [a, b],
  body: [
    {
      variable: turned,
      value: { kind: 'call', dtype: 'u32', lanes: 1, name: 'rotate', args: [add(a, b)], result: 0 },
    },
  ],
  results: [turned, apply('xor', [turned, add(a, constant(0x9e3779b9, 'u32'))])],
}

/** Both results of a call in one lane and in four, in a conditional, and of arguments that change between. */
export function mixing(n: number): Kernel {
  const [i, j] = [loop('i', n), loop('j', n / 4)]
  const call = (lanes: 1 | 4, result: number, args: Parameters<typeof apply>[1]) =>
    ({ kind: 'call', dtype: 'u32', lanes, name: 'mix', args, result }) as const
  const [x, y] = [variable('x', 'u32'), variable('y', 'u32')]
  const [v, w] = [variable('v', 'u32', 4), variable('w', 'u32', 4)]
  const step = loop('step', 3)
  const state = variable('state', 'u32')
  const seven = constant(7, 'u32')
  return kernel(
    'mixing',
    [slot('in', 'u32', n), slot('first', 'u32', n, 'write'), slot('second', 'u32', n, 'write')],
    [
      nest(
        'one at a time',
        [i],
        [
          bind(x, load(0, 'u32', i)),
          bind(y, call(1, 0, [x, seven])),
          { kind: 'var', variable: state, value: add(y, call(1, 1, [x, seven])) },
          {
            kind: 'for',
            index: step,
            from: 0,
            to: 6,
            step: 2,
            body: [
              {
                kind: 'set',
                variable: state,
                value: apply('xor', [call(1, 0, [state, x]), call(1, 1, [state, apply('cast', [step], 'u32')])]),
              },
            ],
          },
          { kind: 'if', condition: apply('less', [i, index(n / 2)]), body: [store(1, i, state)] },
          { kind: 'if', condition: apply('lessEqual', [index(n / 2), i]), body: [store(1, i, call(1, 1, [state, x]))] },
        ],
      ),
      nest(
        'in lanes',
        [j],
        [
          bind(v, load(0, 'u32', mul(j, index(4)), 4)),
          bind(w, call(4, 0, [v, apply('splat', [seven])])),
          store(2, mul(j, index(4)), add(w, call(4, 1, [v, apply('splat', [seven])]))),
        ],
      ),
    ],
    [rotate, mix],
  )
}

/**
 * Nests of one point, of none, and of a grid of three loops whose extents are no powers of two; integers and bools in
 * storage.
 */
export function several([l, m, n]: readonly [number, number, number]): Kernel {
  const [i, j, k] = [loop('i', l), loop('j', m), loop('k', n)]
  const flat = add(add(mul(i, index(m * n)), mul(j, index(n))), k)
  const value = apply('sub', [add(mul(i, index(100)), mul(j, index(10))), mul(k, index(37))])
  return kernel(
    'several',
    [
      slot('numbers', 'i32', l * m * n, 'write'),
      slot('negative', 'bool', l * m * n, 'write'),
      slot('single', 'i32', 1, 'write'),
      slot('none', 'f32', 0, 'write'),
    ],
    [
      nest('single', [], [store(2, index(0), index(-5))]),
      nest('none', [loop('e', 0)], [store(3, index(0), constant(1))]),
      nest('grid', [i, j, k], [store(0, flat, value), store(1, flat, apply('less', [value, index(0)]))]),
    ],
  )
}

/** Stores constants, as they are and after arithmetic between them. */
export function constants(values: readonly number[]): Kernel {
  const at = (n: number) => index(n)
  const big = constant(3e38)
  const overflowing = [
    mul(big, big),
    apply('neg', [mul(big, big)]),
    apply('div', [constant(1), constant(0)]),
    apply('exp', [constant(1000)]),
    apply('sumLanes', [add(apply('splat', [big]), apply('splat', [big]))]),
  ]
  const integers = [
    constant(-(2 ** 31), 'i32'),
    constant(2 ** 31 - 1, 'i32'),
    add(constant(2 ** 31 - 1, 'i32'), constant(1, 'i32')),
    apply('neg', [constant(-(2 ** 31), 'i32')]),
    apply('shl', [constant(-1, 'i32'), constant(31, 'u32')]),
    mul(constant(65_537, 'i32'), constant(65_537, 'i32')),
    add(index(-1), constant(-(2 ** 31), 'i32')),
    apply('sub', [index(-1), constant(-(2 ** 31), 'i32')]),
  ]
  const words = [
    constant(2 ** 32 - 1, 'u32'),
    add(constant(2 ** 32 - 1, 'u32'), constant(2, 'u32')),
    apply('bitcast', [constant(-1.5)], 'u32'),
    apply('cast', [apply('not', [constant(0, 'bool')])], 'u32'),
  ]
  return kernel(
    'constants',
    [
      slot('values', 'f32', values.length, 'write'),
      slot('overflowing', 'f32', overflowing.length, 'write'),
      slot('integers', 'i32', integers.length, 'write'),
      slot('words', 'u32', words.length, 'write'),
      slot('flags', 'bool', 2, 'write'),
    ],
    [
      nest(
        'constants',
        [],
        [
          ...values.map((value, i) => store(0, at(i), constant(value))),
          ...overflowing.map((value, i) => store(1, at(i), value)),
          ...integers.map((value, i) => store(2, at(i), value)),
          ...words.map((value, i) => store(3, at(i), value)),
          store(4, at(0), constant(1, 'bool')),
          store(4, at(1), apply('less', [constant(2), constant(1)])),
        ],
      ),
    ],
  )
}

/** One store to element `at` of a slot. */
export const copying = (name: string, size: number): Kernel => {
  const i = loop('i', size)
  return kernel(
    name,
    [slot('from', 'f32', size), slot('to', 'f32', size, 'write')],
    [nest(name, [i], [store(1, i, add(load(0, 'f32', i), constant(1)))])],
  )
}

/** Nests that each write their own number to `size` elements. */
export function numbering(nests: number, size: number): Kernel {
  const i = loop('i', size)
  return kernel(
    'numbering',
    [slot('numbers', 'i32', nests * size, 'write')],
    Array.from({ length: nests }, (_, k) => nest(`nest ${k}`, [i], [store(0, add(i, index(k * size)), index(k))])),
  )
}
