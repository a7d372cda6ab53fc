import { expect, test } from 'vitest'
import { measuresOf } from '../../../studies/report/measures.ts'
import { parseResults } from '../../../studies/report/read.ts'
import { reportOf } from '../../../studies/report/report.ts'
import { summaryOf } from '../../../studies/report/summary.ts'
import { meanWithin } from '../../../studies/statistics.ts'
import { toJson } from '../../../studies/texts.ts'
import * as fc from '../../fc.ts'
import { fakeResults, kinds, small, withSeeds } from './fake.ts'

const one = fakeResults(kinds, small)

test('of several seeds each number is a mean with its interval, and models are compared in pairs of a seed', () => {
  const change = fc.double({ min: -5, max: 5, noNaN: true })
  fc.assert(
    fc.property(fc.array(fc.tuple(change, change), { minLength: 1, maxLength: 4 }), (changes) => {
      const results = withSeeds(
        one,
        changes.map(([plain, digits]) => ({ plain, digits })),
      )
      const [plain, digits] = ['plain', 'digits'].map((of) => results.models.find(({ name }) => name === of)!)
      const frechet = measuresOf(results)[4]!
      const values = [0, ...changes.map(([by]) => by)].map((by) => plain!.generated.frechet.value + by)
      const { value, half } = meanWithin(values)
      expect(frechet.of(plain!).value).toBeCloseTo(value, 9)
      expect(frechet.of(plain!).error).toBeCloseTo(half, 9)
      const differences = meanWithin([0, ...changes.map(([left, right]) => left - right)])
      expect(frechet.noise(plain!, digits!)).toBeCloseTo(differences.half, 9)
    }),
    { numRuns: 50 },
  )
})

test('what all seeds have in common is no noise: a model that is better by as much in each is better', () => {
  // Seeds are far apart, and all models move with them.
  const together = Object.fromEntries(kinds.map(({ name }) => [name, 8]))
  const results = withSeeds(one, [together, { ...together, digits: 8.01 }])
  expect(summaryOf(results).join(' ')).toContain('which is more than the noise')
  const apart = withSeeds(one, [{ plain: 40 }, { plain: -20, digits: 30 }])
  expect(summaryOf(apart).join(' ')).not.toContain('which is more than the noise')
})

test('what is decoded of the prior itself, and of latents, is of all seeds, too', async () => {
  const by = { kl: 300, digits: 30 }
  const results = withSeeds(one, [by, by])
  const of = (name: string) => results.models.find((model) => model.name === name)!.generated.fromPrior!.value
  const said = summaryOf(results).join(' ')
  expect(said).toContain(`${(of('kl') + 200).toFixed(1)} for`)
  expect(said).toContain((of('digits') + 20).toFixed(1))
  expect(said).not.toContain(` ${of('kl').toFixed(1)} `)
  expect(await reportOf(results)).toContain('means over 3 seeds with 95% intervals, but for time')
})

test('the page tells of seeds, and of an alarm in any of them', async () => {
  const moved = withSeeds(one, [{}, { plain: 1 }])
  const [first, last] = moved.repeats
  const alarmed = { ...last!.models[0]!, latents: { ...last!.models[0]!.latents, alarms: ['too likely in seed 2'] } }
  const results = { ...moved, repeats: [first!, { ...last!, models: [alarmed, ...last!.models.slice(1)] }] }
  expect(parseResults(toJson(results), 'results.json')).toEqual(results)
  const page = await reportOf(results)
  expect(page).toContain('seeds 0, 1 and 2')
  expect(page).toContain('Numbers are means over 3 seeds')
  expect(page).toContain('<b>plain, seed 2</b>: too likely in seed 2')
})
