import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { again } from '../../cli/build/watch.ts'
import { loadWithFiles } from '../../cli/load-module.ts'

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
  await again(job, [at('model.ts')], ended.signal)
  expect(seen).toEqual([2, 42, true, 40])
})
