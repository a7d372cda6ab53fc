import type { Recorder } from '../train/recorder.ts'
import { type Interrupts, listenForInterrupts } from './interrupts.ts'
import { type ProgressShown, showProgress } from './show-progress.ts'

export interface ProgressBarOptions {
  /** On Ctrl-C training ends after the steps at hand; the second ends the process at once. Default true. */
  readonly interrupt?: boolean
}

/**
 * Shows on standard error how far training is, and leaves nothing on the disk: `fit(step, device, sizes, { record:
 * progressBar() })`. A bar in a terminal, where the package cli-progress is installed; else a line now and then.
 */
export function progressBar({ interrupt = true }: ProgressBarOptions = {}): Recorder {
  const interruption = new AbortController()
  let shown: ProgressShown | undefined
  let interrupts: Interrupts | undefined
  const say = (message: string) => (shown ? shown.say(message) : process.stderr.write(`${message}\n`))
  return {
    signal: interruption.signal,
    async begin() {
      shown = await showProgress()
      if (interrupt)
        interrupts = listenForInterrupts(() => {
          say('ending after the steps at hand; once more ends at once')
          interruption.abort()
        })
      return undefined
    },
    log: (entry) => shown?.log(entry),
    progress: (now) => shown?.progress(now),
    warn: (message) => say(`warning: ${message}`),
    end() {
      interrupts?.dispose()
      shown?.end()
    },
  }
}
