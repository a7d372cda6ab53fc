import { describe, expect, test } from 'vitest'
import { f32, i32, key, normal, program } from '../../dsl/index.ts'
import {
  array,
  checkEquivariant,
  checkInvariant,
  checkJvp,
  checkVmap,
  type NdArray,
  permutation,
  programs,
  reflection,
  rotation,
  scaling,
  tensors,
  translation,
  Undecided,
} from '../../testing/index.ts'
import { flowMatching } from '../dsl/listing.ts'
import * as fc from '../fc.ts'
import { times } from '../full.ts'
import { aside } from './aside.ts'
import { tanhMappedWrongly, tanhOff } from './planted.ts'

describe('checkJvp', () => {
  test('passes random programs, all of their results', { timeout: 60_000 * times }, () => {
    fc.assert(
      fc.property(programs(), ({ program, inputs }) => {
        try {
          checkJvp(program, inputs)
        } catch (error) {
          // Random inputs have ties, where kinks meet, and what derivatives of parts make up may be none. Beside them
          // it is right.
          if (error instanceof Undecided) throw error
          checkJvp(program, aside(inputs))
        }
      }),
      { numRuns: 40 * times },
    )
  })

  test('knows that what cancels is rounded: a slope of 0 between two of 1', () => {
    const cancels = program({ x: f32('n') }, ({ x }) => x.div(x.square().add(1)).sub(x))
    fc.assert(
      fc.property(fc.nat(), (seed) => checkJvp(cancels, { x: [0, 0, 0, 0, 0, 0] }, { seed })),
      { numRuns: 60 * times },
    )
  })

  test('but where kinks meet they may be none, and that is said', () => {
    const sorted = program({ x: f32(3) }, ({ x }) => x.sort())
    checkJvp(sorted, { x: [0.3, 0.1, 0.2] })
    expect(() => checkJvp(sorted, { x: [0, 0, 0] })).toThrow('Where kinks meet, as where elements are equal')
  })

  test('finds a wrong derivative in any result', () => {
    const planted = program(
      { x: f32('n'), k: i32('n') },
      ({ x, k }) => ({ right: x.square(), count: k.neg(), wrong: tanhOff(1.001, 'forward')(x).expand(1) }),
      { name: 'planted' },
    )
    fc.assert(
      fc.property(tensors(planted, { dims: { n: { min: 1 } } }), (inputs) => {
        expect(() => checkJvp(planted, inputs)).toThrow(
          /^checkJvp planted: the derivative of wrong\[\d, 0\] is wrong along x\[\d\]\n {2}forward {6}\S+\n {2}differences {2}\S+ ± \S+\n/,
        )
      }),
    )
    // Reverse mode is not looked at.
    const other = program({ x: f32() }, ({ x }) => tanhOff(2, 'reverse')(x))
    checkJvp(other, { x: 1 })
  })

  test('says so where there was nothing to check', () => {
    const relu = program({ x: f32('n') }, ({ x }) => x.maximum(0))
    expect(() => checkJvp(relu, { x: [0] })).toThrow(Undecided)
    checkJvp(relu, { x: [0, 1] })
    expect(() =>
      checkJvp(
        program({ k: i32() }, ({ k }) => k.cast('f32')),
        { k: 1 },
      ),
    ).toThrow('has no float input')
  })
})

describe('checkVmap', () => {
  test('passes flow matching, with any of its inputs mapped', () => {
    const batched = tensors(flowMatching, { batch: { max: 4 }, dims: { n: { max: 3 } } })
    fc.assert(
      fc.property(batched, (inputs) => checkVmap(flowMatching, inputs)),
      { numRuns: 30 * times },
    )
  })

  test('passes integers, bools and keys', () => {
    const mixed = program({ x: f32('n'), k: i32('n'), key: key() }, ({ x, k, key }) => ({
      less: x.less(normal(key, ['n'])),
      k: k.mul(k),
      max: x.expand(0).maximum(0),
    }))
    fc.assert(fc.property(tensors(mixed, { batch: { max: 3 } }), (inputs) => checkVmap(mixed, inputs)))
  })

  test('finds a wrong batching rule, and the counterexample shrinks', () => {
    const planted = program({ x: f32('n') }, ({ x }) => ({ y: tanhMappedWrongly(x) }), { name: 'planted' })
    const { counterexample, errorInstance } = fc.check(
      fc.property(tensors(planted, { batch: { min: 1, max: 4 } }), (inputs) => checkVmap(planted, inputs)),
      { seed: 1 },
    )
    expect(fc.stringify(counterexample)).toBe('[{"x":array([[0], [1]])}]')
    expect((errorInstance as Error).message).toMatch(
      /^checkVmap planted: part 0 of 2 is not what the program gives for it\n {2}y\[0\] is 0\.76\d+, expected 0: off by/,
    )
  })

  test('says what it cannot map', () => {
    const sum = program({ x: f32('n'), y: f32('n') }, ({ x, y }) => x.add(y))
    expect(() => checkVmap(sum, { x: [1], y: [1] })).toThrow('no input has an axis more than the program asks for')
    expect(() => checkVmap(sum, { x: [[1]], y: [[1], [2]] })).toThrow('the mapped axis is 1 in x and 2 in y')
    expect(() => checkVmap(sum, { x: [[1]], y: [[1, 2]] })).toThrow('shape error: n is 2 in y and 1 elsewhere')
  })
})

describe('symmetries', () => {
  const points = { x: f32('n', 3), y: f32('n', 3) }
  const distances = program(points, ({ x, y }) => x.sub(y).square().sum(1).mean(), { name: 'distances' })
  const some = tensors(distances, { dims: { n: { min: 1 } } })

  test('a mean of distances is invariant under permutations, rotations, reflections and translations', () => {
    for (const transform of [permutation(), rotation(3), reflection(3), translation(3)])
      fc.assert(
        fc.property(some, transform, (inputs, move) =>
          checkInvariant(distances, inputs, ({ x, y }) => ({ x: move(x), y: move(y) })),
        ),
      )
  })

  test('what is not is found, with the element', () => {
    const found = fc.check(
      fc.property(some, translation(3), (inputs, move) =>
        checkInvariant(distances, inputs, ({ x, y }) => ({ x: move(x), y })),
      ),
      { seed: 3 },
    )
    expect((found.errorInstance as Error).message).toMatch(
      /^checkInvariant distances: the result for the transformed inputs is another\n {2}it is \S+, expected \S+: off by/,
    )
    expect(fc.stringify(found.counterexample)).toMatch(
      /^\[\{"x":array\(\[\[0, 0, 0\]\]\),"y":array\(\[\[0, 0, 0\]\]\)\},plus \[/,
    )
  })

  test('results may move with the inputs', () => {
    const differences = program(points, ({ x, y }) => ({ d: x.sub(y), sizes: x.sub(y).square().sum(1) }))
    fc.assert(
      fc.property(tensors(differences), rotation(3), (inputs, turn) =>
        checkEquivariant(
          differences,
          inputs,
          ({ x, y }) => ({ x: turn(x), y: turn(y) }),
          ({ d, sizes }) => ({ d: turn(d), sizes }),
        ),
      ),
    )
    const scaled = program({ x: f32('n') }, ({ x }) => x.maximum(0))
    fc.assert(
      fc.property(tensors(scaled), scaling(), (inputs, by) =>
        checkEquivariant(scaled, inputs, ({ x }) => ({ x: by(x) }), by),
      ),
    )
    const squares = program({ x: f32(2) }, ({ x }) => x.square())
    const { errorInstance } = fc.check(
      fc.property(tensors(squares), scaling(), (inputs, by) =>
        checkEquivariant(squares, inputs, ({ x }) => ({ x: by(x) }), by),
      ),
    )
    expect((errorInstance as Error).message).toContain('the result for the transformed inputs is another')
  })

  test('rotations keep lengths and orientation, and are not all alike; reflections turn some round', () => {
    const matrixOf = (turn: (x: NdArray) => NdArray, d: number): number[][] =>
      Array.from({ length: d }, (_, i) => [...turn(array(Array.from({ length: d }, (_, j) => Number(i === j)))).data])
    const determinant = (m: number[][]) => m[0]![0]! * m[1]![1]! - m[0]![1]! * m[1]![0]!
    const signs = new Set<number>()
    fc.assert(
      fc.property(rotation(2), reflection(2), (turn, mirror) => {
        for (const matrix of [matrixOf(turn, 2), matrixOf(mirror, 2)])
          for (const [i, row] of matrix.entries())
            for (const [j, other] of matrix.entries())
              expect(row.reduce((sum, value, k) => sum + value * other[k]!, 0)).toBeCloseTo(Number(i === j), 14)
        expect(determinant(matrixOf(turn, 2))).toBeCloseTo(1, 14)
        signs.add(Math.round(determinant(matrixOf(mirror, 2))))
      }),
    )
    expect([...signs].sort()).toEqual([-1, 1])
    // Uniform: the first column's angle has mean cosine and mean cosine of its double 0.
    const turns = fc.sample(rotation(3), { numRuns: 4000, seed: 1 }).map((turn) => turn(array([1, 0, 0])).data)
    const mean = (of: (v: Float64Array) => number) => turns.reduce((sum, v) => sum + of(v), 0) / turns.length
    for (const axis of [0, 1, 2]) {
      expect(Math.abs(mean((v) => v[axis]!))).toBeLessThan(4 / Math.sqrt(3 * turns.length))
      expect(Math.abs(mean((v) => v[axis]! ** 2) - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / turns.length))
    }
  })

  test('permutations have every slice once, along any axis, and every order of a given size', () => {
    const x = array([
      [1, 2, 3],
      [4, 5, 6],
    ])
    fc.assert(
      fc.property(permutation({ axis: 1 }), permutation({ axis: -2, size: 2 }), (columns, rows) => {
        const moved = columns(x)
        expect([...moved.data].sort()).toEqual([1, 2, 3, 4, 5, 6])
        for (const k of [0, 1, 2]) expect(moved.data[k + 3]! - moved.data[k]!).toBe(3)
        expect([x.data.join(), '4,5,6,1,2,3']).toContain(rows(x).data.join())
      }),
    )
    const orders = fc
      .sample(permutation({ size: 3, axis: 1 }), { numRuns: 100, seed: 1 })
      .map((p) => p(x).data.slice(0, 3).join())
    expect(new Set(orders).size).toBe(6)
    const [three] = fc.sample(permutation({ size: 3 }), 1)
    expect(() => three!(x)).toThrow('shape error: permutation: axis 0 of [2, 3] has size 2, needs 3')
    expect(() => fc.sample(permutation({ axis: 2 }), 1)[0]!(x)).toThrow('axis 2 is out of range for [2, 3]')
    expect(() => fc.sample(rotation(2), 1)[0]!(x)).toThrow(
      'shape error: rotation: the last axis of [2, 3] needs size 2',
    )
  })
})
