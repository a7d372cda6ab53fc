import type { HostTensor } from '../data/host-tensor.ts'
import type { Words } from '../device.ts'
import { DeviceTensor, type Numbers } from '../tensor.ts'
import type { Checkpoint } from './recorder.ts'

/** Nested records and lists of tensors. */
export type State = DeviceTensor | { readonly [name: string]: State } | readonly State[]
export interface Leaf {
  /** 'state.params.0.weight' */
  readonly path: string
  readonly tensor: DeviceTensor
}

/** The tensors of a state in order. */
export function leavesOf(state: State, path = 'state'): readonly Leaf[] {
  if (state instanceof DeviceTensor) return [{ path, tensor: state }]
  return Object.entries(state).flatMap(([name, part]) => leavesOf(part, path === '' ? name : `${path}.${name}`))
}

/** The same state with something made of each tensor. */
export function mapState<T>(state: State, make: (leaf: Leaf) => T, path = 'state'): unknown {
  if (state instanceof DeviceTensor) return make({ path, tensor: state })
  const parts = Object.entries(state).map(([name, part]) => [name, mapState(part, make, `${path}.${name}`)] as const)
  return Array.isArray(state) ? parts.map(([, part]) => part) : Object.fromEntries(parts)
}

/** Brings a state here, as files hold it. */
export const readState = (state: State): Promise<ReadonlyMap<string, HostTensor>> => toHost(state, { prefix: 'state' })

/**
 * Reads nested tensors, by name: 'params.0.weight'. With a prefix that stands before each name:
 * 'state.params.0.weight'. A key is two u32, bool is bytes.
 *
 * Rejects as reading a tensor does.
 */
export async function toHost(
  tensors: unknown,
  { prefix = '' }: { readonly prefix?: string } = {},
): Promise<ReadonlyMap<string, HostTensor>> {
  const read = await Promise.all(
    leavesOf(tensors as State, prefix).map(
      async ({ path, tensor }) => [path, hostTensor(tensor, await tensor.read())] as const,
    ),
  )
  return new Map(read)
}

/** How a tensor is held in files: a key as two u32, bool as bytes. */
const typeOf = ({ dtype, shape }: DeviceTensor): Pick<HostTensor, 'dtype' | 'shape'> =>
  dtype === 'key' ? { dtype: 'u32', shape: [...shape, 2] } : { dtype, shape }

function hostTensor(tensor: DeviceTensor, numbers: Numbers): HostTensor {
  const type = typeOf(tensor)
  return { ...type, data: type.dtype === 'bool' ? Uint8Array.from(numbers) : numbers } as HostTensor
}

/**
 * A state of the same tensors as another, with the numbers of a checkpoint.
 *
 * Throws where it has not exactly these tensors, of these types.
 */
export function restored(
  like: State,
  { tensors, name }: Pick<Checkpoint, 'tensors'> & { readonly name: string },
): State {
  const leaves = leavesOf(like)
  const known = new Set(leaves.map(({ path }) => path))
  const stray = [...tensors.keys()].filter((path) => path.startsWith('state.') && !known.has(path))
  const missing = leaves.filter(({ path }) => !tensors.has(path))
  if (stray.length + missing.length > 0) {
    const lists = [
      ...(missing.length > 0 ? [`it has not ${some(missing.map(({ path }) => path))}`] : []),
      ...(stray.length > 0 ? [`this program has not ${some(stray)}`] : []),
    ]
    throw new Error(`${name} is the state of another program: ${lists.join('; ')}`)
  }
  return mapState(like, ({ path, tensor }) => {
    const wanted = typeOf(tensor)
    const saved = tensors.get(path)!
    if (saved.dtype !== wanted.dtype || `${saved.shape}` !== `${wanted.shape}`)
      throw new Error(
        `${name} is the state of another program: there ${path} is ${described(saved)}, and here ${described(wanted)}`,
      )
    return onHost(tensor, wordsOf(saved))
  }) as State
}

/** A tensor like another, with numbers that are still here. */
export const onHost = ({ shape, dtype, device }: DeviceTensor, words: Words): DeviceTensor =>
  new DeviceTensor({ shape, dtype }, device, { kind: 'host', words })

function wordsOf({ dtype, data }: HostTensor): Words {
  if (dtype === 'bool') return Uint32Array.from(data as Uint8Array)
  return data instanceof Int32Array ? new Uint32Array(data.buffer, data.byteOffset, data.length) : (data as Words)
}

const described = ({ dtype, shape }: Pick<HostTensor, 'dtype' | 'shape'>): string => `${dtype} [${shape.join(', ')}]`
/** Names, but not all of many. */
export const some = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
