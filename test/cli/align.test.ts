import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { run } from '../../cli/align.ts'
import { readResults } from '../../studies/report/read.ts'
import { isFull } from '../full.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxion-align-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function printed(...args: readonly string[]): Promise<string> {
  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line) => lines.push(`${line}`))
  const error = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  try {
    await run(args)
  } finally {
    log.mockRestore()
    error.mockRestore()
  }
  return lines.join('\n')
}

const small = [
  ...['--train', '512', '--held-out', '256', '--samples', '256', '--batch', '64', '--device', 'cpu'],
  ...['--autoencoder-steps', '40', '--prior-steps', '20', '--generator-steps', '20'],
]

// Training takes little of it; what is compiled and measured is as in a run of any length.
test('a small run goes all the way to a report', { timeout: 180_000 }, async () => {
  // Programs take long to compile, and each model has its own.
  const names = isFull ? ['plain', 'kl', 'words', 'digits', 'digits-align'] : ['digits']
  const out = join(folder, 'small')
  const said = await printed(...small, '--models', names.join(), '--out', out)
  expect(said).toContain('a flow prior of digit features (a classifier trained here): 512 rows of 64')
  expect(said).toMatch(/matched to digit features +[\d.]+ \+- [\d.]+/)
  expect(said).toContain(`the report is ${join(out, 'report.html')}`)

  const results = await readResults(join(out, 'results.json'))
  expect(results.models.map(({ name }) => name)).toEqual(names)
  expect(results.priors.map(({ name }) => name)).toEqual(isFull ? ['words', 'digits'] : ['digits'])
  expect(results.settings).toMatchObject({ train: 512, heldOut: 256, latent: 16, autoencoderSteps: 40 })
  expect(results.toy!.objectives.map(({ snapshots }) => snapshots.at(-1)!.step)).toEqual([120, 120, 120])
  const matched = results.models.find(({ name }) => name === 'digits')
  expect(matched!.latents.agreement!.points).toHaveLength(256)
  expect(matched!.regulariser).toEqual({ prior: 'digits', objective: 'match', weight: 0.05 })
  for (const { curves, psnr, planes, images } of results.models) {
    const { points } = curves.find(({ name }) => name === 'reconstruction')!
    expect(points.at(-1)![1]).toBeLessThan(points[0]![1])
    expect(psnr.value).toBeGreaterThan(11)
    expect(planes.map(({ method, latents }) => [method, latents.length])).toEqual([
      ['PCA', 256],
      ['UMAP', 256],
    ])
    expect(images.samples.flat().every((pixel) => pixel >= 0 && pixel <= 255)).toBe(true)
  }
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('matched to digit features')
})

test('what is wrong is said before anything is trained or written', async () => {
  const out = join(folder, 'wrong')
  await expect(printed('--models', 'plian', '--out', out)).rejects.toThrow("did you mean 'plain'?")
  await expect(printed('--train', '20000', '--out', out)).rejects.toThrow(
    'there are 10000 digits, and 20000 to train on and 2000 to hold out were asked for; take fewer',
  )
  expect(existsSync(join(out, 'results.json'))).toBe(false)
  expect(await printed('--help')).toContain("aligned with digit features by the paper's loss, weight 0.05")
})
