import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isUnfinished, WriteError, writeAtomically } from '../../../runtime/node/atomic-write.ts'
import * as fc from '../../fc.ts'
import { builtForNode } from './built.ts'
import { noSmallDisk, onSmallDisk } from './small-disk.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluxion-write-'))
})
afterEach(() => rm(folder, { recursive: true }))

const bytes = (text: string) => new TextEncoder().encode(text)
describe('writeAtomically', () => {
  const refused = async (path: string) => {
    const error = await writeAtomically(path, [bytes('new')]).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(WriteError)
    return error as WriteError
  }

  test('a file is its parts, whatever was there before, and nothing else is left', async () => {
    const path = join(folder, 'file.bin')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 100 })), async (parts) => {
        await writeAtomically(path, parts)
        expect(new Uint8Array(await readFile(path))).toEqual(new Uint8Array(parts.flatMap((part) => [...part])))
        expect(await readdir(folder)).toEqual(['file.bin'])
      }),
      { numRuns: 20 },
    )
  })

  test('of several at once the file is one, whole', async () => {
    const path = join(folder, 'file')
    const texts = Array.from({ length: 20 }, (_, i) => `${i} `.repeat(5000))
    await Promise.all(texts.map((text) => writeAtomically(path, text)))
    expect(texts).toContain(await readFile(path, 'utf8'))
    expect(await readdir(folder)).toEqual(['file'])
  })

  test('a view writes its own bytes only', async () => {
    await writeAtomically(join(folder, 'file'), [bytes('abcdef').subarray(2, 4)])
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('cd')
  })

  test('the mode of the old file is kept, and a link still leads to it', async () => {
    await writeFile(join(folder, 'old'), 'old')
    await chmod(join(folder, 'old'), 0o640)
    await symlink('old', join(folder, 'link'))
    await writeAtomically(join(folder, 'link'), [bytes('new')])
    expect(await readFile(join(folder, 'old'), 'utf8')).toBe('new')
    expect((await stat(join(folder, 'old'))).mode & 0o777).toBe(0o640)
    expect((await readdir(folder)).sort()).toEqual(['link', 'old'])
  })

  test('a long name is no longer while it is written', async () => {
    const name = 'ä'.repeat(127)
    await writeAtomically(join(folder, name), [bytes('new')])
    expect(await readdir(folder)).toHaveLength(1)
  })

  test('where there is no folder, or a folder or a device stands, it says so', async () => {
    const missing = join(folder, 'none', 'file')
    expect(await refused(missing)).toMatchObject({
      code: 'ENOENT',
      file: missing,
      message: `${missing}: not written, since its folder does not exist (ENOENT); nothing was lost: there was no such file before`,
    })
    await mkdir(join(folder, 'dir'))
    expect((await refused(join(folder, 'dir'))).message).toBe(`${join(folder, 'dir')}: not written: it is a folder`)
    expect((await refused('/dev/null')).message).toBe('/dev/null: not written: it is no regular file')
    await writeFile(join(folder, 'file'), 'old')
    expect((await refused(join(folder, 'file', 'below'))).message).toContain('its folder is a file (ENOTDIR)')
    expect((await readdir(folder)).sort()).toEqual(['dir', 'file'])
  })

  test('in a folder where it may not write, it says so', async () => {
    const isRoot = process.getuid!() === 0
    await writeFile(join(folder, 'file'), 'old')
    await chmod(folder, 0o555)
    // Root may write anywhere.
    if (isRoot) process.seteuid!(65534)
    const { code, message } = await refused(join(folder, 'file'))
    if (isRoot) process.seteuid!(0)
    await chmod(folder, 0o755)
    expect(code).toBe('EACCES')
    expect(message).toContain('this user may not write there (EACCES); nothing was lost: the file that was there')
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['file'])
  })
})

const reason = noSmallDisk()
if (reason !== undefined) console.warn(`skipped: a full and a read-only disk, since ${reason}`)

test.skipIf(reason)(
  'on a full disk, and on one that is read-only, the old file is intact and nothing is left',
  async () => {
    const said = await onSmallDisk(
      'runtime/node/atomic-write.ts',
      `
      import { readdirSync, readFileSync } from 'node:fs'
      const small = new Uint8Array(1000).fill(1)
      const large = [small, new Uint8Array(70_000)]
      const { writeAtomically } = library
      const file = disk + '/file', other = disk + '/other'
      const attempt = async (path) => {
        const said = await writeAtomically(path, large).catch((error) => error.message.replace(path, 'PATH'))
        return [said, readdirSync(disk).join(), Buffer.compare(readFileSync(file), small)]
      }
      await writeAtomically(file, [small])
      const found = [await attempt(file), await attempt(other)]
      readOnly()
      found.push(await attempt(file), await attempt(other))
      console.log(JSON.stringify(found))
    `,
    )
    const line = (why: string, before: string) => [
      `PATH: not written, since ${why}; nothing was lost: ${before}`,
      'file',
      0,
    ]
    const both = (why: string) => [
      line(why, 'the file that was there before is as it was'),
      line(why, 'there was no such file before'),
    ]
    const full = both('the disk is full (ENOSPC)')
    const readOnly = both('this file system is read-only (EROFS)')
    expect(JSON.parse(said)).toEqual([...full, ...readOnly])
  },
)

test('whoever is killed while writing leaves the old file or the new one', async () => {
  const { folder: built, main } = await builtForNode('runtime/node/atomic-write.ts')
  const path = join(folder, 'file')
  const script = `
    import { writeAtomically } from '${main}'
    for (let i = 0; ; i = (i + 1) % 256) {
      await writeAtomically('${path}', Array.from({ length: 16 }, () => new Uint8Array(50_000).fill(i)))
      if (i === 1) console.log('turn')
    }`
  for (let i = 0; i < 4; i++) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script])
    const ended = new Promise((done) => child.once('exit', done))
    await Promise.race([once(child.stdout, 'data'), ended])
    await new Promise((done) => setTimeout(done, 20 + 13 * i))
    child.kill('SIGKILL')
    await ended
    const found = await readFile(path)
    expect(found.length).toBe(800_000)
    expect(found.every((byte) => byte === found[0])).toBe(true)
    for (const name of await readdir(folder)) expect(name === 'file' || isUnfinished(name), name).toBe(true)
  }
  await rm(built, { recursive: true })
})
