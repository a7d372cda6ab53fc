import { expect, test } from 'vitest'
import { noSmallDisk, onSmallDisk } from './small-disk.ts'

const reason = noSmallDisk()
if (reason !== undefined) console.warn(`skipped: a growing file on a full disk, since ${reason}`)

test.skipIf(reason)(
  'records that a full disk has no room for are told of once, and written whole when it has',
  async () => {
    const said = await onSmallDisk(
      'runtime/node/growing.ts',
      `
    import { readFileSync, rmSync, writeFileSync } from 'node:fs'
    const path = disk + '/lines', stone = disk + '/stone'
    const told = []
    const lines = library.growingFile(path, (message) => told.push(message.replace(path, 'PATH')))
    await lines.begin('first\\n')
    const long = (letter) => letter.repeat(3000) + '\\n'
    await lines.add(long('a'))
    writeFileSync(stone, new Uint8Array(48 * 1024))
    const all = ['first\\n', long('a')]
    for (const letter of 'bcdef') {
      all.push(long(letter))
      await lines.add(letter < 'd' ? long(letter) : Buffer.from(long(letter)))
    }
    const ended = await lines.end().then(() => 'written', (error) => error.message.replace(path, 'PATH'))
    rmSync(stone)
    all.push('g\\n')
    await lines.add('g\\n')
    await lines.end()
    console.log(JSON.stringify([told, ended, readFileSync(path, 'utf8') === all.join('')]))
  `,
    )
    expect(JSON.parse(said)).toEqual([
      ['warning: PATH: not written, since the disk is full (ENOSPC); it will be tried again'],
      'PATH: not written, since the disk is full (ENOSPC)',
      true,
    ])
  },
)
