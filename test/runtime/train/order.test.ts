import { expect, test } from 'vitest'
import { epochs } from '../../../runtime/train/order.ts'
import * as fc from '../../fc.ts'

const set = fc
  .record({
    rows: fc.integer({ min: 1, max: 40 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.nat(),
    shuffle: fc.boolean(),
  })
  .map(({ part, ...rest }) => ({ ...rest, batch: Math.max(1, Math.round(part * rest.rows)) }))

test('every row is taken once an epoch, and epochs follow each other without a gap', () => {
  fc.assert(
    fc.property(set, fc.integer({ min: 1, max: 4 }), (options, count) => {
      const order = epochs(options)
      const steps = Math.ceil((count * options.rows) / options.batch)
      const taken = Array.from({ length: steps }, (_, step) => [...order(step)]).flat()
      for (let epoch = 0; epoch < count; epoch++) {
        const rows = taken.slice(epoch * options.rows, (epoch + 1) * options.rows)
        if (!options.shuffle) expect(rows).toEqual(Array.from({ length: options.rows }, (_, i) => i))
        expect(rows.sort((a, b) => a - b)).toEqual(Array.from({ length: options.rows }, (_, i) => i))
      }
    }),
  )
})

test('a step takes the same rows whichever steps were asked for before', () => {
  fc.assert(
    fc.property(set, fc.array(fc.nat(100), { maxLength: 10 }), (options, asked) => {
      const order = epochs(options)
      for (const step of asked) expect(order(step)).toEqual(epochs(options)(step))
    }),
  )
})

test('epochs and seeds have orders of their own, in which each row is as likely at each place', () => {
  const rows = 6
  const first = (seed: number, epoch: number) => [...epochs({ rows, batch: rows, seed, shuffle: true })(epoch)]
  expect(first(1, 0)).not.toEqual(first(2, 0))
  expect(first(1, 0)).not.toEqual(first(1, 1))
  const counts = Array.from({ length: rows }, () => new Array<number>(rows).fill(0))
  const times = 6000
  for (let epoch = 0; epoch < times; epoch++)
    for (const [place, row] of first(3, epoch).entries()) counts[place]![row]!++
  // Chi-squared with 25 degrees of freedom: above 60 once in 10,000 times, and the seed is fixed.
  const chi = counts.flat().reduce((sum, count) => sum + (count - times / rows) ** 2 / (times / rows), 0)
  expect(chi).toBeLessThan(60)
})
