import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEvaluator } from '../../../cli/check/evaluate.ts'
import type { Raw } from '../../../cli/check/raw.ts'
import { pages } from './pages.ts'

// Modules that are not to be trusted. The language is a small one here, which is loaded in no time.

const language = `
export const f32 = (...shape) => ({ shape })
export const program = (inputs, body) => Object.assign(() => {}, { '~definition': { inputs, body, name: () => 'it', frame: () => undefined } })
export const dimsOf = () => []
export const tracedLeaves = () => []
export const traceProgram = (program) => {
  program['~definition'].body({})
  return { graph: { inputs: [], equations: [], outputs: [] } }
}
`

const modules: { readonly [name: string]: string } = {
  'fine.js':
    "import { program } from 'fluxion'\nexport const fine = program({}, () => 1)\nsetInterval(() => {}, 1000)\n",
  'exits.js': 'process.exit(3)\n',
  'throws-text.js': "throw 'a text'\n",
  'throws-nothing.js': 'throw undefined\n',
  'throws-object.js': 'throw { code: 7 }\n',
  'long-message.js': "throw new SyntaxError('Parse failed with 1 error:\\n  no such word\\nand more')\n",
  'unprintable.js': 'throw { toString() { throw 1 } }\n',
  'missing.js': "import './nowhere.js'\n",
  'later.js': "Promise.reject(new Error('nobody waits'))\nawait new Promise((done) => setTimeout(done, 20))\n",
  'getter.js': "export const it = new Proxy(() => {}, { has() { throw new Error('no') } })\n",
  'fake.js': "export const fake = Object.assign(() => {}, { '~definition': null })\n",
  'body.js':
    "import { program } from 'fluxion'\nexport const bad = program({}, () => { throw new RangeError('no rates') })\n",
  'in a folder/body.js':
    "import { program } from 'fluxion'\nexport const bad = program({}, () => { throw new RangeError('no rates') })\n",
  'endless-body.js': "import { program } from 'fluxion'\nexport const endless = program({}, () => { for (;;); })\n",
  'after.js': "throw new Error('still told')\n",
}

let folder: string
let found: readonly Raw[]
const at = (name: string): string => join(folder, name)
const wrong = pages.find(({ code }) => code === 'FX9004')!.wrong['model.ts']!

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'evaluate-')))
  const files = {
    ...modules,
    'page.ts': wrong,
    'package.json': '{ "type": "module" }',
    'node_modules/fluxion/package.json': '{ "name": "fluxion", "type": "module", "exports": "./index.js" }',
    'node_modules/fluxion/index.js': language,
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), text)
  }
  const evaluator = openEvaluator({ limit: 1 })
  const list = [...Object.keys(modules), 'page.ts']
  found = await evaluator.evaluate(
    list.map((name) => ({ file: at(name), language: at('node_modules/fluxion/index.js'), locals: [] })),
  )
  evaluator.close()
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

describe('a module that is not to be trusted is a finding', () => {
  test.each([
    ['fine.js', []],
    ['exits.js', [['FX9003', 'loading the module ends the process with exit code 3']]],
    ['throws-text.js', [['FX9003', 'the module throws a text while it is loaded']]],
    ['throws-nothing.js', [['FX9003', 'the module throws undefined while it is loaded']]],
    ['throws-object.js', [['FX9003', 'the module throws {"code":7} while it is loaded']]],
    [
      'long-message.js',
      [['FX9003', 'the module throws SyntaxError: Parse failed with 1 error: no such word while it is loaded']],
    ],
    ['unprintable.js', [['FX9003', 'the module throws something that cannot be shown while it is loaded']]],
    ['later.js', [['FX9003', 'the module throws Error: nobody waits while it is loaded']]],
    ['getter.js', []],
    ['fake.js', []],
    ['body.js', [['FX9006', 'the body of it throws RangeError: no rates']]],
    ['endless-body.js', [['FX9004', 'tracing endless takes more than 1 s']]],
    ['after.js', [['FX9003', 'the module throws Error: still told while it is loaded']]],
    ['page.ts', [['FX9004', 'loading the module takes more than 1 s']]],
  ])('%s', (name, expected) => {
    expect(found.filter(({ module }) => module === at(name)).map(({ code, message }) => [code, message])).toEqual(
      expected,
    )
  })

  test('one that imports what is not there', () => {
    const [missing, ...others] = found.filter(({ module }) => module === at('missing.js'))
    expect(others).toEqual([])
    expect(missing).toMatchObject({ code: 'FX9003' })
    expect(missing!.message).toContain('nowhere.js')
  })

  test.each(['body.js', 'in a folder/body.js'])('a stack tells the line: %s', (name) => {
    const [body] = found.filter(({ module }) => module === at(name))
    expect(body!.frame).toMatchObject({ file: at(name), line: 2 })
  })
})
