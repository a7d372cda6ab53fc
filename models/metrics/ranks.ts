/** The ranks of numbers, from 1; equal numbers share the mean of the ranks that they take up. */
export const averageRanks = (values: ArrayLike<number>): Float64Array => {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const ranks = new Float64Array(values.length)
  for (let start = 0; start < order.length; ) {
    let end = start + 1
    while (end < order.length && values[order[end]!] === values[order[start]!]) end += 1
    // The mean of start + 1, ..., end.
    for (let at = start; at < end; at += 1) ranks[order[at]!] = (start + 1 + end) / 2
    start = end
  }
  return ranks
}
