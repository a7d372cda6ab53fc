import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeFolder } from '../../../runtime/node/make-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'make-folder-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (path: string): string => join(folder, path)

test('folders are made, also by several at once, and may be there', async () => {
  await Promise.all([makeFolder(at('a/b/c')), makeFolder(at('a/b/c')), makeFolder(at('a/b/d'))])
  await makeFolder(at('a/b'))
  for (const path of ['a/b/c', 'a/b/d']) expect(statSync(at(path)).isDirectory()).toBe(true)
})

test('a file in its place is an error, as one on the way is', async () => {
  writeFileSync(at('file'), 'mine')
  await expect(makeFolder(at('file'))).rejects.toThrow('ENOTDIR')
  await expect(makeFolder(at('file/below'))).rejects.toThrow('ENOTDIR')
})

test.runIf(existsSync('/proc/self'))('in a folder that takes no others it ends with an error', async () => {
  await expect(makeFolder('/proc/none/below')).rejects.toThrow('ENOENT')
})
