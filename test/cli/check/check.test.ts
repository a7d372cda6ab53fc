import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkProject } from '../../../cli/check/check-project.ts'
import { type Checked, check, codes, type Finding } from '../../../compiler/frontend/index.ts'
import { isFull } from '../../full.ts'
import { listed, type Page, pages } from './pages.ts'

// Faulty models, the programs of the pages on what can be found, and the project's own models: checked together, for
// most of the time goes into reading the library.

const root = resolve(import.meta.dirname, '../../..')
const corpus = join(import.meta.dirname, 'corpus')

/** 'FX1001 at 4', by what the first line of a file says: // expects: FX1001 at 4; FX1005 at 6. */
const expectedOf = (file: string): readonly string[] => {
  const [, list] = /^\/\/ expects: (.*)$/m.exec(readFileSync(join(corpus, file), 'utf8'))!
  // What is found in another file stands there.
  return list!
    .split('; ')
    .filter((one) => one !== 'nothing' && !one.includes(' of '))
    .sort()
}
const corpusFiles = readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

/** Pages whose wrong program cannot stand in a project with others: it does not parse, is no program, or never ends. */
const alone = ['FX9001', 'FX9002', 'FX9004']

/** The project's own sources that import the language; those that have programs, unless all is tried. */
const own = ['models', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(root, folder, name))
    .filter((file) => {
      const text = readFileSync(file, 'utf8')
      return /from '(fluxion|(\.\.\/)+(dsl\/|index))/.test(text) && (isFull || /\bprogram\(/.test(text))
    }),
)

let folder: string
let checked: Checked
const at = (path: string): string => join(folder, path)
const write = (path: string, text: string): void => {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), text)
}
const config = (include: readonly string[]): string =>
  JSON.stringify({
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      rewriteRelativeImportExtensions: false,
      noUnusedLocals: false,
      types: ['node', '@webgpu/types'],
    },
    include,
    exclude: [],
  })

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'check-')))
  symlinkSync(join(root, 'node_modules'), at('node_modules'))
  write('package.json', JSON.stringify({ type: 'module' }))
  cpSync(corpus, at('corpus'), { recursive: true })
  rmSync(at('corpus/tsconfig.json'))
  for (const page of pages)
    for (const side of ['wrong', 'right'] as const)
      if (!(side === 'wrong' && alone.includes(page.code)))
        for (const [name, text] of Object.entries(page[side])) write(`pages/${page.code}/${side}/${name}`, text)
  write('tsconfig.json', config(['corpus', 'pages', ...own]))
  checked = await checkProject(
    { tsConfigFilePath: at('tsconfig.json') },
    { run: true, limit: 60, types: 'morph', under: [at('corpus'), at('pages'), ...own] },
  )
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

const below = (path: string): readonly Finding[] => checked.findings.filter(({ file }) => file.startsWith(at(path)))

describe('faulty models', () => {
  test('there are many, and they are looked at', () => {
    expect(corpusFiles.length).toBeGreaterThanOrEqual(60)
    expect(checked.files).toBeGreaterThan(corpusFiles.length + own.length)
  })

  test.each(corpusFiles)('%s', (file) => {
    const found = checked.findings.filter((finding) => finding.file === at(`corpus/${file}`))
    expect(found.map(({ code, line }) => `${code} at ${line}`).sort(), JSON.stringify(found)).toEqual(expectedOf(file))
  })

  test('each is marked where it stands in its line, and says what to do in one line', () => {
    for (const { file, line, column, length, message, help } of checked.findings) {
      const text = readFileSync(file, 'utf8').split('\n')[line - 1]!
      expect(column + length - 1, `${file}:${line}`).toBeLessThanOrEqual(text.length)
      expect(`${message}${help}`).not.toContain('\n')
      expect(message.length * help.length).toBeGreaterThan(0)
    }
  })

  test.runIf(isFull)("ts-morph's checker finds what the native one does", async () => {
    const types = (findings: readonly Finding[]) =>
      findings
        .filter(({ code }) => code.startsWith('FX1'))
        .map(({ file, line, code, message }) => [file, line, code, message])
    const options = { under: [at('corpus'), at('pages')] } as const
    const [native, morph] = [
      await check({ tsConfigFilePath: at('tsconfig.json') }, { ...options, types: 'native' }),
      await check({ tsConfigFilePath: at('tsconfig.json') }, { ...options, types: 'morph' }),
    ]
    expect(types(morph.findings)).toEqual(types(native.findings))
  })
})

describe('the page of a code', () => {
  test('every code has one, and the list has every page', () => {
    expect(pages.map(({ code }) => code)).toEqual(Object.keys(codes))
    expect(listed).toEqual(Object.entries(codes).map(([code, { title }]) => [code, title]))
    for (const { code, title } of pages) expect(title).toBe(`${code}: ${codes[code].title}`)
  })

  const codesIn = (path: string): readonly string[] => [...new Set(below(`${path}/`).map(({ code }) => code))]
  test.each(pages.filter(({ code }) => code !== 'FX9002'))('$code: its right program has no finding', ({ code }) => {
    expect(below(`pages/${code}/right/`)).toEqual([])
  })
  test.each(pages.filter(({ code }) => !alone.includes(code)))(
    '$code: its wrong program has exactly it',
    ({ code }) => {
      expect(codesIn(`pages/${code}/wrong`)).toEqual([code])
    },
  )

  test('FX9001: its wrong program has exactly it', async () => {
    const page = pages.find(({ code }) => code === 'FX9001') as Page
    write('broken/model.ts', page.wrong['model.ts']!)
    write('broken/tsconfig.json', JSON.stringify({ compilerOptions: { lib: ['ES2023'], types: [] }, include: ['.'] }))
    const { findings } = await checkProject({ tsConfigFilePath: at('broken/tsconfig.json') }, { run: false, limit: 1 })
    expect(findings.map(({ code, file }) => [code, relative(folder, file)])).toEqual([
      ['FX9001', join('broken', 'model.ts')],
    ])
  })
})

test("the project's own models and examples have none", () => {
  expect(checked.findings.filter(({ file }) => !file.startsWith(folder))).toEqual([])
  expect(own.length).toBeGreaterThan(isFull ? 50 : 10)
})
