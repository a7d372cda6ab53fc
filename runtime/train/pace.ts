/** About how long a submission takes, in seconds: after each there is time for others, such as a page. */
const pause = 0.1

/** How many steps a submission has: as many as about `pause` takes, at most four times as many as the one before. Their number changes no result. */
export function paceOf(most: number) {
  let count = 1
  let before = performance.now()
  let perStep = 0
  return {
    get count() {
      return count
    },
    get perSecond() {
      return perStep > 0 ? 1 / perStep : 0
    },
    /** What was done since the last steps was something else, as an evaluation. */
    skip(): void {
      before = performance.now()
    },
    done(steps: number): void {
      const now = performance.now()
      const took = (now - before) / 1000 / steps
      before = now
      perStep = perStep === 0 ? took : 0.8 * perStep + 0.2 * took
      count = Math.max(1, Math.min(most, 4 * count, Math.round(pause / Math.max(took, 1e-6))))
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
