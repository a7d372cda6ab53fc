import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { programs } from '../../cli/explain/programs.ts'
import { run } from '../../cli/explain.ts'
import { type AnyProgram, compile, openDevice } from '../../index.ts'
import { isFull } from '../full.ts'
import { printed } from './printed.ts'

let folder: string
const at = (name: string): string => join(folder, name)
const explain = (...args: readonly string[]) => printed(run, ...args, '--device', 'cpu')

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxion-explain-'))
  const fluxion = JSON.stringify(pathToFileURL(resolve(import.meta.dirname, '../../index.ts')).href)
  const module = (body: string) => `import { f32, program } from ${fluxion}\n${body}\n`
  const double = "program({ x: f32('n', 3) }, ({ x }) => x.mul(2).tanh(), { name: 'double' })"
  writeFileSync(at('one.js'), module(`export const double = ${double}\nexport const three = 3`))
  writeFileSync(at('two.js'), module(`export const double = ${double}\nexport const again = ${double}`))
  writeFileSync(at('none.js'), 'export const three = 3')
  writeFileSync(at('broken.js'), 'throw new Error("not today")')
})
afterAll(() => rmSync(folder, { recursive: true }))

const tiny = { dimension: 2, width: 8, blocks: 1, steps: 2, features: 6, hidden: 8 }

describe('programs of the project', () => {
  // Those of likelihoods and of autoencoders take seconds to compile.
  const tried = Object.entries(programs).filter(([name]) => isFull || !['logProb', 'autoencoder'].includes(name))
  test.each(tried)('%s compiles for the sizes that are given', async (name, { sizes }) => {
    const given = Object.entries({ n: 16, ...tiny }).filter(([size]) => Object.hasOwn(sizes, size))
    const said = await explain(name, '--size', given.map((pair) => pair.join('=')).join(','))
    expect(said).toMatch(/^\w+ with n = 16, for wasm\n\d+ kernels?, /)
    expect(said).toMatch(/of memory: inputs .* temporaries /)
  })

  test('the page is one file; code and graph are there when they are asked for', async () => {
    const small = ['align', '--size', 'n=16,dimension=2,width=8,blocks=1']
    expect(await explain(...small, '--html', at('page.html'))).toBe(`wrote ${at('page.html')}`)
    expect(readFileSync(at('page.html'), 'utf8')).toMatch(/^<!doctype html>/)
    const said = await explain(...small, '--graph', '--code')
    expect(said).toContain('Graph simplified')
    expect(said).toContain('of WebAssembly')
  })
})

describe('programs of a module', () => {
  test.each([[['one.js']], [['two.js', 'again']]])('%j', async ([file, ...name]) => {
    expect(await explain(at(file!), ...name, '--size', 'n=4')).toMatch(
      /^double with n = 4, for wasm\n1 kernel, 24 FLOP/,
    )
  })

  test('it is what explain of the library says', async () => {
    const device = await openDevice('cpu')
    const { double } = (await import(pathToFileURL(at('one.js')).href)) as { double: AnyProgram }
    const compiled = await compile(double as never, device, { n: 8 } as never)
    const said = (compiled as unknown as { explain(): Promise<string> }).explain()
    expect(await explain(at('one.js'), '--size', 'n=8')).toBe(await said)
    device.dispose()
  })

  test.each([
    [['gone.js'], 'there is no module'],
    [['none.js'], 'none.js exports no program; export what program({ ... }, ...) gives'],
    [['two.js'], 'two.js exports several programs: double, again; say which: fluxion explain'],
    [['two.js', 'duoble'], "exports no program 'duoble'; its programs are double, again; did you mean 'double'?"],
    [['one.js', 'three'], 'is no program; its programs are double'],
    [['broken.js'], "broken.js' does not load: not today"],
    [['one.js'], 'dim n has no size; give one to each of n; sizes are given as --size n=256,m=32'],
    [['one.js', 'double', '--size', 'n=4,k=2'], 'has no dim k; sizes are given as'],
  ])('%j says what is wrong', async ([file, ...args], message) => {
    await expect(explain(at(file!), ...args)).rejects.toThrow(message)
  })
})

test.each([
  [
    ['priro'],
    "there is no program 'priro' among prior, sample, logProb, align, autoencoder, nor is it a module such as ./model.js; did you mean 'prior'?",
  ],
  [
    ['prior', '--size', 'widht=4'],
    "prior has no size 'widht', but n=256,dimension=2,width=128,blocks=3; did you mean 'width'?",
  ],
  [['prior', '--size', 'n'], "--size takes sizes such as n=256,width=512; was given 'n'"],
  [['prior', 'step'], "'step' is one too many: prior is a program of the project"],
  [['prior', '--html', 'a.html', '--code'], '--html has all of it on one page; leave --code, --graph and --line out'],
  [['--code'], 'expected NAME|FILE [NAME]; NAME|FILE was not given: --help says what it is'],
])('%j says what is wrong', async (args, message) => {
  await expect(explain(...args)).rejects.toThrow(message)
})

test('without arguments, and with --help, it says what there is', async () => {
  const help = await printed(run, '--help')
  expect(help).toContain('n=256,dimension=2,width=128,blocks=3')
  expect(await printed(run)).toBe(help)
})
