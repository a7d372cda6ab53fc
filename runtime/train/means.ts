/** Means of named values, in float64. */
export function meansOf() {
  const sums = new Map<string, { sum: number; count: number }>()
  return {
    add(name: string, value: number): void {
      const known = sums.get(name) ?? { sum: 0, count: 0 }
      sums.set(name, { sum: known.sum + value, count: known.count + 1 })
    },
    /** Those since the last time; nothing where nothing was added. */
    take(): { readonly [name: string]: number } | undefined {
      if (sums.size === 0) return undefined
      const means = Object.fromEntries([...sums].map(([name, { sum, count }]) => [name, sum / count]))
      sums.clear()
      return means
    },
  }
}
