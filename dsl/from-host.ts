import type { Data } from './compiled.ts'
import { described } from './error.ts'
import { optionsOf } from './option.ts'
import { show } from './shape/dim.ts'
import { type AnySpec, isSpec, type Spec, type Specs } from './spec.ts'
import { fail } from './trace/trace.ts'
import { leavesOf, malformed, mapTree } from './tree.ts'

/** A tensor in the host's memory, row-major: a HostTensor of `fluxion/data`, or anything like it. */
export interface TensorOnHost {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data: ArrayLike<number | bigint>
}

/** The elements of the tensors that a record of specs describes, nested likewise: what programs are given for them. */
export type Elements<P> = {
  readonly [K in keyof P]: P[K] extends Spec<infer _, infer D> ? Data<D> : Elements<P[K]>
}

export interface FromHostOptions {
  /** Comes before the names of the specs: 'state.params' for those of a checkpoint. Default none. */
  readonly prefix?: string
}

/**
 * The numbers of parameters, out of tensors by name: `fromHost(net.params, checkpoint.tensors, { prefix: 'state.params'
 * })`. A list's parts are named by their index: '0.weight'. Other tensors are left out; floats of any size become f32.
 *
 * @throws FluxionError where one is missing, or has another shape or kind of numbers than its spec.
 */
export function fromHost<P extends Specs>(
  specs: P,
  tensors: ReadonlyMap<string, TensorOnHost>,
  options: FromHostOptions = {},
): Elements<P> {
  if (!(tensors instanceof Map))
    throw fail(
      `type error: fromHost: ${described(tensors)} is not a map of tensors by name; loadSafetensors and loadCheckpoint give one`,
    )
  const { prefix = '' } = optionsOf('fromHost', options, ['prefix'])
  if (typeof prefix !== 'string')
    throw fail(`type error: fromHost: the prefix is ${described(prefix)}, which is not a name`)
  const wrong = malformed(specs, isSpec)
  if (wrong) throw fail(`type error: fromHost: ${wrong.path || 'the record'} ${wrong.why}`)
  const named = (path: string): string => (prefix === '' ? path : `${prefix}.${path}`)
  const missing = leavesOf(specs, isSpec, (path) => {
    throw fail(`type error: fromHost: ${path || 'this'} is not a spec`)
  }).filter(({ path }) => !tensors.has(named(path)))
  if (missing[0]) {
    const there = [...tensors.keys()]
    const others = missing.length > 1 ? ` and ${missing.length - 1} more` : ''
    throw fail(
      `type error: fromHost: there is no tensor ${named(missing[0].path)}${others}; there are ${there.slice(0, 5).join(', ')}${there.length > 5 ? ' ...' : ''}`,
    )
  }
  return mapTree(specs, isSpec, (spec, path) => elementsOf(named(path), spec, tensors.get(named(path))!)) as Elements<P>
}

const floats = ['f64', 'f32', 'f16', 'bf16']

function elementsOf(
  name: string,
  { shape, dtype }: AnySpec,
  { dtype: kind, shape: sizes, data }: TensorOnHost,
): Data<'f32' | 'i32' | 'u32'> {
  // A key is two u32, and its two words are an axis.
  const wanted = dtype === 'key' ? [...shape, 2] : shape
  if (wanted.length !== sizes.length || wanted.some((dim, axis) => typeof dim === 'number' && dim !== sizes[axis]))
    throw fail(`shape error: fromHost: ${name} is ${show(sizes)}, needs ${show(wanted)}`)
  const count = sizes.reduce((product, size) => product * size, 1)
  if (data.length !== count)
    throw fail(`shape error: fromHost: ${name} is ${show(sizes)} and has ${data.length} elements, needs ${count}`)
  const isFloat = dtype === 'f32' || dtype === 'f16'
  if (isFloat !== floats.includes(kind)) throw fail(`dtype error: fromHost: ${name} is ${kind}, needs ${dtype}`)
  if (isFloat) return data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>)
  const made = dtype === 'i32' ? Int32Array.from(data, Number) : Uint32Array.from(data, Number)
  const wrong = made.findIndex((value: number, i: number) => BigInt(value) !== BigInt(data[i]!))
  if (wrong >= 0) throw fail(`dtype error: fromHost: ${name} has ${data[wrong]}, which ${dtype} has not`)
  return made
}
