import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build, createServer, parseAst, type Rolldown, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fluxion } from '../../vite/index.ts'
import { inserted } from '../../vite/source-map.ts'
import type { Node } from '../../vite/syntax.ts'
import { nameInsertions } from '../../vite/unnamed-programs.ts'
import * as fc from '../fc.ts'

const root = resolve(import.meta.dirname, '../..')

const named = (code: string): string =>
  inserted(code, nameInsertions(parseAst(code) as unknown as Node, code), 'a.js').code

const imported = "import { program } from 'fluxion'\n"

describe('a program without a name gets that of its variable', () => {
  test.each([
    ['a constant', 'const a = program({}, f)', "const a = program({}, f, { name: 'a' })"],
    ['an export', 'export const a = program({}, f);', "export const a = program({}, f, { name: 'a' });"],
    ['an assignment', 'let a\na = program({}, f)', "let a\na = program({}, f, { name: 'a' })"],
    ['one among several', 'let a = 1, b = program({}, f), c', "let a = 1, b = program({}, f, { name: 'b' }), c"],
    ['a comma at the end', 'const a = program(\n  {},\n  f,\n)', "const a = program(\n  {},\n  f,\n { name: 'a' })"],
    ['comments', 'const a = program({}, f /* , */ // ,\n)', "const a = program({}, f /* , */ // ,\n, { name: 'a' })"],
    ['parentheses', 'const a = (program({}, ((x) => (x)),))', "const a = (program({}, ((x) => (x)), { name: 'a' }))"],
    ['empty options', 'const a = program({}, f, {})', "const a = program({}, f, { name: 'a' })"],
    [
      'in a function',
      'function g() { const a = program({}, f) }',
      "function g() { const a = program({}, f, { name: 'a' }) }",
    ],
    [
      'one in another',
      'const a = program({}, () => { const b = program({}, f) })',
      "const a = program({}, () => { const b = program({}, f, { name: 'b' }) }, { name: 'a' })",
    ],
  ])('%s', (_, before, after) => {
    expect(named(imported + before)).toBe(imported + after)
  })

  test.each([
    ["import { program as p } from 'fluxion'", 'p'],
    ["import { 'program' as p } from 'fluxion'", 'p'],
    ["import * as fx from 'fluxion'", 'fx.program'],
    ["import * as fx from 'fluxion'", "fx['program']"],
  ])('%s: %s', (line, callee) => {
    expect(named(`${line}\nconst a = ${callee}({}, f)`)).toBe(`${line}\nconst a = ${callee}({}, f, { name: 'a' })`)
  })
})

test.each([
  ['a name', "const a = program({}, f, { name: 'b' })"],
  ['options from elsewhere', 'const a = program({}, f, options)'],
  ['options with something spread into them', 'const a = program({}, f, { ...options })'],
  ['arguments that are spread', 'const a = program(...parts)'],
  ['no body', 'const a = program({})'],
  ['no variable', 'export default program({}, f); use(program({}, f))'],
  ['a pattern for a variable', 'const { a } = program({}, f)'],
  ['another function', 'const a = programs({}, f)'],
  ['a method of another object', 'const a = x.program({}, f)'],
  ['a parameter of the same name', 'function g(program) { const a = program({}, f) }'],
  ['a parameter in a pattern', 'const g = ({ x: [program = 1] }) => { const a = program({}, f) }'],
  ['a variable in a block', '{ const program = g; const a = program({}, f) }'],
  ['a var further down', 'function g() { const a = program({}, f); { var program = h } }'],
  ['a function in a block', '{ function program() {} const a = program({}, f) }'],
  ['a loop variable', 'for (const program of list) { const a = program({}, f) }'],
  ['what is caught', 'try {} catch (program) { const a = program({}, f) }'],
])('%s: nothing is changed', (_, code) => {
  expect(named(imported + code)).toBe(imported + code)
})

test.each([
  "import { program } from 'elsewhere'\nconst a = program({}, f)",
  "import program from 'fluxion'\nconst a = program({}, f)",
  "import { vmap as program } from 'fluxion'\nconst a = program({}, f)",
  "import * as fx from 'fluxion'\nconst a = fx[program]({}, f)",
  "import * as fx from 'fluxion'\nconst g = (fx) => { const a = fx.program({}, f) }",
])('what is not fluxion’s program is left alone: %s', (code) => {
  expect(named(code)).toBe(code)
})

/** Where a map says that a place of the made code stood; lines and columns from 0. */
const origin = (map: unknown, line: number, column: number): readonly [line: number, column: number, file: string] => {
  const entry = new SourceMap(map as SourceMapPayload).findEntry(line, column)
  if (!('originalLine' in entry)) throw new Error(`${line}:${column} leads nowhere`)
  return [entry.originalLine, entry.originalColumn, entry.originalSource]
}
const placeOf = (text: string, offset: number): readonly [line: number, column: number] => {
  const before = text.slice(0, offset).split('\n')
  return [before.length - 1, before.at(-1)!.length]
}

test('the map leads every word back to where it stood', () => {
  const word = fc.constantFrom('alpha', 'b', ' ', '\n', '(', ', ', '=>', '0', '\r\n', 'é', '    ')
  const edits = fc.array(fc.record({ after: fc.nat(29), text: fc.constantFrom('x', ', { name: 1 }', ' ') }), {
    maxLength: 4,
  })
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), edits, (words, places) => {
      const code = words.join('')
      const ends = words.map((_, i) => words.slice(0, i + 1).join('').length)
      const insertions = places
        .filter(({ after }) => after < words.length)
        .map(({ after, text }) => ({ at: ends[after]!, text }))
        .sort((a, b) => a.at - b.at)
      const { code: made, map } = inserted(code, insertions, 'a.js')
      for (const [{ length }, from] of [...code.matchAll(/[\w$]+/g)].map((match) => [match[0], match.index] as const)) {
        // What was put in at the very beginning of a word stands before it.
        const moved = insertions.filter(({ at }) => at <= from).reduce((sum, { text }) => sum + text.length, from)
        const whole = !insertions.some(({ at }) => at > from && at < from + length)
        if (whole) expect(made.slice(moved, moved + length)).toBe(code.slice(from, from + length))
        expect(origin(map, ...placeOf(made, moved))).toEqual([...placeOf(code, from), 'a.js'])
      }
    }),
  )
})

describe('in Vite', () => {
  const source = [
    "import { compile, f32, openDevice, program, type Tensor } from 'fluxion'",
    '',
    'type Input = { readonly x: Tensor<[2]> }',
    'export const doubled = program({ x: f32(2) }, ({ x }: Input) => x.mul(2))',
    "const kept = program({ x: f32(2) }, ({ x }) => x.mul(3), { name: 'threefold' })",
    'export const wrong = program({ x: f32(2) }, ({ x }) => x.reshape([3] as never))',
    "export const at = () => new Error('here').stack",
    'export const run = async () => {',
    "  const device = await openDevice('cpu')",
    '  const compiled = [await compile(doubled, device), await compile(kept, device)]',
    '  return Promise.all(compiled.map(async (one) => (await one.explain()).split("\\n")[0]))',
    '}',
    "export const fail = async () => compile(wrong, await openDevice('cpu'))",
    '',
  ].join('\n')
  let folder: string
  let entry: string
  let server: ViteDevServer
  const config = () => ({
    root: folder,
    configFile: false as const,
    logLevel: 'silent' as const,
    plugins: [fluxion()],
    resolve: { alias: [{ find: /^fluxion$/, replacement: join(root, 'index.ts') }] },
  })
  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'fluxion-vite-')))
    entry = join(folder, 'model.ts')
    writeFileSync(entry, source)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    server = await createServer({
      ...config(),
      server: { middlewareMode: true, ws: false },
      appType: 'custom',
      optimizeDeps: { noDiscovery: true },
    })
  })
  afterAll(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })

  test('reports and errors say the name', async () => {
    const model = await server.ssrLoadModule('/model.ts')
    expect(await model.run()).toEqual(['doubled, for wasm', 'threefold, for wasm'])
    const error = await model.fail().catch((thrown: unknown) => thrown)
    expect(error.message).toContain('in wrong')
  })

  /** Where the one occurrence of a word in made code comes from, and where it stands in the source. */
  const places = (word: string, made: string, map: unknown) => {
    const [found, more] = [...made.matchAll(new RegExp(`\\b${word}\\b`, 'g'))]
    expect(more, `${word} occurs once`).toBeUndefined()
    const [line, column, file] = origin(map, ...placeOf(made, found!.index))
    return { file, from: [line, column], stands: [...placeOf(source, source.indexOf(word))] }
  }

  test('what the browser is served leads back to the TypeScript', async () => {
    const { code, map } = (await server.transformRequest('/model.ts'))!
    expect(code).toContain("program({ x: f32(2) }, ({ x }) => x.mul(2), { name: 'doubled' })")
    for (const word of ['reshape', 'stack', 'map', 'explain']) {
      const { file, from, stands } = places(word, code, map)
      expect(file).toContain('model.ts')
      expect(from).toEqual(stands)
    }
  })

  test('a build carries the names, and leads back to the TypeScript', async () => {
    const output = (await build({
      ...config(),
      build: { write: false, minify: false, sourcemap: true, lib: { entry, formats: ['es'], fileName: 'model' } },
    })) as Rolldown.RolldownOutput[]
    const { code, map } = output[0]!.output[0]
    expect(code).toMatch(/x\.mul\(2\),\s*\{\s*name: ["']doubled["']\s*\}\)/)
    expect(code).toMatch(/x\.mul\(3\),\s*\{\s*name: ["']threefold["']\s*\}\)/)
    const at = code.indexOf('reshape([3])')
    const [line, column, file] = origin(map, ...placeOf(code, at))
    expect(file).toContain('model.ts')
    expect([line, column]).toEqual(placeOf(source, source.indexOf('reshape')))
  })
})
