import { describe, expect, test } from 'vitest'
import type { Expr, Lanes, Scalar, ScalarFunction, Variable } from '../../../../compiler/kernel/expr.ts'
import { apply, bitcast, cast, i32 } from '../../../../compiler/kernel/functions/tree.ts'
import type { Kernel, Nest, Slot } from '../../../../compiler/kernel/kernel.ts'
import * as fc from '../../../fc.ts'
import { choices, Grower, perPoint, scalars, specials } from './arbitrary.ts'
import { interpret } from './interpreter.ts'
import { type Array32, arrayOf, assembled, printKernels } from './module.ts'

const variable = (name: string, dtype: Scalar, lanes: Lanes = 1): Variable => ({ kind: 'variable', dtype, lanes, name })

const one: Expr = { kind: 'constant', dtype: 'u32', lanes: 1, value: 1 }

/**
 * A function that is printed in place, and one long enough to be called; each has results of two types. Then some that
 * now and then give what another one does.
 */
const functions: readonly ScalarFunction[] = [
  mixing('short', 2),
  mixing('long', 40),
  ...[2, 40].flatMap((rounds) => [2, 40].map((rare) => branching(`branching_${rounds}_${rare}`, rounds, rare))),
]

/** One result, another one where the word that leads to it is odd. */
function branching(name: string, rounds: number, rare: number): ScalarFunction {
  const [usual, other] = [mixing(name, rounds), mixing(`${name}_rare`, rare)]
  const odd = apply('and', variable(`step${rounds - 1}`, 'u32'), one)
  const when = apply('equal', odd, one)
  const instead = { ...other, results: other.results.slice(0, 1) }
  return { ...usual, results: usual.results.slice(0, 1), rare: { when, instead } }
}

function mixing(name: string, rounds: number): ScalarFunction {
  const [x, y] = [variable('x', 'f32'), variable('y', 'u32')]
  let word: Expr = bitcast(cast(cast(x, 'i32'), 'f32'), 'u32')
  const body = Array.from({ length: rounds }, (_, round) => {
    const step = variable(`step${round}`, 'u32')
    const rotated = apply('or', apply('shl', word, i32(13)), apply('shr', word, i32(19)))
    const value = apply('xor', apply('add', rotated, y), word)
    word = step
    return { variable: step, value }
  })
  return {
    name,
    about: 'a test',
    params: [x, y],
    body,
    results: [word, apply('mul', x, cast(y, 'f32'))],
  }
}

const points = 5
const size = points * perPoint
const point = variable('point', 'i32')

const slots: readonly Slot[] = [
  ...scalars.map((dtype): Slot => ({ name: `in_${dtype}`, dtype, size, access: 'read' })),
  ...scalars.map((dtype): Slot => ({ name: `out_${dtype}`, dtype, size, access: 'write' })),
]

const kernelOf = (body: Nest['body']): Kernel => ({
  name: 'kernel',
  slots,
  functions,
  nests: [{ name: 'nest', grid: [{ index: point, extent: points }], body }],
})

const elements = (dtype: Scalar): fc.Arbitrary<number> =>
  fc.oneof(
    fc.constantFrom(...specials[dtype]),
    dtype === 'f32'
      ? fc.float({ noNaN: true, min: -1000, max: 1000 })
      : dtype === 'bool'
        ? fc.constantFrom(0, 1)
        : fc.maxSafeInteger(),
  )

const inputs = fc
  .tuple(...scalars.map((dtype) => fc.array(elements(dtype), { minLength: size, maxLength: size })))
  .map((lists) => lists.map((values, slot) => arrayOf(scalars[slot]!, values)))

const outputs = (): readonly Array32[] => scalars.map((dtype) => arrayOf(dtype, new Array<number>(size).fill(7)))

/** Bit for bit but for what NaN is made of. */
const same = (got: readonly Array32[], wanted: readonly Array32[]): void => {
  for (const [slot, array] of wanted.entries()) expect([...got[slot]!], `slot ${slot}`).toEqual([...array])
}

function agrees(kernel: Kernel, given: readonly Array32[]): void {
  const before = [...given, ...outputs()]
  const wanted = before.map((array) => array.slice())
  interpret(kernel, kernel.nests[0]!, wanted, 0, points)
  same(assembled([kernel])(0, 0, 0, points, before), wanted)
}

describe.each([1, 4] as const)('an expression of %i lanes means what it says', (lanes) => {
  test.each(scalars)('%s', (dtype) => {
    const slot = 4 + scalars.indexOf(dtype)
    fc.assert(
      fc.property(choices(60), inputs, (chosen, given) => {
        const value = new Grower(chosen, point, functions).expr(dtype, lanes, 4)
        agrees(kernelOf([{ kind: 'store', slot, index: apply('mul', point, i32(perPoint)), value }]), given)
      }),
      { numRuns: 400 },
    )
  })
})

test('statements mean what they say', () => {
  fc.assert(
    fc.property(choices(120), inputs, (chosen, given) => {
      agrees(kernelOf(new Grower(chosen, point, functions).statements(2)), given)
    }),
    { numRuns: 400 },
  )
})

describe('calls of a function with several results', () => {
  const word = variable('word', 'u32')
  const call = (y: Expr, lanes: Lanes = 1): Expr => ({
    kind: 'call',
    dtype: 'u32',
    lanes,
    name: 'long',
    args: [{ kind: 'constant', dtype: 'f32', lanes: 1, value: 3 }, y],
    result: 0,
  })
  const value = (args: Expr): Expr => ({ ...call(args), dtype: 'f32', result: 1 }) as Expr
  const store = (slot: number, at: number, expr: Expr) =>
    ({
      kind: 'store',
      slot,
      index: apply('add', apply('mul', point, i32(perPoint)), i32(at)),
      value: expr,
    }) as const
  const seven: Expr = { kind: 'constant', dtype: 'u32', lanes: 1, value: 7 }
  const given = scalars.map((dtype) => arrayOf(dtype, new Array<number>(size).fill(1)))

  test('are one call where the arguments are the same', () => {
    const bytes = (body: Nest['body']): number => printKernels([kernelOf(body)]).length
    const [first, second] = [store(6, 0, call(seven)), store(4, 0, value(seven))]
    const eight = { ...seven, value: 8 } as Expr
    agrees(kernelOf([first, second]), given)
    expect(bytes([first, second])).toBeLessThan(bytes([first, store(4, 0, value(eight))]))
  })

  test('are made again where an accumulator has changed', () => {
    agrees(
      kernelOf([
        { kind: 'var', variable: word, value: seven },
        store(6, 0, call(word)),
        { kind: 'set', variable: word, value: call(word) },
        store(6, 1, call(word)),
        store(4, 1, value(word)),
      ]),
      given,
    )
  })

  test('are made again in a block whose first call may not have run', () => {
    const never: Expr = { kind: 'constant', dtype: 'bool', lanes: 1, value: 0 }
    agrees(
      kernelOf([
        { kind: 'let', variable: word, value: seven },
        { kind: 'if', condition: never, body: [store(6, 0, call(word))] },
        store(6, 1, call(word)),
      ]),
      given,
    )
  })
})
