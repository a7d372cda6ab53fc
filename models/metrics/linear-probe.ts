import { onEigenvalues } from '../projections/eigen.ts'
import { addProducts, transposed } from '../projections/products.ts'
import { columnMoments } from './columns.ts'
import { type Points, pairOf, type Rows } from './points.ts'

/** Points of which the class is known. */
export interface Labelled extends Points {
  /** [n]: whole numbers from 0. */
  readonly labels: ArrayLike<number>
}

export interface LinearProbeOptions {
  /** How many classes there are: one more than the greatest label unless given. */
  readonly classes?: number
  /** Added to the second moment of every standardised dimension, which is 1: 1e-3 unless given. */
  readonly ridge?: number
}

export interface LinearProbe {
  /** The share of the held-out points whose class is told right. */
  readonly accuracy: number
  /** The same of the points that it was fitted to. */
  readonly trainAccuracy: number
  /** [m]: the class that it tells of each held-out point; of classes that tie, the first. */
  readonly predicted: Int32Array
}

/**
 * How well a linear map tells the classes of points, such as latents: ridge regression from standardised dimensions to
 * indicators of the classes, W = (X'X / n + ridge I)^-1 X'Y / n, and the class with the greatest value. It is solved
 * exactly, in float64, so that it depends on the points alone, where a logistic regression depends on how it was
 * trained. A dimension that is constant counts for nothing. O(n d^2 + d^3).
 *
 * @throws Error where the two sets are not of one dimension, a number is not finite, or a label is no class.
 */
export const linearProbe = (
  train: Labelled,
  heldOut: Labelled,
  { classes = mostLabel(train.labels) + 1, ridge = 1e-3 }: LinearProbeOptions = {},
): LinearProbe => {
  if (!(ridge > 0)) throw new Error(`linearProbe: expected a ridge above 0; got ${ridge}`)
  const [x, z] = pairOf(train, heldOut, 'linearProbe', ['the training set', 'the held-out set'])
  checkLabels('the training set', train.labels, x.n, classes)
  checkLabels('the held-out set', heldOut.labels, z.n, classes)
  const standard = standardiser(x)
  const columns = transposed(standard(x), x.n, x.d)
  const moments = new Float64Array(x.d * x.d)
  addProducts(columns, x.d, columns, x.d, x.n, moments)
  const inverse = onEigenvalues(moments, x.d, (value) => 1 / (Math.max(0, value) / x.n + ridge))
  const shares = new Float64Array(classes)
  for (let i = 0; i < x.n; i += 1) shares[train.labels[i]!]! += 1 / x.n
  const weights = new Float64Array(classes * x.d)
  addProducts(correlations(columns, train.labels, x, classes), classes, inverse, x.d, x.d, weights)
  const told = (rows: Rows): Int32Array => {
    const values = new Float64Array(rows.n * classes)
    for (let i = 0; i < rows.n; i += 1) values.set(shares, i * classes)
    addProducts(standard(rows), rows.n, weights, classes, x.d, values)
    return Int32Array.from({ length: rows.n }, (_, i) => greatest(values.subarray(i * classes, (i + 1) * classes)))
  }
  const predicted = told(z)
  return {
    accuracy: agreeing(predicted, heldOut.labels),
    trainAccuracy: agreeing(told(x), train.labels),
    predicted,
  }
}

/** Rows less the means of these ones, over their standard deviations. */
function standardiser({ data, d }: Rows): (rows: Rows) => Float64Array {
  const { mean, std } = columnMoments(data, d)
  // What varies by rounding alone does not vary.
  const scale = std.map((value, i) => (value > 1e-12 * Math.abs(mean[i]!) ? 1 / value : 0))
  return (rows) => rows.data.map((value, i) => (value - mean[i % d]!) * scale[i % d]!)
}

/** Y'X / n, [classes, d]; the means of X are 0, so Y need not be centred. */
function correlations(columns: Float64Array, labels: ArrayLike<number>, { n, d }: Rows, classes: number): Float64Array {
  const made = new Float64Array(classes * d)
  for (let j = 0; j < d; j += 1) for (let i = 0; i < n; i += 1) made[labels[i]! * d + j]! += columns[j * n + i]! / n
  return made
}

function checkLabels(name: string, labels: ArrayLike<number>, n: number, classes: number): void {
  if (labels.length !== n)
    throw new Error(`linearProbe: expected a label for each of the ${n} points of ${name}; got ${labels.length}`)
  for (let i = 0; i < n; i += 1)
    if (!(Number.isSafeInteger(labels[i]) && labels[i]! >= 0 && labels[i]! < classes))
      throw new Error(
        `linearProbe: expected labels from 0 to ${classes - 1} in ${name}; got ${labels[i]} of point ${i}`,
      )
}

const mostLabel = (labels: ArrayLike<number>): number => {
  let most = 0
  for (let i = 0; i < labels.length; i += 1) most = Math.max(most, labels[i]!)
  return most
}

const greatest = (values: Float64Array): number =>
  values.reduce((best, value, i) => (value > values[best]! ? i : best), 0)

const agreeing = (told: Int32Array, labels: ArrayLike<number>): number =>
  told.reduce((right, label, i) => right + (label === labels[i] ? 1 : 0), 0) / told.length
