import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadNpy } from '../../runtime/node/index.ts'
import { readRun } from '../../runtime/node/run-files.ts'
import { readResults } from '../../studies/report/read.ts'
import { isFull } from '../full.ts'
import { root } from '../listings.ts'
import { command } from './command.ts'

// What a newcomer types, in processes of their own.

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fluxion-start-'))
  expect(await command('npm', ['run', 'build'])).toMatchObject({ code: 0 })
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

const fluxion = (args: readonly string[], hear?: Parameters<typeof command>[2]) =>
  command(process.execPath, [join(root, 'dist/cli/fluxion.js'), ...args], hear)

const quick = [
  ...['--quick', '--train', '512', '--held-out', '256', '--samples', '256', '--batch', '64', '--device', 'cpu'],
  ...['--autoencoder-steps', '400', '--prior-steps', '200', '--generator-steps', '200'],
]

// Training takes little of it; what is compiled and measured is as in a run of any length.
test('npm start, quickly: stopped by Ctrl-C it goes on, all the way to a report, and is not made twice', {
  timeout: 300_000,
}, async () => {
  const names = isFull ? ['plain', 'kl', 'words', 'digits', 'digits-align'] : ['digits']
  const out = join(folder, 'small')
  const args = [...quick, '--models', names.join(), '--out', out]
  const stopped = await fluxion(['align', ...args], (line, running) => {
    // The latents' training has not begun: it ends before its first step, and what was trained before is kept.
    if (line === 'matched to digit features') running.interrupt()
  })
  expect(stopped.out).toContain('stopped; the same command goes on from there')
  expect(stopped.code).toBe(130)
  expect(existsSync(join(out, 'results.json'))).toBe(false)
  expect(existsSync(join(out, 'seed-0/digits.json'))).toBe(false)
  const trained = () => ['judge', 'seed-0/priors/digits'].map((part) => readRun(join(out, part)))
  const before = await Promise.all(trained())
  const { seconds } = JSON.parse(readFileSync(join(out, 'time.json'), 'utf8')) as { seconds: number }
  expect(seconds).toBeGreaterThan(0)

  const said = await command('npm', ['start', '--', ...args])
  expect(said).toMatchObject({ code: 0 })
  // Neither was trained again.
  expect((await Promise.all(trained())).map(({ entries }) => entries)).toEqual(before.map(({ entries }) => entries))
  expect(said.out).toMatch(/matched to digit features +[\d.]+ \+- [\d.]+/)
  expect(said.out).toContain(`the report is ${join(out, 'report.html')}`)

  const results = await readResults(join(out, 'results.json'))
  expect(results.seconds).toBeGreaterThan(seconds)
  expect(results.models.map(({ name }) => name)).toEqual(names)
  expect(results.priors.map(({ name }) => name)).toEqual(isFull ? ['words', 'digits'] : ['digits'])
  expect(results.settings).toMatchObject({ train: 512, heldOut: 256, latent: 16, autoencoderSteps: 40 })
  expect(results.toy!.objectives.map(({ snapshots }) => snapshots.at(-1)!.step)).toEqual([120, 120, 120])
  const matched = results.models.find(({ name }) => name === 'digits')
  expect(matched!.latents.agreement!.points).toHaveLength(256)
  expect(matched!.regulariser).toMatchObject({ prior: 'digits', objective: 'match' })
  for (const [{ curves }, last] of [
    [matched!, 40],
    [results.priors.find(({ name }) => name === 'digits')!, 20],
  ] as const) {
    const { points } = curves.find(({ name }) => name === 'nll')!
    expect(points.map(([step]) => step)).toEqual([last])
    expect(points.every(([, nll]) => Number.isFinite(nll))).toBe(true)
  }
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

  // What was trained is there to be drawn from.
  const prior = join(out, 'seed-0/priors/digits')
  const drawn = join(out, 'drawn.npy')
  const how = ['-n', '3', '--features', '--steps', '2', '--device', 'cpu', '--out', drawn]
  expect(await fluxion(['sample', prior, ...how])).toMatchObject({ code: 0, err: '' })
  expect((await loadNpy(drawn)).shape).toEqual([3, 64])

  const again = await fluxion(['align', ...args])
  expect(again.out).toContain('matched to digit features, found before: PSNR')
  const { models, priors } = await readResults(join(out, 'results.json'))
  expect({ models, priors }).toEqual({ models: results.models, priors: results.priors })

  const other = await fluxion(['align', ...args, '--latent', '8'])
  expect(other).toMatchObject({
    code: 2,
    err: `fluxion: '${out}' is of a job with other settings:\n  settings.latent: 16 there, 8 here\ngo on with those, or choose another folder\n`,
  })
})

test('what cannot be done ends with what to do instead, with code 2, and leaves nothing', async () => {
  const place = join(folder, 'wrong')
  mkdirSync(place)
  const at = (name: string) => join(place, name)
  const rows = (last: string) =>
    `a,b\n${Array.from({ length: 200 }, (_, i) => `${i % 7},${i === 9 ? last : i % 3}`).join('\n')}\n`
  writeFileSync(at('rows.csv'), rows('1'))
  writeFileSync(at('holed.csv'), rows('NaN'))
  writeFileSync(at('wide.csv'), 'a,b,c\n1,2,3\n4,5,6\n')
  const given = readdirSync(place)
  const run = ['--steps', '1', '--batch', '64', '--device', 'cpu', '--run']
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["there is no command 'sampel'; did you mean 'sample'?", ['sampel']],
    ['there is no option --stpes; did you mean --steps?', ['prior', at('rows.csv'), '--stpes', '3']],
    ["there is no file '", ['prior', at('none.csv'), ...run, at('run')]],
    ['expected b to be a number (f32), found "NaN"', ['prior', at('holed.csv'), ...run, at('run')]],
    ['is a file, which no run can be saved in', ['prior', at('rows.csv'), ...run, at('rows.csv/run')]],
    ['GB of memory, and WebAssembly has at most', ['prior', at('rows.csv'), '--width', '20000', ...run, at('run')]],
    ['there is no folder', ['toy', 'prior', '--steps', '1', '--picture', at('none/a.svg')]],
    ['a batch of 600 is more than the 512 digits', ['align', ...quick, '--batch', '600', '--out', at('run')]],
  ]
  for (const [message, args] of cases) {
    const { code, err } = await fluxion(args)
    expect(err).toContain(message)
    expect({ code, lines: /^fluxion: /.test(err) }).toEqual({ code: 2, lines: true })
    expect(readdirSync(place)).toEqual(given)
  }
})
