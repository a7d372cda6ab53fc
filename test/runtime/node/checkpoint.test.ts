import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DataError, type HostTensor, serializeSafetensors } from '../../../runtime/data/index.ts'
import { loadCheckpoint, type SavedCheckpoint, saveCheckpoint } from '../../../runtime/node/index.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'

let folder: string
let path: string
let good: Uint8Array
const checkpoint: SavedCheckpoint = {
  program: 'step',
  step: 40,
  seconds: 1.5,
  seed: 5,
  config: { width: 8, "it's": ['"', null] },
  tensors: new Map<string, HostTensor>([
    [
      'state.params.0.weight',
      { dtype: 'f32', shape: [2, 3], data: Float32Array.of(1, -2, 3.5, -0, Number.MIN_VALUE, 6) },
    ],
    ['state.key', { dtype: 'u32', shape: [2], data: Uint32Array.of(7, 0xffffffff) }],
    ['state.half', { dtype: 'f16', shape: [1], data: Float32Array.of(0.5) }],
    ['state.mask', { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) }],
    ['state.none', { dtype: 'i32', shape: [0], data: new Int32Array() }],
  ]),
  extra: new Map<string, HostTensor>([['projection', { dtype: 'f32', shape: [], data: Float32Array.of(2) }]]),
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'))
  path = join(folder, 'step-00000040.safetensors')
  await saveCheckpoint(path, checkpoint)
  good = await readFile(path)
})
afterAll(() => rm(folder, { recursive: true }))

const refused = async (bytes: Uint8Array): Promise<string> => {
  const spoiled = join(folder, 'spoiled')
  await writeFile(spoiled, bytes)
  const error = await loadCheckpoint(spoiled).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(DataError)
  expect((error as DataError).file).toBe(spoiled)
  return (error as Error).message
}

test('what is saved is loaded', async () => {
  const { tensors, ...rest } = await loadCheckpoint(path)
  expect({ ...rest, tensors: new Map([...tensors].sort()) }).toEqual({
    ...checkpoint,
    tensors: new Map([...checkpoint.tensors].sort()),
  })
})

test('whatever byte changes, and wherever it is cut off, it is refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const changed = Uint8Array.from(good)
      changed[at]! ^= by
      await refused(changed)
    }),
    { numRuns: 100 * times },
  )
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), async (length) => {
      await refused(good.slice(0, length))
    }),
    { numRuns: 50 * times },
  )
  await refused(Uint8Array.from([...good, 0]))
})

/** A file as a checkpoint is, with metadata of somebody else's and the checksum that belongs to it. */
function signed(metadata: { readonly [name: string]: string }): Uint8Array {
  const tensors = new Map([['w', checkpoint.tensors.get('state.key')!]])
  const zeros = '0'.repeat(64)
  const bytes = serializeSafetensors(tensors, { ...metadata, format: 'fluxion checkpoint 1', sha256: zeros })
  const sum = createHash('sha256').update(bytes).digest('hex')
  bytes.set(Buffer.from(sum), Buffer.from(bytes).indexOf(zeros))
  return bytes
}

test('what is signed and is not what is saved is refused, too', async () => {
  const right = { program: 'step', step: '7', seconds: '1.5', seed: '-3', config: '{"a":1}' }
  const spoiled = join(folder, 'signed')
  await writeFile(spoiled, signed(right))
  expect(await loadCheckpoint(spoiled)).toMatchObject({ ...right, step: 7, seconds: 1.5, seed: -3, config: { a: 1 } })
  const wrong = (name: string, found: string, expected: string) =>
    `expected ${expected} as '${name}' in the metadata, found ${found}`
  for (const [change, message] of [
    [{ step: '-1' }, wrong('step', "'-1'", 'a whole number from 0')],
    [{ step: '' }, wrong('step', "''", 'a whole number from 0')],
    [{ seconds: 'Infinity' }, wrong('seconds', "'Infinity'", 'seconds from 0')],
    [{ seed: 'x' }, wrong('seed', "'x'", 'a number')],
    [{ config: '{' }, wrong('config', "'{'", 'JSON')],
  ] as const)
    expect(await refused(signed({ ...right, ...change }))).toContain(message)
  const text = fc.oneof(fc.string(), fc.json(), fc.double().map(String))
  const names = fc.constantFrom('step', 'seconds', 'seed', 'config')
  await fc.assert(
    fc.asyncProperty(fc.dictionary(names, text), async (change) => {
      await writeFile(spoiled, signed({ ...right, ...change }))
      const found = await loadCheckpoint(spoiled).catch((error: unknown) => error)
      if (found instanceof DataError) return
      const { step, seconds, seed } = found as Awaited<ReturnType<typeof loadCheckpoint>>
      expect(Number.isSafeInteger(step) && step >= 0 && seconds >= 0 && Number.isFinite(seconds + seed)).toBe(true)
    }),
    { numRuns: 100 * times },
  )
})

test('other files are said to be others', async () => {
  const tensors = new Map([['w', checkpoint.tensors.get('state.key')!]])
  expect(await refused(serializeSafetensors(tensors))).toMatch(
    /expected a checkpoint \('fluxion checkpoint 1' in the metadata\), found a safetensors file without a format; loadSafetensors reads any$/,
  )
  expect(await refused(serializeSafetensors(tensors, { format: 'pt' }))).toMatch(
    /found 'pt'; loadSafetensors reads any$/,
  )
  const sha256 = '1'.repeat(64)
  expect(await refused(serializeSafetensors(tensors, { format: 'fluxion checkpoint 1' }))).toMatch(
    /expected the checksum \(none\), found no place for it/,
  )
  expect(await refused(serializeSafetensors(tensors, { format: 'fluxion checkpoint 1', sha256 }))).toMatch(
    /expected the checksum 1{64}, found [0-9a-f]{64}/,
  )
})
