/** Of its variance, which share may be lost of what a feature varies by: 1% of its std. */
const mostLost = 1e-4
/** What varies by less than this beside its size is constant, and what is there is rounding of float64. */
const leastVaried = 1e-12
/** Fewer rows do not say what a feature varies by: they may be alike, and asked for under a prior of others. */
const fewest = 32

/**
 * Rows of float64 as f32, in which features are computed; `of` is who asks, in messages. What is not finite is left as it is.
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
  for (let i = 0; i < width; i += 1) {
    let [sum, largest] = [0, 0]
    for (let at = i; at < data.length; at += width) {
      sum += data[at]! / rows
      largest = Math.max(largest, Math.abs(data[at]!))
    }
    let [squares, lost] = [0, 0]
    for (let at = i; at < data.length; at += width) {
      squares += (data[at]! - sum) ** 2
      lost += (data[at]! - made[at]!) ** 2
    }
    const std = Math.sqrt(squares / rows)
    if (std > leastVaried * largest && lost > mostLost * squares)
      throw new RangeError(
        `${of}: feature ${i} varies by ${std.toPrecision(2)} about ${sum.toPrecision(2)}, and features are computed in f32, which rounds it by ${Math.sqrt(lost / rows).toPrecision(2)} there: normalise it in float64 first, (x - x.mean(0)) / x.std(0) in NumPy`,
      )
  }
  return made
}
