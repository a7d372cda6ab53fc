import type { Engine, Prepared } from './engine.ts'
import type { Task } from './tasks.ts'

/** What an engine was measured to take. */
export interface Measured {
  readonly engine: string
  /** Milliseconds a step, round by round. */
  readonly rounds: readonly number[]
  readonly check: readonly number[]
  readonly compiling?: number
  /** Why there are no rounds. */
  readonly failure?: string
}

export interface Effort {
  /** Of all engines together, in milliseconds, after they are ready. */
  readonly budget: number
  /** What an engine does at a time, at least, in milliseconds. */
  readonly turn: number
  readonly most: number
}

/**
 * Measures engines side by side: in each round every one of them takes its turn, in an order that changes, so that what
 * disturbs the machine disturbs all. Three rounds at least, and then until the budget is spent. An engine of which a
 * step takes a quarter of the budget has one round, which is that step.
 */
export async function measure(engines: readonly Engine[], task: Task, effort: Effort): Promise<readonly Measured[]> {
  const entries: Entry[] = []
  const failed: Measured[] = []
  for (const engine of engines) {
    try {
      const prepared = await engine.prepare(task)
      const once = await timed(() => prepared.steps(1))
      const count = Math.min(1000, Math.max(1, Math.ceil(effort.turn / Math.max(once, 1e-3))))
      const isSlow = once > effort.budget / 4
      entries.push({ engine: engine.name, prepared, rounds: isSlow ? [once] : [], count, isSlow })
    } catch (error) {
      const failure = error instanceof Error ? error.message.split('\n')[0]! : `${error}`
      failed.push({ engine: engine.name, rounds: [], check: [], failure })
    }
  }
  const running = entries.filter(({ isSlow }) => !isSlow)
  const started = performance.now()
  for (let round = 0; round < effort.most; round++) {
    if (round >= 3 && performance.now() - started > effort.budget) break
    for (const [i] of running.entries()) {
      const entry = running[(i + round) % running.length]!
      entry.rounds.push((await timed(() => entry.prepared.steps(entry.count))) / entry.count)
    }
  }
  for (const { prepared } of entries) prepared.dispose()
  return [
    ...entries.map(({ engine, rounds, prepared: { check, compiling } }) => ({
      engine,
      rounds,
      check,
      ...(compiling !== undefined && { compiling }),
    })),
    ...failed,
  ]
}

interface Entry {
  readonly engine: string
  readonly prepared: Prepared
  readonly rounds: number[]
  /** Steps at a time. */
  readonly count: number
  readonly isSlow: boolean
}

async function timed(body: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await body()
  return performance.now() - started
}

/** How far what an engine computed is from what another did, relative to the largest. */
export const apart = (check: readonly number[], other: readonly number[]): number =>
  Math.max(...check.map((value, i) => Math.abs(value - other[i]!))) /
  Math.max(Number.MIN_VALUE, ...other.map((value) => Math.abs(value)))
