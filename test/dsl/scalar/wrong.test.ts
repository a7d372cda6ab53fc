import { describe, expect, test } from 'vitest'
import { FluxionError, f16, f32, i32, program, scalar, type Tensor } from '../../../dsl/index.ts'
import { evaluateProgram } from '../../../testing/index.ts'

const softplus = scalar((x: number) => Math.log1p(Math.exp(x)), { name: 'softplus' })
const bent = scalar((x: number, y: number) => softplus(x) + y ** 2, { name: 'bent', uses: { softplus } })

describe('what is wrong is said', () => {
  const complaintOf = (call: () => unknown): string => {
    try {
      call()
    } catch (error) {
      if (error instanceof FluxionError) return error.complaint
      throw error
    }
    return 'nothing'
  }
  const k = 2
  const of = { plain: (x: number) => x } as const

  test.each([
    [
      () => scalar((x: number) => x * k),
      'source error: scalar: k stands outside of the function, which cannot be looked into: write scalar(fn, { uses: { k } }), or use the plugin of fluxion/vite, which does',
    ],
    [
      () => scalar((x: number) => of.plain(x)),
      'source error: scalar: of.plain stands outside of the function, which cannot be looked into: write scalar(fn, { uses: { plain: of.plain } }), or use the plugin of fluxion/vite, which does',
    ],
    [() => scalar((x: number) => bent(x, 1) * k, { uses: { bent } }), 'source error: scalar: k stands outside'],
    [
      () => scalar((x: number) => bent(x, 1), { uses: { bent: 3 } }),
      'source error: scalar: bent is a number and cannot be called',
    ],
    [
      () => scalar((x: number) => softplus(x) + k, { uses: { softplus, k: softplus } }),
      'source error: scalar: k is a scalar function: call it',
    ],
    [
      () => scalar((x: number) => bent(x, 1), { uses: { bent: softplus } }),
      'source error: scalar: bent takes 1 number and is given 2',
    ],
    [
      () => scalar((x: number) => x, { name: 'f', source: 'x => f(x)' }),
      'source error: scalar: recursion is not compiled: f names itself; write the terms out',
    ],
    [
      () => scalar((x: number) => x, { source: 'x => a.k + b.k', uses: { k } }),
      'source error: scalar: a.k and b.k are both called k in uses: give one of them a name of its own',
    ],
    [
      () => scalar((x: number) => x, { uses: { k: 'a' as never } }),
      "type error: scalar: uses.k is 'a', needs a number or a scalar function; make one with scalar(fn)",
    ],
    [
      () => scalar((x: number) => softplus(x), { uses: { softplus: Math.exp as never } }),
      'source error: scalar: softplus is a function, needs a number or a scalar function; make one with scalar(fn)',
    ],
    [
      () => scalar((x: number) => x, { uses: { k: Math.exp as never } }),
      'type error: scalar: uses.k is a function, needs a number or a scalar function; make one with scalar(fn)',
    ],
    [() => scalar((x: number) => x, { uses: 3 as never }), 'type error: scalar: uses is 3; write { uses: { k } }'],
    [
      () => scalar((x: number) => x, { use: {} } as never),
      "type error: scalar: there is no option 'use'; there is name, uses, source",
    ],
    [() => scalar((x: number) => x, { name: 3 as never }), 'type error: scalar: 3 is not a name'],
    [() => scalar((x: number) => x, { source: 3 as never }), 'type error: scalar: 3 is not the text of a function'],
    [() => scalar('x => x' as never), "type error: scalar: 'x => x' is not a function of numbers"],
    [() => bent(1 as never, 'a' as never), "type error: scalar: 'a' is not a tensor or a number"],
    [
      () => (bent as unknown as (x: number) => number)(1),
      'type error: scalar: bent takes 2 tensors or numbers and is given 1',
    ],
  ])('%s', (call, complaint) => {
    expect(complaintOf(call).startsWith(complaint), complaintOf(call)).toBe(true)
  })

  const inProgram = (body: (inputs: never) => unknown): string =>
    complaintOf(() =>
      evaluateProgram(
        program({ x: f32(2, 3), y: f32(2), k: i32(3), h: f16(3) }, body as never) as never,
        {
          x: [
            [1, 2, 3],
            [4, 5, 6],
          ],
          y: [1, 2],
          k: [1, 2, 3],
          h: [1, 2, 3],
        } as never,
      ),
    )

  test.each([
    [({ x, y }) => bent(x, y), 'shape error: scalar: [2, 3] with [2]: 3 and 2 differ and neither is 1'],
    [({ k }) => softplus(k), "dtype error: scalar: i32 is not f32; cast('f32') first"],
    [({ x, h }) => bent(x, h), "dtype error: scalar: f16 is not f32; cast('f32') first"],
    [
      ({ x }) => (bent as unknown as (...all: unknown[]) => unknown)(x),
      'type error: scalar: bent takes 2 tensors or numbers and is given 1',
    ],
  ] as readonly (readonly [(inputs: Record<'x' | 'y' | 'k' | 'h', never>) => unknown, string])[])(
    '%s',
    (body, complaint) => {
      expect(inProgram(body as never)).toBe(complaint)
    },
  )

  test('outside of a program there are no tensors', () => {
    let kept: Tensor<[2]> | undefined
    evaluateProgram(
      program({ x: f32(2) }, ({ x }) => {
        kept = x
        return softplus(x)
      }),
      { x: [1, 2] },
    )
    expect(complaintOf(() => softplus(kept!))).toMatch(/^trace error: scalar is only possible in the body of a program/)
  })
})
