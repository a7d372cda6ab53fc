import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDevice } from '../../../index.ts'
import { runJob } from '../../../studies/align/run.ts'
import { isFull } from '../../full.ts'
import { liveOn } from '../../live.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxion-job-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

// Three small jobs take most of a minute.
test.runIf(isFull)('what was trained of a seed is freed when it has been measured', { timeout: 120_000 }, async () => {
  const device = await openDevice('cpu')
  const live = liveOn(device)
  const atSeeds: number[] = []
  const { repeats, models } = await runJob({
    settings: {
      ...{ train: 256, heldOut: 200, latent: 4, latentNoise: 0, batch: 32 },
      ...{ autoencoderSteps: 2, priorSteps: 2, generatorSteps: 2, samples: 64 },
    },
    models: [
      { name: 'mine', title: 'mine', regulariser: { prior: 'pixels/pca', objective: 'align', weight: 1 } } as const,
    ],
    seeds: [0, 1, 2],
    folder,
    command: 'fluxion align',
    device,
    say: (line) => {
      if (line.startsWith('\nseed')) atSeeds.push(live.size)
    },
    signal: new AbortController().signal,
  })
  expect(models).toHaveLength(1)
  expect(repeats).toHaveLength(2)
  // The prior of the first is asked for at the end as well.
  expect(atSeeds[0]).toBe(0)
  expect(atSeeds[1]).toBeGreaterThan(0)
  expect(atSeeds[2]).toBe(atSeeds[1])
  expect(live.size).toBe(0)
  device.dispose()
})
