/** Looks for values far above those before them. */
export interface Spikes {
  /** What to tell about the value of a step, if anything. */
  see(step: number, value: number): string | undefined
}

const window = 128
/** Of that many median distances from the median, a normal value is closer than 20 in all but one of 10^40 cases. */
const far = 20
/** Told once in so many steps. */
const quiet = 1000

export function spikesOf(name: string): Spikes {
  const latest: number[] = []
  let told = Number.NEGATIVE_INFINITY
  return {
    see(step, value) {
      const before = latest.length === window ? describe(latest) : undefined
      latest.push(value)
      if (latest.length > window) latest.shift()
      if (!before || step - told < quiet) return undefined
      const { median, distance } = before
      // A value that never varies has no distance; what doubles is still a spike.
      if (value <= median + far * distance || value <= 2 * Math.abs(median)) return undefined
      told = step
      return `${name} spiked at step ${step}: ${value.toPrecision(4)}, where the median of the ${window} steps before is ${median.toPrecision(4)}; a smaller learning rate or clipByGlobalNorm helps`
    },
  }
}

function describe(values: readonly number[]): { readonly median: number; readonly distance: number } {
  const median = medianOf(values)
  return { median, distance: medianOf(values.map((value) => Math.abs(value - median))) }
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
