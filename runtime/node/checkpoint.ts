import { createHash } from 'node:crypto'
import { DataError } from '../data/data-error.ts'
import type { HostTensor } from '../data/host-tensor.ts'
import { parseSafetensors, serializeSafetensors } from '../data/safetensors.ts'
import type { Checkpoint } from '../train/recorder.ts'
import { writeAtomically } from './atomic-write.ts'
import { readBytes } from './data/safetensors.ts'

/** A checkpoint with what it belongs to. */
export interface SavedCheckpoint extends Checkpoint {
  readonly program: string
  readonly seed: number
  readonly config: unknown
  /** What was saved with the state, such as a projection. */
  readonly extra: ReadonlyMap<string, HostTensor>
}

const format = 'fluxion checkpoint 1'
/** Before the names of what is saved with the state. */
const extraPrefix = 'extra.'
/** The checksum is of the file with zeros in its place. */
const unknown = '0'.repeat(64)

/**
 * Saves a checkpoint as one safetensors file, whole or not at all. Its metadata have the step, the config and a
 * checksum.
 */
export async function saveCheckpoint(path: string, checkpoint: SavedCheckpoint): Promise<void> {
  const { step, seconds, program, seed, config, tensors, extra } = checkpoint
  const all = new Map([...tensors, ...[...extra].map(([name, tensor]) => [extraPrefix + name, tensor] as const)])
  const bytes = serializeSafetensors(all, {
    format,
    program,
    step: `${step}`,
    seconds: `${seconds}`,
    seed: `${seed}`,
    config: JSON.stringify(config ?? null),
    sha256: unknown,
  })
  const at = placeOf(bytes, unknown)!
  bytes.set(Buffer.from(checksum(bytes, at)), at)
  await writeAtomically(path, [bytes])
}

/**
 * Reads a checkpoint.
 *
 * @throws DataError where the file is no checkpoint, or not what was saved: cut off, or changed.
 */
export async function loadCheckpoint(path: string): Promise<SavedCheckpoint> {
  const bytes = await readBytes(path)
  const file = parseSafetensors(bytes, path)
  const { metadata } = file
  if (metadata.format !== format)
    throw new DataError(
      path,
      undefined,
      `expected a checkpoint ('${format}' in the metadata), found ${metadata.format === undefined ? 'a safetensors file without a format' : `'${metadata.format}'`}; loadSafetensors reads any`,
    )
  const said = metadata.sha256 ?? ''
  const at = said.length === unknown.length ? placeOf(bytes, said) : undefined
  const found = at === undefined ? undefined : checksum(bytes, at)
  if (found !== said)
    throw new DataError(
      path,
      undefined,
      `expected the checksum ${said || '(none)'}, found ${found ?? 'no place for it'}: the file is not what was saved`,
    )
  // Who wrote the file may have written a checksum as well.
  const wrong = (name: string, expected: string): never => {
    const found = metadata[name]
    throw new DataError(
      path,
      undefined,
      `expected ${expected} as '${name}' in the metadata, found ${found === undefined ? 'none' : `'${found}'`}`,
    )
  }
  const numberIn = (name: string, expected: string, is: (value: number) => boolean): number => {
    const text = metadata[name] ?? ''
    const value = Number(text)
    return text.trim() !== '' && is(value) ? value : wrong(name, expected)
  }
  const step = numberIn('step', 'a whole number from 0', (value) => Number.isSafeInteger(value) && value >= 0)
  const seconds = numberIn('seconds', 'seconds from 0', (value) => Number.isFinite(value) && value >= 0)
  const seed = numberIn('seed', 'a number', Number.isFinite)
  const config = jsonOf(metadata.config ?? 'null') ?? wrong('config', 'JSON')
  const tensors = file.tensors()
  const isExtra = (name: string) => name.startsWith(extraPrefix)
  return {
    program: metadata.program ?? '',
    step,
    seconds,
    seed,
    config: config.value,
    tensors: new Map([...tensors].filter(([name]) => !isExtra(name))),
    extra: new Map(
      [...tensors].flatMap(([name, tensor]) =>
        isExtra(name) ? [[name.slice(extraPrefix.length), tensor] as const] : [],
      ),
    ),
  }
}

function jsonOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** Where the header has a checksum. */
function placeOf(bytes: Uint8Array, sum: string): number | undefined {
  const header = Buffer.from(
    bytes.buffer,
    bytes.byteOffset,
    8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)),
  )
  const at = header.indexOf(`"sha256":"${sum}"`)
  return at < 0 ? undefined : at + '"sha256":"'.length
}

function checksum(bytes: Uint8Array, at: number): string {
  const hash = createHash('sha256').update(bytes.subarray(0, at)).update(unknown)
  for (let from = at + unknown.length; from < bytes.length; from += piece)
    hash.update(bytes.subarray(from, from + piece))
  return hash.digest('hex')
}

/** Less than the 2 GB that are hashed at once at most. */
const piece = 2 ** 28
