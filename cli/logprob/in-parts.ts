import type { LogProbs, Prior, Solver } from '../../models/index.ts'
import { durationOf } from '../../runtime/node/show-progress.ts'

export interface How {
  readonly solver: Solver
  /** Directions of the divergence, drawn from the seed. */
  readonly probes: number | 'exact'
  readonly seed: number
}

/** Milliseconds between one line of progress and the next. */
const apart = 5000
/** Where a row's error is estimated to be more, that is told. Nats. */
const mostError = 0.05

/** Rows at a time: fewer where each takes a derivative for each of many dims, so that it can be told how far it is. */
export const rowsAtOnce = (dimension: number, probes: number | 'exact'): number =>
  probes === 'exact' ? Math.min(1024, Math.max(64, 2 ** Math.floor(Math.log2(16384 / dimension)))) : 1024

/** log p of all rows, [n, dimension], a part after the other: on standard error it is told how far it is, where it takes a while, and where steps are too coarse. */
export async function logProbsOf(
  prior: Pick<Prior, 'logProb'>,
  rows: Float32Array,
  dimension: number,
  { solver, probes, seed }: How,
): Promise<Omit<LogProbs, 'noise'>> {
  const count = rows.length / dimension
  const most = rowsAtOnce(dimension, probes)
  const parts: LogProbs[] = []
  const started = performance.now()
  let told = started
  for (let first = 0; first < count; first += most) {
    const part = rows.subarray(first * dimension, (first + most) * dimension)
    // Directions of each part are its own; parts are few, and seeds that are given small.
    const own = (seed + (first / most) * 2 ** 32) % 2 ** 53
    parts.push(
      await prior.logProb(part, {
        solver,
        divergence: probes === 'exact' ? probes : { probes, seed: own },
        warnAbove: Number.POSITIVE_INFINITY,
      }),
    )
    const now = performance.now()
    const done = first + most
    if (done >= count || now - told < apart) continue
    told = now
    const left = ((now - started) * (count - done)) / done / 1000
    console.error(`row ${done}/${count}  ${durationOf(left)} left`)
  }
  const found = {
    value: joined(
      parts.map(({ value }) => value),
      Float32Array,
    ),
    error: joined(
      parts.map(({ error }) => error),
      Float32Array,
    ),
    fallback: joined(
      parts.map(({ fallback }) => fallback),
      Uint32Array,
    ),
    evaluations: joined(
      parts.map(({ evaluations }) => evaluations),
      Int32Array,
    ),
    solver: parts[0]!.solver,
  }
  warnOf(found)
  return found
}

function joined<A extends Float32Array | Uint32Array | Int32Array>(
  parts: readonly A[],
  type: new (length: number) => A,
): A {
  const made = new type(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    made.set(part, at)
    at += part.length
  }
  return made
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
