import { expect, test } from 'vitest'
import { isFull } from './full.ts'

test('npm run test:full tries as much as it says, and npm test does not', ({ skip }) => {
  const script = process.env.npm_lifecycle_event
  if (script !== 'test' && script !== 'test:full')
    skip(`neither npm test nor npm run test:full, but ${script ?? 'no script'}`)
  expect(isFull).toBe(script === 'test:full')
})
