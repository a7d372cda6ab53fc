/** About how long a submission takes, in seconds: after each there is time for others, such as a page. */
const pause = 0.1

/** What the past counts for after each submission. */
const fading = 0.9

/**
 * How many steps a submission has: as many as about `pause` takes, at most four times as many as the one before. Their
 * number changes no result.
 */
export function paceOf(most: number) {
  let count = 1
  let before = performance.now()
  // Of the latest submissions.
  let [steps, seconds] = [0, 0]
  return {
    get count() {
      return count
    },
    get perSecond() {
      return steps / seconds
    },
    /** What was done since the last steps was something else, as an evaluation. */
    skip(): void {
      before = performance.now()
    },
    done(some: number): void {
      const now = performance.now()
      const took = Math.max((now - before) / 1000, 1e-6)
      before = now
      steps = fading * steps + some
      seconds = fading * seconds + took
      count = Math.max(1, Math.min(most, 4 * count, Math.round((some * pause) / took)))
    },
  }
}

/** Lets others have the thread. A timer would wait a millisecond or more. */
export const othersTurn = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        port1.close()
        resolve()
      }
      port2.postMessage(undefined)
    }
  })
