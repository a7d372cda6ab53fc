import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

/** Runs test files of this text, with the project's own configuration, in an empty folder. */
const run = async (files: Record<string, string>): Promise<{ code: number; lastLine: string }> => {
  const folder = mkdtempSync(join(tmpdir(), 'counts-'))
  mkdirSync(join(folder, 'test'))
  for (const [name, body] of Object.entries(files)) {
    writeFileSync(join(folder, 'test', name), `import { beforeAll, describe, expect, test } from 'vitest'\n${body}`)
  }
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')))
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--root', folder, '--config', join(root, 'vitest.config.ts')]
  try {
    return await new Promise((done) => {
      execFile(process.execPath, args, { cwd: root, env }, (error, stdout) => {
        const code = error === null ? 0 : Number(error.code)
        done({ code, lastLine: stdout.slice(stdout.lastIndexOf('\n', stdout.length - 2) + 1) })
      })
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const pass = `test('passes', () => { expect(1).toBe(1) })\n`

test('a run whose tests pass ends with their number', async () => {
  expect(await run({ 'a.test.ts': pass })).toEqual({ code: 0, lastLine: '1 passed, 0 failed\n' })
})

test('a failing test, a file that does not load, a hook that throws and an uncaught error are one failure each', async () => {
  const files = {
    'test.test.ts': `${pass}test('fails', () => { expect(1).toBe(2) })\ntest.skip('later', () => {})`,
    'load.test.ts': `import './nothing.ts'\n${pass}`,
    'hook.test.ts': `describe('suite', () => { beforeAll(() => { throw new Error('hook') })\n${pass}})`,
    'late.test.ts': `test('passes', async () => {
      setTimeout(() => { throw new Error('late') })
      await new Promise((done) => setTimeout(done, 50))
    })`,
  }
  // The test behind the hook is skipped, like the one that says so: neither is counted in the last line.
  expect(await run(files)).toEqual({ code: 1, lastLine: '2 passed, 4 failed\n' })
})

test('a process that dies in a test is a failure', async () => {
  const { code, lastLine } = await run({
    'dies.test.ts': `test('dies', () => { process.kill(process.pid, 'SIGKILL') })`,
  })
  expect(code).toBe(1)
  expect(lastLine).toMatch(/^0 passed, [1-9]\d* failed\n$/)
})

test('a run without tests is a failure', async () => {
  expect(await run({})).toEqual({ code: 1, lastLine: '0 passed, 1 failed\n' })
})
