import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadWithFiles } from '../../cli/load-module.ts'
import { again, sourcesBelow } from '../../cli/watch.ts'

let folder: string
const at = (name: string): string => join(folder, name)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxion-watch-'))
  writeFileSync(at('package.json'), '{ "type": "module" }')
  writeFileSync(at('model.ts'), "import { helper } from './helper'\nexport const value: number = helper + 1\n")
  writeFileSync(at('helper.ts'), 'export const helper: number = 1\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

test('a module is run again when what it imports changes, and after it did not load', async () => {
  const ended = new AbortController()
  const seen: unknown[] = []
  const changes = [
    () => writeFileSync(at('helper.ts'), 'export const helper: number = 41\n'),
    () => writeFileSync(at('model.ts'), 'export const value: number = }\n'),
    () => writeFileSync(at('model.ts'), "import { helper } from './helper'\nexport const value = helper - 1\n"),
    () => ended.abort(),
  ]
  const job = async (depends: (files: readonly string[]) => void) => {
    try {
      const { exports, files } = await loadWithFiles(at('model.ts'), { anew: true })
      depends(files)
      seen.push(exports.value)
    } catch (error) {
      seen.push((error as Error).message.includes('does not load'))
    }
    const change = changes[seen.length - 1]!
    // What is known when the job begins may change while it is at work.
    if (seen.length === 3) change()
    else setTimeout(change, 300)
  }
  await again(job, () => [at('model.ts')], ended.signal)
  expect(seen).toEqual([2, 42, true, 40])
})

describe('a folder of sources', () => {
  const sources = () => sourcesBelow(folder)

  test('is looked at once at first, and again after sources change, come or go, many changes at once being one', async () => {
    const ended = new AbortController()
    let times = 0
    let hear = () => {}
    const watching = again(
      async () => {
        times++
        hear()
      },
      sources,
      ended.signal,
    )
    const timesWith = async (change: () => void): Promise<number> => {
      const heard = new Promise<void>((done) => {
        hear = done
      })
      change()
      await heard
      // What is not to be seen would be by now.
      await new Promise((done) => setTimeout(done, 500))
      return times
    }
    expect(await timesWith(() => {})).toBe(1)
    mkdirSync(at('clean'))
    const names = ['a.ts', 'b.ts', 'c.ts'].map((name) => at(`clean/${name}`))
    expect(
      await timesWith(() => {
        for (const name of names) writeFileSync(name, 'export {}\n')
      }),
    ).toBe(2)
    expect(await timesWith(() => rmSync(names[2]!))).toBe(3)
    writeFileSync(at('clean/notes.md'), 'nothing to check')
    expect(await timesWith(() => writeFileSync(names[0]!, 'export const a = 1\n'))).toBe(4)
    ended.abort()
    await watching
  })

  test('leaves out packages and hidden folders, and may be gone', async () => {
    for (const name of ['node_modules', '.cache']) {
      mkdirSync(at(name))
      writeFileSync(at(`${name}/a.ts`), '')
    }
    const names = (await sources()).map((path) => relative(folder, path))
    expect(names).toContain('model.ts')
    expect(names.filter((name) => name.startsWith('node_modules') || name.startsWith('.'))).toEqual([])
    expect(await sourcesBelow(at('none'))).toEqual([])
  })

  test('is no more looked at after an error, which is given', async () => {
    await expect(again(() => Promise.reject(new Error('no disk')), sources)).rejects.toThrow('no disk')
  })
})
