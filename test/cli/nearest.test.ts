import { expect, test } from 'vitest'
import { didYouMean, nearestName } from '../../studies/nearest.ts'

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
  expect(nearestName(written, ['devices', 'runs'])).toBe(meant)
})

test('the nearer one is taken, and a message ends with it', () => {
  expect(nearestName('losses', ['loss', 'lossed', 'losses2'])).toBe('lossed')
  expect(didYouMean('rnus', ['devices', 'runs'])).toBe("; did you mean 'runs'?")
  expect(nearestName('c', ['a', 'b'])).toBe(undefined)
  expect(didYouMean('other', ['devices', 'runs'])).toBe('')
})
