import { described } from '../../../dsl/error.ts'
import {
  type Elements,
  fromHost,
  type Resident,
  type Specs,
  type TensorOnHost,
  type Tensors,
} from '../../../dsl/index.ts'
import { optionsOf } from '../../../dsl/option.ts'
import { show } from '../../../dsl/shape/dim.ts'
import { fail } from '../../../dsl/trace/trace.ts'
import { partAt } from '../../../dsl/tree.ts'
import type { HostTensor } from '../../../runtime/data/host-tensor.ts'
import { DeviceTensor } from '../../../runtime/tensor.ts'
import { entriesOf, prefixOf, type Stated } from './state-dict-entries.ts'

export interface FromStateDictOptions {
  /**
   * What stands before the names: 'ema.module'. Tensors of other names are then left out. Unless given it is found
   * ('model', 'module', 'net' ...), and there may be none but the field's.
   */
  readonly prefix?: string
}

/**
 * The parameters of a field out of a PyTorch state dict: `fromStateDict(field, (await
 * loadSafetensors('prior.safetensors')).tensors())` is what programs are given as `params`. Weights of linear layers
 * are [out, in] there and [in, out] here; tables and vectors are the same. Floats of any size become f32. For
 * `simpleMlpAdaLN` the names are those of the public code, for other fields the paths of their parameters.
 *
 * @throws FluxionError that names the tensors that are missing or unexpected, of another shape, or no floats.
 */
export function fromStateDict<P extends Specs>(
  field: Stated<P>,
  tensors: ReadonlyMap<string, TensorOnHost>,
  options: FromStateDictOptions = {},
): Elements<P> {
  const op = 'fromStateDict'
  if (!(tensors instanceof Map))
    throw fail(
      `type error: ${op}: ${described(tensors)} is not a map of tensors by name; write (await loadSafetensors(path)).tensors()`,
    )
  const { prefix } = optionsOf(op, options, ['prefix'])
  if (prefix !== undefined && typeof prefix !== 'string')
    throw fail(`type error: ${op}: the prefix is ${described(prefix)}, which is not a name`)
  const there = [...tensors.keys()]
  const entries = entriesOf(field)
  const before = prefix ?? prefixOf(there, entries)
  const named = entries.map((entry) => ({ ...entry, key: before === '' ? entry.name : `${before}.${entry.name}` }))

  const keys = new Set(named.map(({ key }) => key))
  const missing = [...keys].filter((key) => !tensors.has(key))
  const unexpected = prefix === undefined ? there.filter((key) => !keys.has(key)) : []
  if (missing.length + unexpected.length > 0) {
    const parts = [
      ...(missing.length > 0 ? [`there is no ${some(missing)}`] : []),
      ...(unexpected.length > 0 ? [`the field has no ${some(unexpected)}`] : []),
    ]
    throw fail(`type error: ${op}: ${parts.join('; ')}`)
  }
  const given = named.map((entry) => ({ ...entry, tensor: tensors.get(entry.key)! }))
  const misshapen = given.filter(({ shape, tensor }) => show(tensor.shape) !== show(shape))
  if (misshapen.length > 0) {
    const each = misshapen.map(({ key, shape, tensor }) => `${key} is ${show(tensor.shape)}, needs ${show(shape)}`)
    throw fail(`shape error: ${op}: ${some(each)}`)
  }
  const odd = given.find(({ tensor }) => !floats.includes(tensor.dtype))
  if (odd) throw fail(`dtype error: ${op}: ${odd.key} is ${odd.tensor.dtype}, needs floats`)
  const turned = given.map(({ key, linear, tensor: { dtype, shape, data } }) => {
    const [out, size] = shape
    return [
      key,
      linear ? { dtype, shape: [size, out], data: transposed(data, out, size) } : { dtype, shape, data },
    ] as const
  })
  return fromHost(field.params, new Map(turned), { prefix: before })
}

/**
 * The PyTorch state dict of a field with these parameters, which are tensors of a device, or elements as
 * `fromStateDict` and `fromHost` give them. `saveSafetensors` writes it, and `fromStateDict` brings the same bits back.
 *
 * Rejects with a FluxionError where a parameter is missing or has another number of elements, and as reading a tensor
 * does.
 */
export async function toStateDict<P extends Specs>(
  field: Stated<P>,
  params: Elements<P> | Resident<Tensors<P>>,
): Promise<ReadonlyMap<string, HostTensor<'f32'>>> {
  const tensors = entriesOf(field).map(async ({ name, shape, linear }) => {
    const part = partAt(params, name)
    const data = part instanceof DeviceTensor ? await part.read() : part
    if (!(data instanceof Float32Array))
      throw fail(`type error: toStateDict: ${name} is ${described(part)}, needs a tensor of f32 or a Float32Array`)
    const count = shape.reduce((product, size) => product * size, 1)
    if (data.length !== count)
      throw fail(`shape error: toStateDict: ${name} has ${data.length} elements, needs ${count}`)
    const [out, size] = shape as [number, number]
    return [name, { dtype: 'f32', shape, data: linear ? transposed(data, size, out) : data }] as const
  })
  return new Map(await Promise.all(tensors))
}

const floats = ['f64', 'f32', 'f16', 'bf16']

/** The first of a list, and how many more there are. */
const some = (all: readonly string[]): string =>
  `${all.slice(0, 3).join(', ')}${all.length > 3 ? ` and ${all.length - 3} more` : ''}`

/** The elements of an [m, n] matrix as those of its transpose. */
function transposed(data: ArrayLike<number | bigint>, m: number, n: number): Float32Array {
  const turned = new Float32Array(data.length)
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) turned[j * m + i] = Number(data[i * n + j])
  return turned
}
