import { isBranch } from '../dsl/tree.ts'
import { complaint, isArray, isNested, type NdArray, array as read } from './array.ts'
import { showIndex } from './probes.ts'

/** |found - expected| <= absolute + relative |expected|. */
export interface Tolerance {
  readonly relative?: number
  readonly absolute?: number
  /** Whether NaN is as good as NaN; true unless given. */
  readonly equalNaN?: boolean
}

/** Where two arrays differ first. */
export interface Difference {
  /** 'params.weight[1, 2]', or the path alone where not even the shapes agree. */
  readonly where: string
  readonly text: string
}

/** What two trees of arrays differ in, or undefined: shapes, dtypes, or elements by more than the tolerance. */
export function differenceOf(
  found: unknown,
  expected: unknown,
  tolerance: Tolerance,
  path = '',
): Difference | undefined {
  // A list of numbers is an array, unless it meets a tuple of arrays.
  if (isDefinite(found) || isDefinite(expected) || (isNested(found) && isNested(expected))) {
    if (isData(found) && isData(expected)) return arrayDifference(found, expected, tolerance, path)
    return { where: path, text: `${nameOf(path)} is ${kindOf(found)}, expected ${kindOf(expected)}` }
  }
  if (!isBranch(found) || !isBranch(expected))
    throw complaint(`type error: ${nameOf(path)} is neither an array nor a record of them`)
  const [has, needs] = [Object.keys(found), Object.keys(expected)]
  const odd = [...has.filter((key) => !needs.includes(key)), ...needs.filter((key) => !has.includes(key))][0]
  if (odd !== undefined) {
    const where = path === '' ? odd : `${path}.${odd}`
    return { where, text: has.includes(odd) ? `${where} is there, and is not expected` : `${where} is missing` }
  }
  for (const key of needs) {
    const inside = differenceOf(found[key], expected[key], tolerance, path === '' ? key : `${path}.${key}`)
    if (inside) return inside
  }
  return undefined
}

type Data = NdArray | number | boolean | readonly unknown[] | Exclude<ArrayBufferView, DataView>
const isDefinite = (x: unknown): boolean => isArray(x) || isTyped(x) || typeof x === 'number' || typeof x === 'boolean'
const isData = (x: unknown): x is Data => isDefinite(x) || isNested(x)
const isTyped = (x: unknown): x is Float32Array => ArrayBuffer.isView(x) && !(x instanceof DataView)
const kindOf = (x: unknown): string => (isData(x) ? 'an array' : isBranch(x) ? 'a record' : `${x}`)
const nameOf = (path: string): string => path || 'it'

interface Plain {
  /** Undefined for what a device gives, which is a list of elements. */
  readonly shape: readonly number[] | undefined
  readonly dtype: string | undefined
  readonly data: ArrayLike<number>
}
function plain(x: Data): Plain {
  if (isArray(x)) return x
  if (isTyped(x)) return { shape: undefined, dtype: undefined, data: x }
  return { ...read(x as never), dtype: undefined }
}

function arrayDifference(found: Data, expected: Data, tolerance: Tolerance, path: string): Difference | undefined {
  const [a, b] = [plain(found), plain(expected)]
  const at = nameOf(path)
  if (a.dtype !== undefined && b.dtype !== undefined && a.dtype !== b.dtype)
    return { where: path, text: `${at} is ${a.dtype}, expected ${b.dtype}` }
  const [s, t] = [a.shape, b.shape]
  if (s && t && `${s}` !== `${t}`)
    return { where: path, text: `${at} has the shape [${s.join(', ')}], expected [${t.join(', ')}]` }
  if (a.data.length !== b.data.length)
    return { where: path, text: `${at} has ${a.data.length} elements, expected ${b.data.length}` }
  const wrong: number[] = []
  for (let k = 0; k < b.data.length; k++) if (!isClose(a.data[k]!, b.data[k]!, tolerance)) wrong.push(k)
  const [first] = wrong
  if (first === undefined) return undefined
  const shape = s ?? t ?? [b.data.length]
  const where = `${at}${showIndex(first, shape)}`
  const [x, y] = [a.data[first]!, b.data[first]!]
  const { relative = 0, absolute = 0 } = tolerance
  const several =
    b.data.length > 1
      ? [`${wrong.length} of ${b.data.length} elements of [${shape.join(', ')}] differ, first ${where}`]
      : []
  return {
    where,
    text: [
      ...several,
      `${where} is ${x}, expected ${y}: off by ${short(Math.abs(x - y))}, allowed ${short(absolute + relative * Math.abs(y))}`,
    ].join('\n  '),
  }
}

const short = (value: number): number => Number(value.toPrecision(6))

function isClose(found: number, expected: number, { relative = 0, absolute = 0, equalNaN = true }: Tolerance): boolean {
  if (Number.isNaN(found) || Number.isNaN(expected)) return equalNaN && Number.isNaN(found) && Number.isNaN(expected)
  if (!Number.isFinite(expected)) return found === expected
  return Math.abs(found - expected) <= absolute + relative * Math.abs(expected)
}

/**
 * A tolerance for two ways of computing the same in float64: relative to the largest element of each tensor, which the
 * terms of its sums may be as large as.
 */
export const ofFloat64 = (expected: NdArray, relative: number): Tolerance => ({
  absolute:
    expected.dtype === 'f32' || expected.dtype === 'f16'
      ? relative *
        expected.data.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0)
      : 0,
})
