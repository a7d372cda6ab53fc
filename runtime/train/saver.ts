import type { Checkpoint, Recorder } from './recorder.ts'

/**
 * Saves one checkpoint after the other. One that cannot be saved is told of, and is no reason to lose what has been
 * trained; but that the last one could not be is an error.
 */
export function saverOf(record: Recorder, from: Checkpoint | undefined, warn: (message: string) => void) {
  let running: Promise<void> = Promise.resolve()
  let failure: { readonly error: unknown } | undefined
  let saved = from?.step ?? -1
  let kept = record.latest ? undefined : from
  return {
    get saved() {
      return saved
    },
    /** Begins when the one before is done. */
    async save(checkpoint: Checkpoint): Promise<void> {
      await running
      if (!record.latest) kept = checkpoint
      saved = checkpoint.step
      running = (record.save?.(checkpoint) ?? Promise.resolve()).then(
        () => {
          failure = undefined
        },
        (error) => {
          failure = { error }
          warn(error instanceof Error ? error.message : `${error}`)
        },
      )
    },
    /** One that cannot be kept is told of. */
    async best(checkpoint: Checkpoint): Promise<void> {
      await running
      running = record.saveBest!(checkpoint).catch((error) => {
        warn(
          `the best state, of step ${checkpoint.step}, is not kept: ${error instanceof Error ? error.message : error}`,
        )
      })
    },
    idle: () => running,
    async latest(): Promise<Checkpoint | undefined> {
      return record.latest ? record.latest() : kept
    },
    async end(): Promise<void> {
      await running
      if (failure) throw failure.error
    },
  }
}
