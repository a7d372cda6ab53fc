import { number, record } from '../runtime/node/data/json-check.ts'
import { writeAtomically } from '../runtime/node/index.ts'
import { keptAlready } from './kept.ts'
import { toJson } from './texts.ts'

/** How long a job has taken, over all its sittings. */
export interface Clock {
  seconds(): number
  /** Keeps it, for the next sitting. */
  keep(): Promise<void>
}

/**
 * Goes on from what the file keeps; from 0 where there is no such file.
 *
 * Rejects with an Error where the file is none that a clock left there.
 */
export async function clockOf(file: string): Promise<Clock> {
  const before = await keptAlready(file, (value) => readTime(value, ''))
  const started = performance.now()
  const seconds = () => (before?.seconds ?? 0) + (performance.now() - started) / 1000
  return { seconds, keep: () => writeAtomically(file, `${toJson({ seconds: seconds() })}\n`) }
}

const readTime = record<{ readonly seconds: number }>({ seconds: number })
