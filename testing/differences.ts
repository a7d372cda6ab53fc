/**
 * What finite differences say of the derivative of a function of one number at 0. `smooth`: it is `estimate`, give or
 * take `bound`. `kink`: the slopes on the left and on the right differ by more than their errors. `rough`: they could
 * not tell, because of rounding, a jump, or an end of where the function is finite.
 */
export interface Slope {
  readonly kind: 'smooth' | 'kink' | 'rough'
  readonly estimate: number
  readonly bound: number
  readonly left: number
  readonly right: number
}

/**
 * Whether a derivative that is said to be exact is one; `kink` and `rough`: finite differences cannot decide, and
 * nothing is claimed.
 */
export type Verdict = 'right' | 'wrong' | 'kink' | 'rough'

/** At a kink a derivative is wrong where it lies beyond both slopes; NaN always is. */
export function verdictOn(derivative: number, slope: Slope, tolerance: number): Verdict {
  const { kind, estimate, bound, left, right } = slope
  if (Number.isNaN(derivative)) return 'wrong'
  if (kind === 'rough') return 'rough'
  const slack = bound + tolerance * Math.max(Math.abs(derivative), Math.abs(estimate))
  if (kind === 'smooth') return Math.abs(derivative - estimate) <= slack ? 'right' : 'wrong'
  const beyond = Math.max(Math.min(left, right) - derivative, derivative - Math.max(left, right))
  return beyond <= slack ? 'kink' : 'wrong'
}

export function showSlope({ kind, estimate, bound, left, right }: Slope): string {
  if (kind === 'kink') return `${left} on the left, ${right} on the right: a kink`
  return kind === 'rough' ? 'cannot tell' : `${estimate} ± ${bound.toExponential(1)}`
}

/** A function of one number, and what its results may be off by for rounding alone. */
export interface Line {
  readonly at: (t: number) => Float64Array
  readonly value: Float64Array
  readonly noise: Float64Array
  /** What counts as small: the size of the argument, for steps, and that of each result's derivatives, for errors. */
  readonly argument: number
  readonly slopes: Float64Array
  /**
   * The largest derivative of anything on the way. What moves by that is rounded relative to it, and may cancel in the
   * result in a way that values near one place do not show.
   */
  readonly onTheWay: number
}

/** No round number: the steps are not to fall in with periods of the function. */
const firstStep = 1 / 97
/** Each four times as small; the last is about 2.5e-6. */
const levels = 7
/**
 * How well a slope must be known, relative to the largest slope; and to the function itself, below which its rounding
 * hides everything.
 */
const wanted = { ofSlopes: 1e-5, ofValue: 1e-9 }

/**
 * The slope of each result at 0, by central differences at h, h/2 and h/4, extrapolated twice (Richardson 1911). Its
 * error is bounded by how much the second extrapolation changed the first, by the rounding of each value over the step,
 * and by that of what the step itself changes on the way. Steps shrink until that is small.
 */
export function slopesOf(line: Line): readonly Slope[] {
  const values = new Map<number, Float64Array>()
  const at = (t: number): Float64Array => {
    const known = values.get(t) ?? line.at(t)
    values.set(t, known)
    return known
  }
  const found: (Slope | undefined)[] = [...line.value].map(() => undefined)
  for (let level = 0; level < levels; level++) {
    const h = firstStep * line.argument * 4 ** -level
    const steps = [h, h / 2, h / 4].map((step) => ({ step, above: at(step), below: at(-step) }))
    for (const [k, before] of found.entries()) {
      if (before?.kind === 'smooth') continue
      const slope = slopeAt(
        steps.map(({ step, above, below }) => ({ step, above: above[k]!, below: below[k]! })),
        line.value[k]!,
        line.noise[k]!,
        line.slopes[k]!,
        2 ** -50 * line.onTheWay,
      )
      // A kink beside the point is passed as steps shrink; one at the point stays.
      found[k] = slope.kind === 'rough' && before?.kind === 'kink' ? before : slope
    }
    if (found.every((slope) => slope?.kind === 'smooth')) break
  }
  return found as readonly Slope[]
}

interface Beside {
  readonly step: number
  readonly above: number
  readonly below: number
}

function slopeAt(steps: readonly Beside[], value: number, noise: number, slopes: number, rounding: number): Slope {
  const { step } = steps[0]!
  const [d1, d2, d3] = steps.map(({ step, above, below }) => (above - below) / (2 * step)) as [number, number, number]
  const [r1, r2] = [(4 * d2 - d1) / 3, (4 * d3 - d2) / 3]
  const estimate = (16 * r2 - r1) / 15

  // Right slope minus left is h f'' + O(h^3): extrapolated to h = 0 it is the height of the kink. Where the function
  // jumps, that grows as h shrinks.
  const jumps = steps.map(({ step, above, below }) => (above - value - (value - below)) / step) as [
    number,
    number,
    number,
  ]
  const [j1, j2] = [2 * jumps[1] - jumps[0], 2 * jumps[2] - jumps[1]]
  const jump = (8 * j2 - j1) / 7
  const jumpBound = 4 * Math.abs(j2 - j1) + (60 * noise) / step

  const bound = Math.abs(r2 - r1) + (8 * noise) / step + rounding
  const [height, size] = [Math.abs(jump), Math.max(Math.abs(estimate), slopes)]
  const found = { estimate, left: estimate - jump / 2, right: estimate + jump / 2 }
  if (Number.isFinite(bound) && height > Math.max(jumpBound, wanted.ofSlopes * size))
    return { kind: 'kink', bound: bound + jumpBound, ...found }
  // A kink too low to be told from none is part of the error.
  const error = bound + height / 2
  const isKnown = error <= wanted.ofSlopes * size + wanted.ofValue * Math.abs(value) + 2 * rounding
  return { kind: isKnown ? 'smooth' : 'rough', bound: error, ...found }
}

/**
 * How much rounding changes each result at 0 and a step away from it, from differences of high order between
 * neighbouring values, to which nothing smooth contributes (Moré and Wild 2011, "Estimating computational noise"); at
 * least one rounding of the result itself.
 */
export function noiseOf(at: (t: number) => Float64Array, argument: number): Float64Array {
  const spacing = argument * 2 ** -40
  // What cancels at 0 may do so exactly, and not a step away.
  const places = [0, firstStep * argument].map((start) => Array.from({ length: 8 }, (_, i) => at(start + i * spacing)))
  return places[0]![0]!.map((value, k) => {
    const spreads = places.map((values) => spread(values.map((each) => each[k]!))).filter(Number.isFinite)
    return 2 * Math.max(2 ** -52 * Math.abs(value), ...spreads)
  })
}

function spread(values: readonly number[]): number {
  let [noise, row] = [0, values]
  for (let order = 1; order <= 6; order++) {
    const before = row
    row = before.slice(1).map((each, i) => each - before[i]!)
    if (order < 4) continue
    const meanSquare = row.reduce((sum, each) => sum + each * each, 0) / row.length
    noise = Math.max(noise, Math.sqrt(meanSquare / central(order)))
  }
  return noise
}
/** (2n)! / (n!)^2: how much larger the variance of a difference of order n is than that of its terms. */
const central = (n: number): number => (n === 0 ? 1 : (central(n - 1) * 2 * (2 * n - 1)) / n)
