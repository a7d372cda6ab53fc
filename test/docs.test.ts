import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

// Every listing of docs/language.md is checked by the compiler and run; it prints what stands below it.

const root = resolve(import.meta.dirname, '..')
const page = readFileSync(join(root, 'docs/language.md'), 'utf8')
const entries: Readonly<Record<string, string>> = {
  fluxion: 'index.ts',
  'fluxion/nn': 'dsl/nn/index.ts',
  'fluxion/optim': 'dsl/optim/index.ts',
  'fluxion/testing': 'testing/index.ts',
}
const listings = [...page.matchAll(/```ts\n([\s\S]*?)```\n```text\n([\s\S]*?)```/g)].map(([, code, printed]) => ({
  code: code!.replace(/from '(fluxion[^']*)'/g, (_, name: string) => `from '${join(root, entries[name]!)}'`),
  printed: printed!.trim(),
}))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'docs-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  for (const [i, { code }] of listings.entries()) writeFileSync(join(folder, `listing-${i}.ts`), `${code}export {}\n`)
  const compilerOptions = { rewriteRelativeImportExtensions: false }
  const files = listings.map((_, i) => `listing-${i}.ts`)
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, files }),
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

test('the listings have no type errors', () => {
  expect(listings.length).toBeGreaterThanOrEqual(5)
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  expect(execFileSync(process.execPath, [tsc, '--noEmit', '-p', folder], { encoding: 'utf8' })).toBe('')
})

describe('a listing prints what the page says', () => {
  test.each(listings.map((_, i) => i))('%i', async (i) => {
    const lines: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((...parts: unknown[]) => {
      lines.push(parts.map((part) => (typeof part === 'string' ? part : inspect(part))).join(' '))
    })
    await import(join(folder, `listing-${i}.ts`))
    log.mockRestore()
    expect(lines.join('\n')).toBe(listings[i]!.printed)
  })
})
