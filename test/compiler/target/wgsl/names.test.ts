import { describe, expect, test } from 'vitest'
import { literal } from '../../../../compiler/target/wgsl/literals.ts'
import { Names } from '../../../../compiler/target/wgsl/names.ts'
import { foldWorkgroups } from '../../../../compiler/target/wgsl/workgroups.ts'
import * as fc from '../../../fc.ts'

describe('names', () => {
  test('are identifiers, and none is given twice', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (outer, inner) => {
        const outside = new Names()
        const names = outer.map((name) => outside.take(name))
        const inside = new Names(outside)
        names.push(...inner.map((name) => inside.take(name)))
        expect(new Set(names).size).toBe(names.length)
        for (const name of names) expect(name).toMatch(/^[A-Za-z][A-Za-z0-9_]*$/)
      }),
    )
  })

  test('stay what they were where that is possible', () => {
    const names = new Names()
    expect(
      ['x1', 'params.0.weight', 'params.0.bias', '2nd', '__a', 'var', 'max', 'x1', 'Größe'].map((n) => names.take(n)),
    ).toEqual(['x1', 'params_0_weight', 'params_0_bias', 'v_2nd', 'a', 'var_1', 'max_1', 'x1_1', 'Gr_e'])
  })
})

describe('literals', () => {
  test('of f32 are read back as the same number', () => {
    const words = fc.integer({ min: 0, max: 2 ** 32 - 1 })
    fc.assert(
      fc.property(words, (word) => {
        const value = new Float32Array(Uint32Array.of(word).buffer)[0]!
        const text = literal(value, 'f32')
        if (!Number.isFinite(value) || Object.is(value, -0)) expect(text).toBeUndefined()
        else {
          expect(Math.fround(Number(text))).toBe(value)
          expect(text).toMatch(/^-?\d+(\.\d+(e-?\d+)?|e-?\d+)$/)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('are as short as they can be', () => {
    const f32 = [0, 1, -2.5, 0.1, 1e-8, 3e38, 2 ** 128 - 2 ** 104, 2 ** -149, 16_777_216, 1 / 3]
    expect(f32.map((value) => literal(value, 'f32'))).toEqual([
      '0.0',

      '1.0',
      '-2.5',
      '0.1',
      '1e-8',
      '3e38',
      '3.4028234663852886e38',
      '1e-45',
      '16777216.0',
      '0.33333334',
    ])
    expect([literal(-1, 'i32'), literal(-1, 'u32'), literal(1, 'bool')]).toEqual(['-1', '4294967295u', 'true'])
  })
})

describe('workgroups', () => {
  test('fold into a box that holds them all, within the limit, and wastes less than a row and a layer', () => {
    fc.assert(
      fc.property(fc.nat(1 << 20), fc.integer({ min: 128, max: 65_535 }), (total, limit) => {
        const [x, y, z] = foldWorkgroups(total, limit)
        expect(Math.max(x, y, z)).toBeLessThanOrEqual(limit)
        expect(x * y * z).toBeGreaterThanOrEqual(total)
        expect(x * y * z - total).toBeLessThan(y * z || 1)
      }),
    )
  })

  test('that do not fit are refused', () => {
    expect(() => foldWorkgroups(28, 3)).toThrow('28 workgroups do not fit in 3 x 3 x 3')
    expect(foldWorkgroups(27, 3)).toEqual([3, 3, 3])
  })
})
