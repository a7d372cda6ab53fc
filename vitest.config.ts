import { defineConfig } from 'vitest/config'
import { CountingReporter } from './test/reporter.ts'

export default defineConfig(({ mode }) => ({
  test: {
    include: ['test/**/*.test.ts'],
    // A software GPU takes about a second to build one tiled kernel.
    testTimeout: mode === 'full' ? 1_800_000 : 30_000,
    hookTimeout: 60_000,
    // The GPU driver is found through the environment of the main thread, so every file needs a process and not a thread.
    pool: 'forks',
    maxWorkers: 2,
    // A focused test left behind is an error here; the linter takes `fit`, which trains, for one.
    allowOnly: false,
    reporters: ['default', new CountingReporter()],
  },
}))
