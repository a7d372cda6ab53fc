/**
 * The mean and the standard deviation (over n: of the rows that there are) of each number of rows [n, width], in
 * float64 and two passes.
 */
export function columnMoments(
  data: ArrayLike<number>,
  width: number,
): { readonly mean: Float64Array; readonly std: Float64Array } {
  const rows = data.length / width
  const mean = new Float64Array(width)
  for (let at = 0; at < data.length; at += width) for (let i = 0; i < width; i += 1) mean[i]! += data[at + i]!
  for (let i = 0; i < width; i += 1) mean[i]! /= rows
  const squares = new Float64Array(width)
  for (let at = 0; at < data.length; at += width)
    for (let i = 0; i < width; i += 1) squares[i]! += (data[at + i]! - mean[i]!) ** 2
  return { mean, std: squares.map((sum) => Math.sqrt(sum / rows)) }
}
