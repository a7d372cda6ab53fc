import { execFile } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { folderOf, fromSources, root, typeErrorsOf } from '../listings.ts'

// The listing of docs/testing.md is checked by the compiler, and run; it fails as the page says.

const page = readFileSync(join(root, 'docs/testing.md'), 'utf8')
const listing = /```ts\n([\s\S]*?)```/.exec(page)![1]!
const report = /```\n([\s\S]*?)```/.exec(page.slice(page.indexOf(listing) + listing.length + 3))![1]!

let folder: string
beforeAll(() => {
  folder = folderOf({ 'test/listing.test.ts': `${fromSources(listing)}\nfc.configureGlobal({ seed: 1 })\n` })
})
afterAll(() => rmSync(folder, { recursive: true }))

test('it has no type errors', () => {
  expect(typeErrorsOf(folder)).toBe('')
})

test('the gradient is right, and the bug is found as the page says', async () => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')))
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--root', folder, '--config', join(root, 'vitest.config.ts')]
  const output = await new Promise<string>((done) => {
    execFile(process.execPath, args, { cwd: root, env }, (_error, stdout, stderr) => done(stdout + stderr))
  })
  // The name of the part of this project's tests that it is run as is not on the page.
  const text = stripVTControlCharacters(output).replace(/(FAIL +)[| ]together[| ] +/g, '$1')
  expect(text).toContain('1 passed, 1 failed')
  expect(text).toContain('FAIL  test/listing.test.ts > a divergence is never negative')
  for (const line of report.trim().split('\n')) expect(text).toContain(line)
})
