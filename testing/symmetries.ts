import fc from 'fast-check'
import type { DType, Program } from '../dsl/index.ts'
import { isBranch } from '../dsl/tree.ts'
import { arrayOf, complaint, isArray, type NdArray } from './array.ts'
import { differenceOf, ofFloat64 } from './difference.ts'
import { normal } from './elements.ts'
import { type Arrays, evaluateProgram, type Given } from './evaluate.ts'
import { uniforms } from './probes.ts'

/** A map of arrays to arrays of the same shape; reports print what makes it. */
export type Transform = <D extends DType>(x: NdArray<D>) => NdArray<D>

/**
 * The slices along an axis, the first unless given, in another order. With `size`, every order of that many; without,
 * an order for whatever size the axis has.
 */
export function permutation(options: { readonly size?: number; readonly axis?: number } = {}): fc.Arbitrary<Transform> {
  const { size, axis = 0 } = options
  if (size === undefined)
    return fc
      .nat(2 ** 16)
      .map((seed) =>
        printed(`a permutation of axis ${axis} (${seed})`, (x) => alongAxis(x, axis, (n) => order(n, seed))),
      )
  const every = Array.from({ length: size }, (_, i) => i)
  return fc.shuffledSubarray(every, { minLength: size, maxLength: size }).map((indices) =>
    printed(`a permutation of axis ${axis}: [${indices.join(', ')}]`, (x) =>
      alongAxis(x, axis, (n) => {
        if (n === size) return indices
        throw complaint(
          `shape error: permutation: axis ${axis} of [${x.shape.join(', ')}] has size ${n}, needs ${size}`,
        )
      }),
    ),
  )
}
/** An order drawn from a seed; 0 turns it round, so that it is never none. */
function order(count: number, seed: number): readonly number[] {
  const random = uniforms(seed)
  const keys = Array.from({ length: count }, (_, i) => (seed === 0 ? -i : random()))
  return keys.map((_, i) => i).sort((i, j) => keys[i]! - keys[j]!)
}

function alongAxis<D extends DType>(
  x: NdArray<D>,
  axis: number,
  orderOf: (size: number) => readonly number[],
): NdArray<D> {
  const at = axis < 0 ? axis + x.shape.length : axis
  const size = x.shape[at]
  if (size === undefined)
    throw complaint(`shape error: permutation: axis ${axis} is out of range for [${x.shape.join(', ')}]`)
  const indices = orderOf(size)
  const inner = x.shape.slice(at + 1).reduce((product, n) => product * n, 1)
  const data = x.data.map((_, k) => {
    const [outer, i] = [Math.floor(k / (inner * size)), Math.floor(k / inner) % size]
    return x.data[(outer * size + indices[i]!) * inner + (k % inner)]!
  })
  return arrayOf(x.shape, x.dtype, data)
}

/**
 * Rotations of the last axis, of size d, uniform over SO(d): the Q of a matrix of normal numbers (Mezzadri 2007), with
 * its last column turned where its determinant is -1.
 */
export const rotation = (d: number): fc.Arbitrary<Transform> => orthogonal(d, true)
/** Rotations and reflections, uniform over O(d). */
export const reflection = (d: number): fc.Arbitrary<Transform> => orthogonal(d, false)

function orthogonal(d: number, proper: boolean): fc.Arbitrary<Transform> {
  if (!Number.isInteger(d) || d < 1) throw complaint(`type error: rotation: ${d} is not a number of dimensions`)
  return fc.noBias(fc.nat(2 ** 30)).map((seed) => {
    const columns = orthonormal(d, uniforms(seed), proper)
    const rows = Array.from(
      { length: d },
      (_, i) => `[${columns.map((column) => column[i]!.toPrecision(6)).join(', ')}]`,
    )
    return printed(`x R^T with R = [${rows.join(', ')}]`, (x) =>
      onVectors('rotation', x, d, (from, to) => {
        for (let i = 0; i < d; i++) to[i] = columns.reduce((sum, column, j) => sum + column[i]! * from[j]!, 0)
      }),
    )
  })
}

/**
 * Gram-Schmidt, twice over for orthogonality to rounding. Each column is normal and independent, so that the result is
 * uniform.
 */
function orthonormal(d: number, random: () => number, proper: boolean): readonly Float64Array[] {
  const columns: Float64Array[] = []
  let determinant = 1
  const matrix = Array.from({ length: d }, () => Float64Array.from({ length: d }, () => normal({ nextDouble: random })))
  if (proper) determinant = Math.sign(determinantOf(matrix))
  for (const column of matrix) {
    for (let pass = 0; pass < 2; pass++)
      for (const before of columns) {
        const along = before.reduce((sum, value, i) => sum + value * column[i]!, 0)
        before.forEach((value, i) => {
          column[i]! -= along * value
        })
      }
    const length = Math.hypot(...column)
    columns.push(column.map((value) => value / length))
  }
  return determinant < 0 ? columns.map((column, i) => (i === d - 1 ? column.map((value) => -value) : column)) : columns
}

function determinantOf(columns: readonly Float64Array[]): number {
  const rows = columns.map((column) => [...column])
  let determinant = 1
  for (let k = 0; k < rows.length; k++) {
    let pivot = k
    for (let i = k; i < rows.length; i++) if (Math.abs(rows[i]![k]!) > Math.abs(rows[pivot]![k]!)) pivot = i
    if (pivot !== k) {
      ;[rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!]
      determinant = -determinant
    }
    determinant *= rows[k]![k]!
    for (let i = k + 1; i < rows.length; i++) {
      const factor = rows[i]![k]! / rows[k]![k]!
      for (let j = k; j < rows.length; j++) rows[i]![j]! -= factor * rows[k]![j]!
    }
  }
  return determinant
}

/** Multiplies by one number, between 1/8 and 8. */
export const scaling = (): fc.Arbitrary<Transform> =>
  fc.integer({ min: -300, max: 300 }).map((power) => {
    const factor = 2 ** (power / 100)
    return printed(`times ${factor}`, (x) =>
      arrayOf(
        x.shape,
        x.dtype,
        x.data.map((value) => value * factor),
      ),
    )
  })

/** Adds one vector of size d along the last axis. */
export const translation = (d: number): fc.Arbitrary<Transform> =>
  fc.array(fc.integer({ min: -400, max: 400 }), { minLength: d, maxLength: d }).map((hundredths) => {
    const by = hundredths.map((value) => value / 100)
    return printed(`plus [${by.join(', ')}]`, (x) =>
      onVectors('translation', x, d, (from, to) => {
        by.forEach((value, i) => {
          to[i] = from[i]! + value
        })
      }),
    )
  })

function onVectors<D extends DType>(
  op: string,
  x: NdArray<D>,
  d: number,
  map: (from: Float64Array, to: Float64Array) => void,
): NdArray<D> {
  if (x.shape.at(-1) !== d)
    throw complaint(`shape error: ${op}: the last axis of [${x.shape.join(', ')}] needs size ${d}`)
  const data = new Float64Array(x.data.length)
  for (let start = 0; start < data.length; start += d)
    map(x.data.subarray(start, start + d), data.subarray(start, start + d))
  return arrayOf(x.shape, x.dtype, data)
}

const printed = (text: string, transform: Transform): Transform =>
  Object.assign(((x) => transform(x)) as Transform, { [fc.toStringMethod]: () => text })

export interface SymmetryOptions {
  /** Relative to the largest element of each result; 1e-9 unless given. */
  readonly tolerance?: number
}

/**
 * Checks that the program gives the same for the inputs and for what `transform` makes of them. Throws at the first
 * element that differs.
 */
export function checkInvariant<In, Out>(
  program: Program<In, Out>,
  inputs: Arrays<NoInfer<In>>,
  transform: (inputs: Arrays<NoInfer<In>>) => Given<NoInfer<In>>,
  options?: SymmetryOptions,
): void {
  compared('checkInvariant', program, inputs, transform, (outputs) => outputs, options)
}

/** Checks that transforming the inputs transforms the results: program(transform(inputs)) = after(program(inputs)). */
export function checkEquivariant<In, Out>(
  program: Program<In, Out>,
  inputs: Arrays<NoInfer<In>>,
  transform: (inputs: Arrays<NoInfer<In>>) => Given<NoInfer<In>>,
  after: (outputs: Arrays<NoInfer<Out>>) => Arrays<NoInfer<Out>>,
  options?: SymmetryOptions,
): void {
  compared('checkEquivariant', program, inputs, transform, after, options)
}

function compared<In, Out>(
  op: string,
  program: Program<In, Out>,
  inputs: Arrays<In>,
  transform: (inputs: Arrays<In>) => Given<In>,
  after: (outputs: Arrays<Out>) => Arrays<Out>,
  { tolerance = 1e-9 }: SymmetryOptions = {},
): void {
  const expected = after(evaluateProgram(program, inputs as Given<In>))
  const found = evaluateProgram(program, transform(inputs))
  const name = program['~definition'].name()
  const walk = (a: unknown, b: unknown, path: string): void => {
    if (isBranch(b) && !isArray(b)) {
      for (const key of Object.keys(b)) walk((a as typeof b)[key], b[key], path === '' ? key : `${path}.${key}`)
      return
    }
    const difference = differenceOf(a, b, isArray(b) ? ofFloat64(b, tolerance) : {}, path)
    if (difference)
      throw new Error(`${op} ${name}: the result for the transformed inputs is another\n  ${difference.text}`)
  }
  walk(found, expected, '')
}
