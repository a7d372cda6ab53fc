import { type ExecFileOptions, execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { writeAtomically } from '../../../runtime/node/atomic-write.ts'
import { builtForNode } from './built.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'written-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('a file is made, and takes the place of another', async () => {
  const path = join(folder, 'a')
  await writeAtomically(path, 'one')
  await writeAtomically(path, Uint8Array.of(116, 119, 111))
  expect(await readFile(path, 'utf8')).toBe('two')
  expect(await readdir(folder)).toEqual(['a'])
})

test('where it cannot be, the reason is said, and nothing is left behind', async () => {
  await expect(writeAtomically(join(folder, 'none/a'), 'one')).rejects.toThrow(
    `cannot write ${join(folder, 'none/a')}: the folder is not there (ENOENT); what was there before is as it was`,
  )
  const taken = join(folder, 'taken')
  await mkdir(join(taken, 'inside'), { recursive: true })
  await expect(writeAtomically(taken, 'one')).rejects.toThrow(`cannot write ${taken}: `)
  expect(await readdir(taken)).toEqual(['inside'])
  expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([])
})

/** What a process says that writes so many bytes. */
async function written(path: string, bytes: number, options: ExecFileOptions = {}, before = ''): Promise<string> {
  const { folder: built, main } = await builtForNode('test/runtime/node/written.ts')
  try {
    await chmod(built, 0o755)
    const command = `${before} exec '${process.execPath}' '${main}' '${path}' ${bytes}`
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { ...options, encoding: 'utf8' })
    return stdout.trim()
  } finally {
    await rm(built, { recursive: true })
  }
}

const windows = process.platform === 'win32'
if (windows)
  console.log('full disks and read-only folders are not tried on Windows: it has no ulimit and no such permissions')

describe.skipIf(windows)('the file is as it was', () => {
  let path: string
  beforeEach(async () => {
    const own = await mkdtemp(join(folder, 'own-'))
    path = join(own, 'kept')
    await writeFile(path, 'before')
    await chmod(folder, 0o755)
  })
  afterEach(async () => {
    expect(await readFile(path, 'utf8')).toBe('before')
    expect(await readdir(dirname(path))).toEqual(['kept'])
  })

  // As on a full disk, the system ends the write in the middle.
  test('where a write is cut off', async () => {
    expect(await written(path, 1_000_000, {}, 'ulimit -f 64;')).toBe(
      `cannot write ${path}: it is larger than this process may write; raise the limit (ulimit -f) (EFBIG); what was there before is as it was`,
    )
  })

  test('where the folder is read-only', async () => {
    await chmod(dirname(path), 0o555)
    // Root may write everywhere, and becomes nobody.
    const options = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const said = await written(path, 10, options)
    await chmod(dirname(path), 0o755)
    expect(said).toBe(
      `cannot write ${path}: the folder may not be written to; change its permissions, or write elsewhere (EACCES); what was there before is as it was`,
    )
  })
})
