import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest'
import { type PriorOptions as PriorGiven, run as prior } from '../../cli/prior.ts'
import type { ToyAlignOptions as ToyAlignGiven } from '../../cli/toy/align.ts'
import type { ToyPriorOptions as ToyPriorGiven } from '../../cli/toy/prior.ts'
import { run as toy } from '../../cli/toy.ts'
import { readRun } from '../../runtime/node/index.ts'
import type { PriorOptions, ToyAlignOptions, ToyPriorOptions } from '../../studies/index.ts'
import { printed } from './printed.ts'

let folder: string
const at = (name: string): string => join(folder, name)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxion-config-'))
  const rows = Array.from({ length: 80 }, (_, i) => [i % 7, (i * i) % 11, i % 3].join())
  writeFileSync(at('rows.csv'), `a,b,c\n${rows.join('\n')}\n`)
})
afterAll(() => rmSync(folder, { recursive: true }))

const config = (name: string, values: object): string => {
  writeFileSync(at(name), JSON.stringify(values))
  return at(name)
}

test('the types of configs have the options of their commands, and no others', () => {
  expectTypeOf<PriorOptions>().toEqualTypeOf<PriorGiven>()
  expectTypeOf<ToyPriorOptions>().toEqualTypeOf<ToyPriorGiven>()
  expectTypeOf<ToyAlignOptions>().toEqualTypeOf<ToyAlignGiven>()
})

test.each([
  ['toy prior', (...args: string[]) => printed(toy, 'prior', ...args), { steps: 7, target: 'twoMoons', width: 16 }],
  ['toy align', (...args: string[]) => printed(toy, 'align', ...args), { steps: 7, objective: ['match', 'uniform'] }],
  ['prior', (...args: string[]) => printed(prior, at('rows.csv'), ...args), { steps: 7, latent: 2, timeScale: 4 }],
])('what %s prints as a config has every option, and says the same again', async (name, command, values) => {
  const file = config(`${name.replace(' ', '-')}.json`, values)
  const said = await command('--config', file, '--steps', '9', '--print-config')
  const all = JSON.parse(said)
  expect(all).toMatchObject({ ...values, steps: 9, seed: 0, device: 'auto' })
  expect(Object.keys(all)).not.toContain('config')
  expect(Object.keys(all)).not.toContain('printConfig')
  expect(await command('--config', config('again.json', all), '--print-config')).toBe(said)
  await expect(command('--config', config('wrong.json', { step: 9 }))).rejects.toThrow(
    "has 'step', which is no option; did you mean 'steps'?",
  )
  await expect(command('--config', config('own.json', { config: 'a.json' }))).rejects.toThrow(
    "has 'config', which is no",
  )
})

test('the settings of the paper give way to a config as they do to the command line', async () => {
  const file = config('paper.json', { paper: true, width: 64 })
  const said = JSON.parse(await printed(toy, 'prior', '--config', file, '--blocks', '2', '--print-config'))
  expect(said).toMatchObject({ width: 64, blocks: 2, steps: 100_000, timeScale: 1, averaging: 0.9999 })
})

test('a run is a config of the run that does the same, bit for bit', async () => {
  const small = ['--steps', '6', '--batch', '16', '--width', '8', '--blocks', '1', '--latent', '2', '--seed', '3']
  const begun = await printed(prior, at('rows.csv'), ...small, '--device', 'cpu', '--run', at('first'))
  const again = await printed(prior, at('rows.csv'), '--config', at('first'), '--device', 'cpu', '--run', at('second'))
  expect(again.replaceAll('second', 'first')).toBe(begun)
  const [first, second] = await Promise.all([readRun(at('first')), readRun(at('second'))])
  expect(second.about.config).toEqual(first.about.config)
  expect(second.about.seed).toBe(3)
  await expect(
    printed(prior, at('rows.csv'), '--run', at('first'), '--resume', '--config', at('second')),
  ).rejects.toThrow('leave --config out')
  await expect(printed(toy, 'prior', '--config', at('first'))).rejects.toThrow(
    /first' is a folder; expected a file of options/,
  )
})
