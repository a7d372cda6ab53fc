import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { list, number } from '../../runtime/node/data/json-check.ts'
import { kept, keptAlready, once, oncePer } from '../../studies/kept.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxion-kept-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const read = (value: unknown) => list(number)(value, 'it')

test('a part is made once, and is the same when it is read again', async () => {
  const file = join(folder, 'deep/er/part.json')
  let made = 0
  const make = async () => {
    made += 1
    return [1, 0.1, Number.NaN, Number.NEGATIVE_INFINITY]
  }
  expect(await keptAlready(file, read)).toBeUndefined()
  const first = await kept(file, read, make)
  expect(await kept(file, read, make)).toEqual(first)
  expect(made).toBe(1)
})

test('nothing is left of a part that was not made', async () => {
  const file = join(folder, 'failed.json')
  await expect(kept(file, read, () => Promise.reject(new Error('no digits')))).rejects.toThrow('no digits')
  expect(existsSync(file)).toBe(false)
})

test('what is no such part is refused, and left as it is', async () => {
  const file = join(folder, 'broken.json')
  for (const text of ['[1, 2', '{"a": 1}', '["many"]']) {
    writeFileSync(file, text)
    await expect(kept(file, read, async () => [1])).rejects.toThrow(
      /broken\.json' is not what this study left there: .*; remove the file to have it made again, or choose another folder/,
    )
    expect(readFileSync(file, 'utf8')).toBe(text)
  }
  await expect(keptAlready(folder, read)).rejects.toThrow('cannot be read: EISDIR')
})

test('what is asked for twice is made once, for each key', async () => {
  let made = 0
  const count = once(async () => ++made)
  expect(await Promise.all([count(), count()])).toEqual([1, 1])
  const asked: string[] = []
  const of = oncePer(async (key: string) => asked.push(key))
  await Promise.all([of('a'), of('b'), of('a')])
  expect(asked).toEqual(['a', 'b'])
})
