import { expect, test } from 'vitest'
import { didYouMean, nearest } from '../../studies/nearest.ts'

test.each([
  ['devcies', 'devices'],
  ['device', 'devices'],
  ['Runs', 'runs'],
  ['rns', 'runs'],
  ['urns', 'runs'],
  ['run', 'runs'],
  ['train', undefined],
  ['r', undefined],
  ['', undefined],
])('%j: %j was meant', (written, meant) => {
  expect(nearest(written, ['devices', 'runs'])).toBe(meant)
})

test('the nearer one is taken, and a message ends with it', () => {
  expect(nearest('losses', ['loss', 'lossed', 'losses2'])).toBe('lossed')
  expect(didYouMean('rnus', ['devices', 'runs'])).toBe("; did you mean 'runs'?")
  expect(nearest('c', ['a', 'b'])).toBe(undefined)
  expect(didYouMean('other', ['devices', 'runs'])).toBe('')
})
