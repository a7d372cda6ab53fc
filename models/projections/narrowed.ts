/** Of its variance, which share may be lost of what a feature varies by: 1% of its std. */
const mostLost = 1e-4
/** What varies by less than this beside its size is constant, and what is there is rounding of float64. */
const leastVaried = 1e-12
/** Fewer rows do not say what a feature varies by: they may be alike, and asked for under a prior of others. */
const fewest = 32

/**
 * Rows of float64 as f32, in which features are computed; `of` is who asks, in messages. What is not finite is left as
 * it is.
 *
 * @throws RangeError where a number is too large for f32, or f32 loses what a feature varies by.
 */
export function narrowed(of: string, data: Float64Array, width: number): Float32Array {
  const made = Float32Array.from(data)
  const beyond = made.findIndex((value, i) => !Number.isFinite(value) && Number.isFinite(data[i]!))
  if (beyond >= 0)
    throw new RangeError(
      `${of}: row ${Math.floor(beyond / width)} has ${data[beyond]} at ${beyond % width}, and features are computed in f32, which ends at 3.4e38: divide them in float64 first, x / abs(x).max() in NumPy`,
    )
  const rows = data.length / width
  if (rows < fewest) return made
  const [mean, largest, squares, lost] = [0, 1, 2, 3].map(() => new Float64Array(width)) as [F64, F64, F64, F64]
  for (let at = 0; at < data.length; at += 1) {
    const i = at % width
    mean[i]! += data[at]! / rows
    largest[i] = Math.max(largest[i]!, Math.abs(data[at]!))
  }
  for (let at = 0; at < data.length; at += 1) {
    const i = at % width
    squares[i]! += (data[at]! - mean[i]!) ** 2
    lost[i]! += (data[at]! - made[at]!) ** 2
  }
  const std = squares.map((sum) => Math.sqrt(sum / rows))
  const wrong = std.findIndex((std, i) => std > leastVaried * largest[i]! && lost[i]! > mostLost * squares[i]!)
  if (wrong >= 0)
    throw new RangeError(
      `${of}: feature ${wrong} varies by ${std[wrong]!.toPrecision(2)} about ${mean[wrong]!.toPrecision(2)}, and features are computed in f32, which rounds it by ${Math.sqrt(lost[wrong]! / rows).toPrecision(2)} there: normalise it in float64 first, (x - x.mean(0)) / x.std(0) in NumPy`,
    )
  return made
}

type F64 = Float64Array<ArrayBuffer>
