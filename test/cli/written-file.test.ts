import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkWritten } from '../../cli/written-file.ts'

let folder: string
const at = (name: string): string => join(folder, name)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxion-written-'))
  mkdirSync(at('sub'))
  for (const name of ['in.npy', 'other.npy']) writeFileSync(at(name), 'rows')
  symlinkSync('in.npy', at('soft.npy'))
  linkSync(at('in.npy'), at('hard.npy'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each(['in.npy', 'sub/../in.npy', 'soft.npy', 'hard.npy'])('%s is read, and is not written', async (name) => {
  const path = `${folder}/${name}`
  await expect(checkWritten('out', path, [at('other.npy'), at('in.npy')])).rejects.toThrow(
    `--out is '${path}', which is ${name === 'in.npy' ? 'read' : `'${at('in.npy')}', and that is read`}: it would be lost; give another`,
  )
})

test('another file is replaced, which is said', async () => {
  const read = [at('in.npy'), at('none.npy'), 'words']
  expect(await checkWritten('out', at('new.npy'), read)).toBe(`wrote ${at('new.npy')}`)
  expect(await checkWritten('out', at('none.npy'), read)).toBe(`wrote ${at('none.npy')}`)
  expect(await checkWritten('out', at('other.npy'), read)).toBe(
    `wrote ${at('other.npy')} (replaces the file that was there)`,
  )
})

test.skipIf(process.platform !== 'linux')(
  'a folder that takes no files is told of before there is anything to write',
  async () => {
    await expect(checkWritten('out', '/proc/x.npy')).rejects.toThrow(
      /^--out is '\/proc\/x.npy', and (no file can be made|this user may not write) in '\/proc'/,
    )
  },
)
