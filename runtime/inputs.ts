import type { PlanOutline, Port, Tree } from '../compiler/plan/plan.ts'
import type { Words } from './device.ts'
import { rounded } from './halves.ts'
import { DeviceTensor, wordsIn } from './tensor.ts'

/** What was given for a port: numbers as the device holds them, or a tensor. */
export interface Given {
  readonly port: Port
  readonly value: Words | DeviceTensor
}

/**
 * Pairs the inputs of a plan with what was given for them: nested records and lists with typed arrays, numbers (for
 * scalars) and tensors as leaves.
 *
 * Throws where an input is missing, not known, or of another type or size than the plan has.
 */
export function matchInputs(plan: PlanOutline, given: unknown): readonly Given[] {
  const found: Given[] = []
  walk(plan, plan.inputs, given, '', found)
  return found
}

/** The same for those of the inputs that are given. */
export function matchSome(plan: PlanOutline, given: unknown): readonly Given[] {
  const all = 'record' in plan.inputs ? plan.inputs.record : {}
  if (!isRecord(given))
    throw new TypeError(
      `${plan.name}.upload takes a record of some of ${Object.keys(all).join(', ')}, was given ${kindOf(given)}`,
    )
  const found: Given[] = []
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(all, name))
      throw new TypeError(`${plan.name} has no input ${name}: it takes ${Object.keys(all).join(', ')}`)
    walk(plan, all[name]!, value, name, found)
  }
  return found
}

function walk(plan: PlanOutline, tree: Tree<Port>, given: unknown, path: string, found: Given[]): void {
  if ('leaf' in tree) {
    found.push({ port: tree.leaf, value: leafValue(plan, tree.leaf, given) })
    return
  }
  if ('list' in tree) {
    if (!Array.isArray(given))
      throw new TypeError(`${nameOf(plan, path)} takes a list of ${tree.list.length}, was given ${kindOf(given)}`)
    if (given.length !== tree.list.length)
      throw new TypeError(`${nameOf(plan, path)} takes a list of ${tree.list.length}, was given one of ${given.length}`)
    for (const [i, part] of tree.list.entries()) walk(plan, part, given[i], below(path, `${i}`), found)
    return
  }
  const names = Object.keys(tree.record)
  if (!isRecord(given))
    throw new TypeError(`${nameOf(plan, path)} takes a record of ${names.join(', ')}, was given ${kindOf(given)}`)
  for (const name of Object.keys(given))
    if (!Object.hasOwn(tree.record, name))
      throw new TypeError(`${plan.name} has no input ${below(path, name)}: ${path || 'it'} takes ${names.join(', ')}`)
  for (const name of names) {
    const part = tree.record[name]!
    if (!Object.hasOwn(given, name) || given[name] === undefined)
      throw new TypeError(`${plan.name} needs the input ${below(path, name)}: ${describe(plan, part)}`)
    walk(plan, part, given[name], below(path, name), found)
  }
}

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)
const nameOf = (plan: PlanOutline, path: string): string => path || `${plan.name}(...)`

const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))

function describe(plan: PlanOutline, tree: Tree<Port>): string {
  if ('leaf' in tree) return `${tree.leaf.dtype} ${shapeOf(plan, tree.leaf)}`
  return 'list' in tree ? `a list of ${tree.list.length}` : `a record of ${Object.keys(tree.record).join(', ')}`
}

/** '[n, 2] with n = 256': the shape as the author wrote it, and what its names stand for. */
function shapeOf(plan: PlanOutline, { shape, dims }: Port): string {
  const names = [...new Set(dims.filter((dim) => typeof dim === 'string'))]
  const sizes = names.map((name) => `${name} = ${plan.dims[name] ?? shape[dims.indexOf(name)]}`)
  return `[${dims.join(', ')}]${sizes.length > 0 ? ` with ${sizes.join(', ')}` : ''}`
}

const arrays = {
  f32: Float32Array,
  f16: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  bool: Uint32Array,
  key: Uint32Array,
} as const

function leafValue(plan: PlanOutline, port: Port, given: unknown): Words | DeviceTensor {
  if (given instanceof DeviceTensor) return matchTensor(plan, port, given)
  const type = port.dtype
  const count = wordsIn(port)
  if ((typeof given === 'number' || typeof given === 'boolean') && port.shape.length === 0 && type !== 'key')
    return scalarValue(port, given)
  const Wanted = arrays[type]
  const numbers = type === 'f16' ? halvesOf(given) : given
  if (!(numbers instanceof Wanted)) {
    const scalar = port.shape.length === 0 && type !== 'key' ? `${type === 'bool' ? 'a boolean' : 'a number'}, ` : ''
    const values = `a tensor or ${aOr(Wanted.name)} of ${plural(count, `${type === 'key' ? 'u32' : type} value`)}`
    throw new TypeError(
      `${nameOf(plan, port.path)} needs ${scalar}${values} (${shapeOf(plan, port)}), was given ${kindOf(given)}`,
    )
  }
  if (numbers.length !== count)
    throw new TypeError(
      `${nameOf(plan, port.path)} needs ${plural(count, `${type === 'key' ? 'u32' : type} value`)} (${shapeOf(plan, port)}), was given ${numbers.length}`,
    )
  if (type === 'bool') return Uint32Array.from(numbers, (value) => (value === 0 ? 0 : 1))
  return numbers instanceof Int32Array ? new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length) : numbers
}

/** Numbers rounded to halves, of what an input of f16 may be given as; anything else as it is. */
function halvesOf(given: unknown): unknown {
  const isHalves = ArrayBuffer.isView(given) && given.constructor.name === 'Float16Array'
  const isList = Array.isArray(given) && given.every((value) => typeof value === 'number')
  return isHalves || isList || given instanceof Float32Array ? rounded(given as ArrayLike<number>) : given
}

function scalarValue(port: Port, given: number | boolean): Words {
  const { dtype } = port
  if (typeof given === 'boolean') {
    if (dtype !== 'bool') throw new TypeError(`${port.path} needs a number (${dtype}), was given ${given}`)
    return Uint32Array.of(given ? 1 : 0)
  }
  if (dtype === 'f32') return Float32Array.of(given)
  if (dtype === 'f16') return rounded([given])
  const exact =
    dtype === 'bool' ? given === 0 || given === 1 : dtype === 'i32' ? (given | 0) === given : given >>> 0 === given
  if (!exact) {
    const values =
      dtype === 'bool'
        ? 'true, false, 1 or 0'
        : dtype === 'i32'
          ? 'a whole number of 32 bits'
          : 'a whole number of 32 bits, not negative'
    throw new TypeError(`${port.path} needs ${values} (${dtype}), was given ${given}`)
  }
  return Uint32Array.of(given)
}

function matchTensor(plan: PlanOutline, port: Port, given: DeviceTensor): Words | DeviceTensor {
  const same = port.shape.length === given.shape.length && port.shape.every((size, axis) => size === given.shape[axis])
  if (port.dtype !== given.dtype || !same)
    throw new TypeError(
      `${nameOf(plan, port.path)} needs ${port.dtype} ${shapeOf(plan, port)}, was given a tensor of ${given.dtype} [${given.shape.join(', ')}]`,
    )
  return given.storage.kind === 'host' ? given.storage.words : given
}

function kindOf(given: unknown): string {
  if (given === null || given === undefined) return `${given}`
  if (given instanceof DeviceTensor) return 'a tensor'
  if (given instanceof Promise) return 'a promise: await it first'
  if (Array.isArray(given)) return `a list of ${given.length}`
  if (ArrayBuffer.isView(given)) return `${aOr(given.constructor.name)}`
  if (typeof given === 'object')
    return isRecord(given) ? `a record of ${Object.keys(given).join(', ')}` : aOr(given.constructor.name)
  return `the ${typeof given} ${String(given)}`
}

const aOr = (name: string): string => `${/^[AEIOU]/.test(name) && !name.startsWith('Ui') ? 'an' : 'a'} ${name}`
const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
