import { DataError } from './data-error.ts'
import type { HostTensor } from './host-tensor.ts'
import { type NpyDType, npyTensor } from './npy.ts'
import { unzip, zipEntries } from './zip.ts'

/** The tensors of a `.npz` file by their names. */
export type NpzTensors = { readonly [name: string]: HostTensor<NpyDType> }

/**
 * The tensors of a `.npz` file, as `numpy.savez` and `numpy.savez_compressed` write it.
 *
 * @param name what errors call it.
 * @throws DataError where the bytes are no such file, or one in it is none of `.npy`.
 */
export async function parseNpz(bytes: Uint8Array, name: string): Promise<NpzTensors> {
  const tensors: [string, HostTensor<NpyDType>][] = []
  for (const entry of zipEntries(bytes, name)) {
    if (!entry.name.endsWith('.npy'))
      throw new DataError(name, entry.offset, `expected .npy files, found '${entry.name}'`)
    const tensor = npyTensor(await unzip(entry, name), `${name}/${entry.name}`)
    tensors.push([entry.name.slice(0, -'.npy'.length), tensor])
  }
  return Object.fromEntries(tensors)
}
