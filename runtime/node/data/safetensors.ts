import { open } from 'node:fs/promises'
import { parseSafetensors, type SafetensorsFile } from '../../data/safetensors.ts'

/**
 * A `.safetensors` file, as `parseSafetensors` gives it. All its bytes are held until it is dropped.
 *
 * @throws DataError where the file is malformed.
 */
export const loadSafetensors = async (path: string): Promise<SafetensorsFile> =>
  parseSafetensors(await bytesOf(path), path)

/** Less than the 2 GB that Node reads at once: weights of models are more. */
const piece = 2 ** 30

async function bytesOf(path: string): Promise<Uint8Array> {
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
