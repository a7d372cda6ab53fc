import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

// The listing of docs/testing.md is checked by the compiler, and run; it fails as the page says.

const root = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/testing.md'), 'utf8')
const entries: Readonly<Record<string, string>> = { fluxion: 'index.ts', 'fluxion/testing': 'testing/index.ts' }
const listing = /```ts\n([\s\S]*?)```/.exec(page)![1]!
const report = /```\n([\s\S]*?)```/.exec(page.slice(page.indexOf(listing) + listing.length + 3))![1]!

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'docs-'))
  mkdirSync(join(folder, 'test'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const source = listing.replace(/from '(fluxion[^']*)'/g, (_, name: string) => `from '${join(root, entries[name]!)}'`)
  writeFileSync(join(folder, 'test/listing.test.ts'), `${source}\nfc.configureGlobal({ seed: 1 })\n`)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  const compilerOptions = { rewriteRelativeImportExtensions: false }
  const files = ['test/listing.test.ts']
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, files }),
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

test('it has no type errors', () => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  expect(execFileSync(process.execPath, [tsc, '--noEmit', '-p', folder], { encoding: 'utf8' })).toBe('')
})

test('the gradient is right, and the bug is found as the page says', async () => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')))
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--root', folder, '--config', join(root, 'vitest.config.ts')]
  const output = await new Promise<string>((done) => {
    execFile(process.execPath, args, { cwd: root, env }, (_error, stdout, stderr) => done(stdout + stderr))
  })
  const text = stripVTControlCharacters(output)
  expect(text).toContain('1 passed, 1 failed')
  expect(text).toContain('FAIL  test/listing.test.ts > a divergence is never negative')
  for (const line of report.trim().split('\n')) expect(text).toContain(line)
})
