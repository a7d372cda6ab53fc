import { describe, expect, test } from 'vitest'
import type { Results } from '../../../studies/align/results.ts'
import { summaryOf } from '../../../studies/report/summary.ts'
import { fakeResults, type Kind, kinds, small } from './fake.ts'

const [plain, kl, words, digits, aligned] = kinds as readonly [Kind, Kind, Kind, Kind, Kind]
const said = (models: readonly Kind[], change: (results: Results) => Results = (same) => same): string =>
  summaryOf(change(fakeResults(models, small))).join(' ')

/** With this standard error of the Fréchet distance of what is generated. */
const withError =
  (error: number) =>
  (results: Results): Results => ({
    ...results,
    models: results.models.map((model) => ({
      ...model,
      generated: { ...model.generated, frechet: { ...model.generated.frechet, error } },
    })),
  })

describe('generation', () => {
  test('names the best, and by how much it is below plain', () => {
    const text = said([plain, { ...kl, frechet: 12.05 }])
    expect(text).toContain('that of ‘KL to N(0, I)’: 12.05 (noise floor')
    expect(text).toContain(
      'That is 12.05 (50%) below the 24.10 of the plain autoencoder, which is more than the noise.',
    )
  })

  test('does not call better what the noise floor hides', () => {
    const text = said([plain, { ...kl, frechet: 23.9 }])
    expect(text).toContain('the difference of 0.20 is within the noise, so generation is not shown to be better')
    expect(text).not.toContain('more than the noise')
  })

  test('does not call better what two standard errors hide', () => {
    expect(said([plain, kl], withError(1))).toContain('more than the noise')
    expect(said([plain, kl], withError(4))).toContain('is within the noise, so generation is not shown to be better')
  })

  test('says which others are not told from the best', () => {
    const text = said([plain, kl, { ...words, frechet: 9.5 }, { ...digits, frechet: 9.3 }])
    expect(text).toContain('‘matched to word vectors’ is within the noise of the best (9.50)')
    expect(text).not.toMatch(/KL to N\(0, I\)’ (is|and)[^.]* within the noise/)
  })

  test('where plain is best, nothing made it better', () => {
    expect(said([{ ...plain, frechet: 5 }, kl])).toContain('no prior and no penalty made generation better')
    expect(said([{ ...plain, frechet: 15.2 }, kl])).toContain('No other model is told from it.')
  })

  test('within the noise floor it is said to be so', () => {
    expect(said([plain, { ...kl, frechet: 0.2 }])).toContain('not told from digits themselves')
  })

  test('what is not finite is not ranked', () => {
    const text = said([plain, kl, { ...words, frechet: Number.NaN }])
    expect(text).toContain('‘matched to word vectors’ generates is no finite number, so it is not ranked')
    expect(text).toContain('that of ‘KL to N(0, I)’: 15.30')
    expect(
      said([
        { ...plain, frechet: Number.NaN },
        { ...kl, frechet: Number.NaN },
      ]),
    ).toMatch(/the plain autoencoder and ‘KL to N\(0, I\)’ generate is no finite number, so they are not ranked/)
  })
})

describe('reconstruction', () => {
  test.each([
    [21.3, 'is within 0.5 dB of the plain autoencoder'],
    [20.1, 'It is not so for ‘KL to N(0, I)’ (−1.32 dB)'],
    [20.95, 'The error leaves open on which side of 0.5 dB is ‘KL to N(0, I)’ (−0.47 dB)'],
    [Number.NaN, 'The PSNR of ‘KL to N(0, I)’ is no finite number.'],
  ])('at %d dB, beside 21.42', (psnr, expected) => {
    const text = said([plain, { ...kl, psnr }])
    expect(text).toContain(expected)
    expect(text.includes('Reconstructions are equally good')).toBe(psnr === 21.3)
  })

  test('models apart are named, with the others', () => {
    const text = said([plain, kl, aligned])
    expect(text).toContain('The PSNR of ‘KL to N(0, I)’ (−0.22 dB) is within 0.5 dB')
    expect(text).toContain('(−1.32 dB)')
  })
})

test('the cost of the best is that of its step, over that of plain; one seed is said to be one', () => {
  const text = said([plain, kl])
  expect(text).toContain('A training step of ‘KL to N(0, I)’ takes 1.04 times that of the plain one.')
  expect(said([plain])).not.toContain('A training step')
  expect(text).toContain('one run with seed 0')
})

test('what is decoded without a generator is told where more than one has it', () => {
  const results = fakeResults(kinds, small)
  const said = (models: Results['models']) => summaryOf({ ...results, models }).join(' ')
  const from = results.models.map(({ generated }) => generated.fromPrior?.value)
  expect(from[0]).toBeUndefined()
  const best = Math.min(...from.flatMap((value) => value ?? []))
  const { title } = results.models[from.indexOf(best)]!
  expect(said(results.models)).toContain(
    `decoding samples of the prior itself, ‘${title}’ comes nearest to digits, with ${best.toFixed(1)}`,
  )
  expect(said(results.models.slice(0, 2))).not.toContain('Without a generator')
})
