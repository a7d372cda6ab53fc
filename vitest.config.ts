import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { alias } from './examples/checkout.ts'
import { CountingReporter } from './test/reporter.ts'

/** Each in a process of its own: what they measure is the memory of theirs. */
const alone = ['test/runtime/cpu/memory.test.ts', 'test/runtime/cpu/soak.test.ts', 'test/runtime/webgpu/life.test.ts']

export default defineConfig(({ mode }) => {
  // Each project reads this file again, and does not hear of the mode: whether all is tried goes by the environment,
  // which tests see as well.
  if (mode === 'full') process.env.FLUXION_TESTS = 'full'
  return settings(process.env.FLUXION_TESTS === 'full')
})

const settings = (isFull: boolean): ViteUserConfig => ({
  resolve: { alias },
  test: {
    // A software GPU takes about a second to build one tiled kernel.
    testTimeout: isFull ? 1_800_000 : 30_000,
    hookTimeout: 60_000,
    // The GPU driver is found through the environment of the main thread, so files need processes and not threads.
    pool: 'forks',
    maxWorkers: 2,
    // A focused test left behind is an error here; the linter takes `fit`, which trains, for one.
    allowOnly: false,
    reporters: ['default', new CountingReporter()],
    projects: [
      { extends: true, test: { name: 'alone', include: alone } },
      // A process takes one file after the other, and has the library once.
      { extends: true, test: { name: 'together', include: ['test/**/*.test.ts'], exclude: alone, isolate: false } },
    ],
  },
})
