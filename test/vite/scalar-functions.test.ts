import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build, createServer, parseAst, type Rolldown } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Mistake } from '../../dsl/scalar/source/index.ts'
import { evaluateProgram } from '../../testing/index.ts'
import { fluxion } from '../../vite/index.ts'
import { scalarInsertions } from '../../vite/scalar-functions.ts'
import { inserted } from '../../vite/source-map.ts'
import type { Node } from '../../vite/syntax.ts'

const root = resolve(import.meta.dirname, '../..')

const given = (code: string): string =>
  inserted(code, scalarInsertions(parseAst(code) as unknown as Node, code), 'a.js').code

const imported = "import { scalar } from 'fluxion'\n"

describe('a scalar function gets its name, and what it names outside of itself', () => {
  test.each([
    ['a name alone', 'const f = scalar((x) => x)', "const f = scalar((x) => x, { name: 'f' })"],
    [
      'a number',
      'const f = scalar((x) => x * k)',
      'const f = scalar((x) => x * k, { name: \'f\', uses: { k }, source: "(x) => x * k" })',
    ],
    [
      'a function, a number of a record, and each once',
      'const f = scalar((x) => g(x) + g(a.k))',
      'const f = scalar((x) => g(x) + g(a.k), { name: \'f\', uses: { g, k: a.k }, source: "(x) => g(x) + g(a.k)" })',
    ],
    [
      'what its own parameters and constants are not',
      'const f = scalar((x, y) => { const a = x; { const b = a } return b + y })',
      'const f = scalar((x, y) => { const a = x; { const b = a } return b + y }, { name: \'f\', uses: { b }, source: "(x, y) => { const a = x; { const b = a } return b + y }" })',
    ],
    ['no variable', 'use(scalar((x) => x * k))', 'use(scalar((x) => x * k, { uses: { k }, source: "(x) => x * k" }))'],
    [
      'a name of its own',
      "const f = scalar((x) => x * k, { name: 'g' })",
      'const f = scalar((x) => x * k, { uses: { k }, source: "(x) => x * k", name: \'g\' })',
    ],
    [
      'what it uses: only its text, which a bundler does not rename',
      "const f = scalar((x) => x * k, { name: 'g', uses: { k: 2 } })",
      'const f = scalar((x) => x * k, { source: "(x) => x * k", name: \'g\', uses: { k: 2 } })',
    ],
    ['a comma at the end', 'const f = scalar(\n  (x) => x,\n)', "const f = scalar(\n  (x) => x,\n { name: 'f' })"],
    ['a function by name', 'const f = scalar(g)', "const f = scalar(g, { name: 'f' })"],
    [
      'one in another',
      'const f = scalar((x) => x, { uses: { g: scalar((x) => x + k) } })',
      'const f = scalar((x) => x, { name: \'f\', uses: { g: scalar((x) => x + k, { uses: { k }, source: "(x) => x + k" }) } })',
    ],
  ])('%s', (_, before, after) => {
    expect(given(imported + before)).toBe(imported + after)
  })

  test.each([
    ["import { scalar as s } from 'fluxion'", 's'],
    ["import * as fx from 'fluxion'", 'fx.scalar'],
  ])('%s: %s', (line, callee) => {
    expect(given(`${line}\nconst f = ${callee}((x) => x)`)).toBe(
      `${line}\nconst f = ${callee}((x) => x, { name: 'f' })`,
    )
  })

  test.each([
    "const f = scalar((x) => x, { name: 'g' })",
    'const f = scalar((x) => x * k, options)',
    'const f = scalar((x) => x * k, { ...options })',
    'const f = scalar(...parts)',
    'const f = scalar()',
    'const f = other((x) => x & 1)',
    'function g(scalar) { const f = scalar((x) => x & 1) }',
  ])('%s stays as it is', (code) => {
    expect(given(imported + code)).toBe(imported + code)
  })

  test("what is not fluxion's scalar is left alone", () => {
    const code = "import { scalar } from 'elsewhere'\nconst f = scalar((x) => x & 1)"
    expect(given(code)).toBe(code)
  })
})

test.each([
  ['const f = scalar((x) => 2 * (^1 + x & 1))', 'bit operators are not compiled'],
  ['const f = scalar((x) => x > 0 ? ^f(x - 1) : x)', 'recursion is not compiled: f names itself'],
  ['const f = scalar((x) => a.k + ^b.k)', 'a.k and b.k are both called k in uses'],
  ['const f = scalar((x) => g(x) + ^Math.random())', 'Math.random is not compiled'],
])('%s is refused at its place', (marked, complaint) => {
  const code = imported + marked.replace('^', '')
  let error: unknown
  try {
    given(code)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(Mistake)
  expect((error as Mistake).message).toContain(complaint)
  expect((error as Mistake).at).toBe(imported.length + marked.indexOf('^'))
})

describe('in Vite', () => {
  const files = {
    'model.ts': [
      "import { f32, program, scalar } from 'fluxion'",
      "import { rates } from './rates'",
      '',
      'type Long = { readonly a: number }',
      'const k: number = 2.5',
      'export const softplus = scalar((x: number): number => (x > 0 ? 1 : 0) + k * Math.log1p(Math.exp(x)))',
      'export const bent = scalar((x: number, y: number): number => {',
      '  const z = softplus(x) as Long["a"]',
      '  return 1 - (x > 0 ? 1 : 0) + z * rates.rate + y',
      '})',
      'export const of = program({ x: f32(3) }, ({ x }) => ({ softplus: softplus(x), bent: bent(x, 2) }))',
    ],
    'rates.ts': ['export const rates = { rate: 3 }'],
    'bad.ts': [
      "import { scalar } from 'fluxion'",
      'type Long = {',
      '  readonly a: number',
      '}',
      "export const f = scalar((x: number, y: Long['a']): number => {",
      '  const z: number = x * 2',
      '  return z > 0 ? (z as number) & y : 2',
      '})',
    ],
  }
  let folder: string
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'fluxion-scalar-')))
    for (const [name, lines] of Object.entries(files)) writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const config = () => ({
    root: folder,
    configFile: false as const,
    logLevel: 'silent' as const,
    plugins: [fluxion()],
  })
  const built = async (entry: string, minify: boolean): Promise<string> => {
    const outputs = (await build({
      ...config(),
      build: {
        write: false,
        minify,
        lib: { entry: join(folder, entry), formats: ['es'], fileName: 'made' },
        rolldownOptions: { external: ['fluxion'], output: { minify } },
      },
    })) as Rolldown.RolldownOutput[]
    return outputs[0]!.output[0].code
  }

  test.each([false, true])('what is built, minified: %s, computes what the source says', async (minify) => {
    const code = await built('model.ts', minify)
    expect(code).toMatch(/name: ?["'`]softplus["'`]/)
    // Without the text, what is compiled would look for names that are no longer there.
    expect(/=> ?\(x > 0 \? 1 : 0\) \+ k \*/.test(code)).toBe(true)
    const file = join(folder, `made-${minify}.js`)
    writeFileSync(file, code.replace(/(["'`])fluxion\1/g, JSON.stringify(join(root, 'index.ts'))))
    const { of, softplus, bent } = await import(file)
    const found = evaluateProgram(of, { x: [-1, 0, 2] }) as unknown as Record<string, { data: Float64Array }>
    expect([...found.softplus!.data]).toEqual([-1, 0, 2].map((x) => softplus(x)))
    expect([...found.bent!.data]).toEqual([-1, 0, 2].map((x) => bent(x, 2)))
  })

  const place = { line: 7, column: 18 }
  const complaint = 'source error: scalar: bit operators are not compiled'

  test('a build stops at the line of the TypeScript', async () => {
    const error = await built('bad.ts', false).catch((thrown: unknown) => thrown as Error & { errors: object[] })
    if (typeof error === 'string') throw new Error('it was built')
    expect(error.message).toContain(complaint)
    expect(error.message).toContain('return z > 0 ? (z as number) & y : 2\n                ^')
    expect(error.errors[0]).toMatchObject({ loc: { file: join(folder, 'bad.ts'), ...place } })
  })

  test('so does a page, and what says it is the server', async () => {
    const server = await createServer({
      ...config(),
      server: { middlewareMode: true, ws: false },
      appType: 'custom',
      optimizeDeps: { noDiscovery: true },
    })
    const error = await server.transformRequest('/bad.ts').catch((thrown: unknown) => thrown)
    await server.close()
    expect(error).toMatchObject({
      message: expect.stringContaining(complaint),
      loc: { file: join(folder, 'bad.ts'), ...place },
      frame: 'return z > 0 ? (z as number) & y : 2\n                ^',
      plugin: 'fluxion',
    })
  })
})
