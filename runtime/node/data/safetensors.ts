import { open } from 'node:fs/promises'
import type { HostTensor } from '../../data/host-tensor.ts'
import { parseSafetensors, type SafetensorsFile, serializeSafetensors } from '../../data/safetensors.ts'
import { writeAtomically } from '../atomic-write.ts'

/**
 * A `.safetensors` file, as `parseSafetensors` gives it. All its bytes are held until it is dropped.
 *
 * @throws DataError where the file is malformed.
 */
export const loadSafetensors = async (path: string): Promise<SafetensorsFile> =>
  parseSafetensors(await readBytes(path), path)

/** Less than the 2 GB that Node reads at once: weights of models are more. */
const piece = 2 ** 30

/** All of a file. */
export async function readBytes(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const bytes = new Uint8Array(size)
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(bytes, at, Math.min(piece, size - at), at)
      if (bytesRead === 0) return bytes.subarray(0, at)
      at += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}

/**
 * Writes a safetensors file, whole or not at all: `saveSafetensors('weights.safetensors', await toHost(state.params))`.
 */
export const saveSafetensors = (
  path: string,
  tensors: ReadonlyMap<string, HostTensor>,
  metadata?: { readonly [key: string]: string },
): Promise<void> => writeAtomically(path, [serializeSafetensors(tensors, metadata)])
