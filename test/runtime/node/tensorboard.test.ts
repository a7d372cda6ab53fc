import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { crc32c } from '../../../runtime/data/crc32.ts'
import { openEventFile } from '../../../runtime/node/index.ts'
import * as fc from '../../fc.ts'
import { noSmallDisk, onSmallDisk } from './small-disk.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'events-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

// RFC 3720, appendix B.4.
test.each([
  ['32 bytes of 0', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of 255', new Uint8Array(32).fill(255), 0x62a8ab43],
  ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['nothing', new Uint8Array(0), 0],
])('crc32c of %s', (_, bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc)
})

/**
 * The data of the records of a TFRecord file. Checks both checksums, whose CRC is done bit by bit here, in integers of
 * any size.
 */
function recordsIn(path: string): readonly Buffer[] {
  const file = readFileSync(path)
  const records: Buffer[] = []
  const verify = (from: number, to: number): Buffer => {
    let crc = 0xffffffffn
    for (const byte of file.subarray(from, to)) {
      crc ^= BigInt(byte)
      for (let bit = 0; bit < 8; bit++) crc = crc % 2n === 1n ? (crc / 2n) ^ 0x82f63b78n : crc / 2n
    }
    crc ^= 0xffffffffn
    const masked = (crc / 2n ** 15n + (crc % 2n ** 15n) * 2n ** 17n + 0xa282ead8n) % 2n ** 32n
    expect(BigInt(file.readUInt32LE(to))).toBe(masked)
    return file.subarray(from, to)
  }
  for (let at = 0; at < file.length; ) {
    const length = Number(verify(at, at + 8).readBigUInt64LE())
    records.push(verify(at + 12, at + 12 + length))
    at += 12 + length + 4
  }
  return records
}

/** The fields of a message, by their numbers. */
function fieldsIn(message: Buffer): { readonly [field: number]: Buffer | bigint | number } {
  const fields: { [field: number]: Buffer | bigint | number } = {}
  let at = 0
  const take = (length: number): Buffer => {
    at += length
    return message.subarray(at - length, at)
  }
  const varint = (): bigint => {
    const [byte] = take(1)
    return byte! < 128 ? BigInt(byte!) : BigInt(byte! - 128) + 128n * varint()
  }
  const read: { readonly [wireType: number]: () => Buffer | bigint | number } = {
    0: varint,
    1: () => take(8).readDoubleLE(),
    2: () => take(Number(varint())),
    5: () => take(4).readFloatLE(),
  }
  while (at < message.length) {
    const tag = Number(varint())
    fields[tag >> 3] = read[tag & 7]!()
  }
  return fields
}

const pointsIn = (path: string) =>
  recordsIn(path)
    .slice(1)
    .map((record) => {
      const { 1: wallTime, 2: step, 5: summary } = fieldsIn(record)
      const { 1: tag, 2: value } = fieldsIn(fieldsIn(summary as Buffer)[1] as Buffer)
      return { tag: `${tag}`, step: Number(step), value, wallTime }
    })

describe('an event file', () => {
  test('is named as TensorBoard looks for it, and begins with its version', () => {
    const file = openEventFile(join(folder, 'new', 'run'))
    const [seconds, ...rest] = basename(file.path).replace('events.out.tfevents.', '').split('.')
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(60)
    expect(rest.join('.')).toBe(`${hostname()}.${process.pid}`)
    const [first] = recordsIn(file.path)
    expect(`${fieldsIn(first!)[3]}`).toBe('brain.Event:2')
    file.close()
  })

  test('has what was added, also before it is closed', () => {
    const file = openEventFile(folder)
    const point = fc.record({
      tag: fc.string({ unit: 'binary' }),
      step: fc.maxSafeNat(),
      value: fc.float(),
      wallTime: fc.double({ min: 0, max: 1e10 }),
    })
    const points = [
      { tag: 't', step: 2 ** 53 - 1, value: Number.NaN, wallTime: 0 },
      { tag: 't'.repeat(300), step: 127, value: 0, wallTime: 0 },
      { tag: '', step: 128, value: -0, wallTime: 1 },
      ...fc.sample(point, 100),
    ]
    for (const { tag, step, value, wallTime } of points) file.scalar(tag, step, value, wallTime)
    expect(pointsIn(file.path)).toEqual(points)
    file.close()
  })

  test('is, byte for byte, what TensorBoard itself writes', () => {
    const file = openEventFile(folder)
    file.scalar('train/loss é', 5e9, 0.3125, 1700000000.25)
    // SerializeToString of tensorboard.compat.proto.event_pb2.Event, tensorboard 2.21.0.
    expect(recordsIn(file.path)[1]!.toString('hex')).toBe(
      '0900001040fc54d9411080e497d0122a160a140a0d747261696e2f6c6f737320c3a9150000a03e',
    )
    file.close()
  })

  test('of a run that goes on says from which step', () => {
    const file = openEventFile(folder, { from: 300 })
    file.scalar('loss', 300, 1)
    const [, begins, point] = recordsIn(file.path).map(fieldsIn)
    // SessionLog.START: restarts purge steps that are not below theirs
    // (tensorboard/backend/event_processing/event_accumulator.py).
    expect(begins![2]).toBe(300n)
    expect(fieldsIn(begins![7] as Buffer)).toEqual({ 1: 1n })
    expect([point![2], point![7]]).toEqual([300n, undefined])
    file.close()
  })

  test('is timed by the clock where no time is given', () => {
    const file = openEventFile(folder)
    file.scalar('loss', 0, 1)
    expect(Math.abs((pointsIn(file.path)[0]!.wallTime as number) - Date.now() / 1000)).toBeLessThan(60)
    file.close()
  })

  test('is never one that was there before', () => {
    const files = [openEventFile(folder), openEventFile(folder), openEventFile(folder)]
    expect(new Set(files.map(({ path }) => path)).size).toBe(3)
    files.forEach((file, i) => {
      file.scalar('n', i, i)
      file.close()
    })
    expect(files.map(({ path }) => pointsIn(path).map(({ value }) => value))).toEqual([[0], [1], [2]])
  })

  test('takes no steps that are none, and nothing once it is closed', () => {
    const file = openEventFile(folder)
    for (const step of [-1, 1.5, Number.NaN, 2 ** 53])
      expect(() => file.scalar('loss', step, 1)).toThrow(`scalar: the step of 'loss' is ${step}; it must be a whole`)
    file.close()
    file.close()
    expect(() => file.scalar('loss', 0, 1)).toThrow(`scalar: the event file ${file.path} has been closed`)
    expect(pointsIn(file.path)).toEqual([])
  })
})

const reason = noSmallDisk()
test.skipIf(reason)('an event that a full disk has room for only in part leaves nothing of itself', async () => {
  const said = await onSmallDisk(
    'runtime/node/tensorboard.ts',
    `
    import { readFileSync, rmSync, writeFileSync } from 'node:fs'
    const file = library.openEventFile(disk)
    const before = readFileSync(file.path).length
    writeFileSync(disk + '/stone', new Uint8Array(56 * 1024))
    const long = 'a'.repeat(12000)
    let code
    try { file.scalar(long, 1, 1) } catch (error) { code = error.code }
    const after = readFileSync(file.path).length
    rmSync(disk + '/stone')
    file.scalar(long, 1, 1)
    const whole = library.beginningEvents(undefined).length + library.scalarEvent(long, 1, 1).length
    console.log(JSON.stringify([code, after === before, readFileSync(file.path).length === whole]))
  `,
  )
  expect(JSON.parse(said)).toEqual(['ENOSPC', true, true])
})
