import { describe, expect, test } from 'vitest'
import { apart, measure } from '../../bench/rounds.ts'
import { median, ratioOf, timesOf } from '../../bench/statistics.ts'
import { digits, table } from '../../bench/table.ts'
import { matmulTask } from '../../bench/tasks.ts'
import * as fc from '../fc.ts'

const times = fc.array(fc.double({ min: 0.01, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 20 })

describe('statistics', () => {
  test('as many numbers lie below the median as above it, in any order', () => {
    fc.assert(
      fc.property(times, (numbers) => {
        const middle = median(numbers)
        const below = numbers.filter((ms) => ms < middle).length
        const above = numbers.filter((ms) => ms > middle).length
        expect(Math.max(below, above)).toBeLessThanOrEqual(numbers.length / 2)
        expect(median(numbers.toReversed())).toBe(middle)
      }),
    )
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(() => median([])).toThrow('no numbers have no median')
  })

  test('rounds that are all the same have no spread', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e4, noNaN: true }), fc.integer({ min: 1, max: 20 }), (ms, rounds) => {
        expect(timesOf(Array(rounds).fill(ms))).toEqual({ median: ms, least: ms, spread: 0, rounds })
      }),
    )
    expect(timesOf([1, 2, 3, 4, 5]).spread).toBe((4 - 2) / 2 / 3)
  })

  test('a ratio does not see what slows a whole round', () => {
    fc.assert(
      fc.property(times, fc.double({ min: 0.1, max: 10, noNaN: true }), (rounds, factor) => {
        const others = rounds.map((ms) => ms * factor)
        expect(ratioOf(others, rounds)).toBeCloseTo(factor, 9)
      }),
    )
    // Medians of each would say 3.
    expect(ratioOf([2, 20, 6], [1, 10, 2])).toBe(2)
  })
})

describe('table', () => {
  test('columns stand below their heads, the first to the left and numbers to the right', () => {
    expect(
      table(
        ['engine', 'ms'],
        [
          ['a', '1.5'],
          ['a longer name', '12'],
        ],
      ),
    ).toBe(['engine          ms', '-------------  ---', 'a              1.5', 'a longer name   12'].join('\n'))
  })

  test('a row that is short is filled, and no line ends in blanks', () => {
    const text = table(['a', 'b', 'c'], [['x'], ['y', '1', '2']])
    expect(text.split('\n').filter((line) => line !== line.trimEnd())).toEqual([])
    expect(text.split('\n')).toHaveLength(4)
  })

  test('three digits, or all before the point', () => {
    expect([0, 0.01234, 1.234, 99.96, 123.4, 12345].map(digits)).toEqual([
      '0.00',
      '0.0123',
      '1.23',
      '100',
      '123',
      '12345',
    ])
  })
})

describe('rounds', () => {
  const task = matmulTask(2)
  const counted = (name: string, log: string[]) => ({
    name,
    prepare: async () => ({
      check: [1, 2],
      steps: async () => {
        log.push(name)
      },
      dispose: () => {
        log.push(`${name} gone`)
      },
    }),
  })

  test('every engine takes its turn in each round, none always first', async () => {
    const log: string[] = []
    const measured = await measure([counted('a', log), counted('b', log)], task, { budget: 1000, turn: 0, most: 3 })
    // Once each to see how long it takes, and then three rounds.
    expect(log.join(' ')).toBe('a b a b b a a b a gone b gone')
    expect(measured.map(({ engine, rounds, check }) => [engine, rounds.length, check])).toEqual([
      ['a', 3, [1, 2]],
      ['b', 3, [1, 2]],
    ])
  })

  test('one that takes a quarter of the budget for a step runs no further', async () => {
    const log: string[] = []
    const slow = counted('slow', log)
    const sleeping = async () => {
      const prepared = await slow.prepare()
      const steps = () => new Promise<void>((done) => setTimeout(done, 40)).then(prepared.steps)
      return { ...prepared, steps }
    }
    const measured = await measure([counted('a', log), { ...slow, prepare: sleeping }], task, {
      budget: 100,
      turn: 0,
      most: 5,
    })
    expect(log.filter((name) => name === 'slow')).toHaveLength(1)
    expect(measured.map(({ engine, rounds }) => [engine, rounds.length])).toEqual([
      ['a', 5],
      ['slow', 1],
    ])
  })

  test('one that fails is named with its reason, and the others are measured', async () => {
    const failing = {
      name: 'broken',
      prepare: async () => {
        throw new Error('no such thing\nat length')
      },
    }
    const measured = await measure([failing, counted('a', [])], task, { budget: 1000, turn: 0, most: 4 })
    expect(measured.map(({ engine, rounds, failure }) => [engine, rounds.length, failure])).toEqual([
      ['a', 4, undefined],
      ['broken', 0, 'no such thing'],
    ])
  })

  test('how far results are apart is relative to the largest', () => {
    expect(apart([1, 100], [2, 100])).toBe(0.01)
    expect(apart([0, 0], [0, 0])).toBe(0)
    expect(apart([Number.NaN], [1])).toBeNaN()
  })
})
