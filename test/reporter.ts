import type { Reporter, SerializedError, TestModule, Vitest } from 'vitest/node'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/**
 * Counts tests by how they ended. What broke outside a test is one failure each: a file that cannot be loaded, a suite
 * whose hook threw, an error that nobody caught. A test that was collected and never ended has failed too.
 */
export const countTests = (modules: readonly TestModule[], unhandled: readonly SerializedError[]): Counts => {
  const counts = { passed: 0, failed: unhandled.length, skipped: 0 }
  for (const module of modules) {
    const before = counts.failed
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      counts[state === 'pending' ? 'failed' : state] += 1
    }
    for (const suite of [module, ...module.children.allSuites()]) if (suite.errors().length > 0) counts.failed += 1
    if (!module.ok() && counts.failed === before) counts.failed += 1
  }
  return counts
}

/**
 * `N passed, N failed` alone on a line, below `N skipped` when there are any. A run that ends with an error never has 0
 * failed.
 */
export const countingLine = ({ passed, failed, skipped }: Counts, exitCode = 0): string =>
  `${skipped > 0 ? `${skipped} skipped\n` : ''}${passed} passed, ${exitCode === 0 ? failed : Math.max(failed, 1)} failed`

/**
 * Prints the counts as the last lines of the run. It is written when the process exits, since vitest still reports what
 * goes wrong while it closes; in watch mode it follows every run.
 */
export class CountingReporter implements Reporter {
  #counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  #watch = false

  onInit(vitest: Vitest): void {
    this.#watch = vitest.config.watch
    if (this.#watch) return
    process.once('exit', (code) => process.stdout.write(`${countingLine(this.#counts, code)}\n`))
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    this.#counts = countTests(modules, unhandled)
    if (this.#watch) console.log(countingLine(this.#counts))
  }
}
