import type { LogProbs, Prior, Solver } from '../../models/index.ts'
import { durationOf } from '../../runtime/node/show-progress.ts'

export interface How {
  readonly solver: Solver
  /** Random directions along which the divergence is estimated, drawn from the seed. */
  readonly probes: number | 'exact'
  readonly seed: number
}

/** Log densities of rows, and how they were found. */
export interface Found extends Omit<LogProbs, 'noise'> {
  /**
   * Of each value, in nats: what other directions would make of it. Not where the divergence is exact, or along one
   * direction, which tells nothing of others.
   */
  readonly standardError?: Float32Array
}

/** Milliseconds between one line of progress and the next. */
const apart = 5000
/** Where a row's error is estimated to be more, that is told. Nats. */
const mostError = 0.05
/**
 * Directions are followed in so many groups, whose estimates differ as each is off: each is a solve of its own, which
 * takes velocities again.
 */
const mostGroups = 4

/** Rows at a time: fewer where each takes a derivative for each of many dims, so that it can be told how far it is. */
export const rowsAtOnce = (dimension: number, probes: number | 'exact'): number =>
  probes === 'exact' ? Math.min(1024, Math.max(64, 2 ** Math.floor(Math.log2(16384 / dimension)))) : 1024

/**
 * log p of all rows, [n, dimension], a part after the other: on standard error it is told how far it is, where it takes
 * a while, and where steps are too coarse.
 */
export async function logProbsOf(
  prior: Pick<Prior, 'logProb'>,
  rows: Float32Array,
  dimension: number,
  { solver, probes, seed }: How,
): Promise<Found> {
  const count = rows.length / dimension
  const most = rowsAtOnce(dimension, probes)
  const groups = groupsOf(probes)
  const [value, error, standardError] = [0, 1, 2].map(() => new Float32Array(count)) as [F32, F32, F32]
  const [fallback, evaluations] = [new Uint32Array(count), new Int32Array(count)]
  let name = ''
  const started = performance.now()
  let told = started
  for (let first = 0, call = 0; first < count; first += most) {
    const some = rows.subarray(first * dimension, (first + most) * dimension)
    const found: LogProbs[] = []
    for (const probes of groups) {
      // Each call has directions of its own; there are few, and seeds that are given are small.
      const divergence = probes === 'exact' ? probes : { probes, seed: (seed + call * 2 ** 32) % 2 ** 53 }
      found.push(await prior.logProb(some, { solver, divergence, warnAbove: Number.POSITIVE_INFINITY }))
      call += 1
    }
    for (let row = 0; row < some.length / dimension; row += 1) {
      const at = first + row
      const estimate = meanOfGroups(
        found.map(({ value }) => value[row]!),
        groups,
      )
      value[at] = estimate.value
      standardError[at] = estimate.standardError
      error[at] = Math.max(...found.map(({ error }) => error[row]!))
      fallback[at] = Math.max(...found.map(({ fallback }) => fallback[row]!))
      evaluations[at] = found.reduce((sum, { evaluations }) => sum + evaluations[row]!, 0)
    }
    name = found[0]!.solver
    const now = performance.now()
    const done = first + most
    if (done >= count || now - told < apart) continue
    told = now
    const left = ((now - started) * (count - done)) / done / 1000
    console.error(`row ${done}/${count}  ${durationOf(left)} left`)
  }
  const found = { value, error, fallback, evaluations, solver: name }
  warnOf(found)
  return { ...found, ...(groups.length > 1 && { standardError }) }
}

type F32 = Float32Array<ArrayBuffer>

/** How many directions each group has: 10 are 3, 3, 2 and 2. */
export function groupsOf(probes: number | 'exact'): readonly (number | 'exact')[] {
  if (probes === 'exact') return [probes]
  const count = Math.min(mostGroups, probes)
  return Array.from({ length: count }, (_, group) => Math.ceil((probes - group) / count))
}

/**
 * The mean of estimates over the directions of each, whose variances are as one over their number, and its standard
 * error.
 */
function meanOfGroups(values: readonly number[], groups: readonly (number | 'exact')[]) {
  if (values.length === 1) return { value: values[0]!, standardError: 0 }
  const counts = groups as readonly number[]
  const all = counts.reduce((sum, count) => sum + count, 0)
  const value = values.reduce((sum, value, group) => sum + value * counts[group]!, 0) / all
  const squares = values.reduce((sum, one, group) => sum + counts[group]! * (one - value) ** 2, 0)
  return { value, standardError: Math.sqrt(squares / (values.length - 1) / all) }
}

function warnOf({ error, solver }: Pick<LogProbs, 'error' | 'solver'>): void {
  const rough = error.filter((nats) => nats > mostError && Number.isFinite(nats))
  if (rough.length === 0) return
  const worst = rough.reduce((most, nats) => Math.max(most, nats)).toPrecision(2)
  const finer = solver.startsWith('dopri5')
    ? 'another solver, as --solver rk4 --steps 200'
    : 'more --steps, or --solver dopri5'
  console.error(
    `warning: ${solver} is too coarse here: ${rough.length} of ${error.length} rows are off by more than ${mostError} nats, the worst by about ${worst}; take ${finer}`,
  )
}
