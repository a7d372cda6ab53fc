import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clockOf } from '../../studies/clock.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxion-clock-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('goes on from what the last sitting kept', async () => {
  const file = join(folder, 'time.json')
  writeFileSync(file, '{ "seconds": 1000 }')
  const second = await clockOf(file)
  expect(second.seconds()).toBeGreaterThanOrEqual(1000)
  await second.keep()
  const { seconds } = JSON.parse(readFileSync(file, 'utf8')) as { seconds: number }
  expect(seconds).toBeLessThanOrEqual(second.seconds())
  expect((await clockOf(file)).seconds()).toBeGreaterThanOrEqual(seconds)
})

test('begins at nothing, and keeps nothing until it is asked to', async () => {
  const file = join(folder, 'none.json')
  const clock = await clockOf(file)
  expect(clock.seconds()).toBeLessThan(600)
  expect(() => readFileSync(file)).toThrow('ENOENT')
})

test('a file that no clock left is refused', async () => {
  const file = join(folder, 'other.json')
  writeFileSync(file, '{ "seconds": "long" }')
  await expect(clockOf(file)).rejects.toThrow(/other\.json' is not what this study left there/)
})
