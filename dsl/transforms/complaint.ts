import { FluxionError } from '../error.ts'
import { fail } from '../trace/trace.ts'

/**
 * Runs a transform of the compiler's; what it cannot do, such as a gradient that a primitive does not have, becomes an
 * error of the author's.
 */
export function asComplaint<T>(op: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (error instanceof FluxionError || !(error instanceof Error)) throw error
    const complaint = fail(`transform error: ${op}: ${error.message}`)
    complaint.cause = error
    throw complaint
  }
}
