import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { FluxionError, program, traceProgram } from '../../dsl/index.ts'
import { type Mistake, mistakes, sizes, specs } from './mistakes.ts'

const root = resolve(import.meta.dirname, '../..')
const file = join(import.meta.dirname, 'mistakes.ts')
const lines = readFileSync(file, 'utf8').split('\n')

/** The line of each mistake: what follows the comment after its `says`. */
const lineOf = mistakes.map(() => 0)
{
  let which = 0
  for (const [i, line] of lines.entries()) if (line.trim() === '// @ts-expect-error') lineOf[which++] = i + 2
}

interface Printed {
  readonly line: number
  readonly message: string
}
/** What TypeScript prints of the file once the comments that expect its errors are gone. */
function printed(): readonly Printed[] {
  const folder = mkdtempSync(join(tmpdir(), 'mistakes-'))
  try {
    const text = lines
      .map((line) => (line.trim() === '// @ts-expect-error' ? '' : line))
      .join('\n')
      .replaceAll("from '../../", `from '${root}/`)
      .replaceAll("from './", `from '${import.meta.dirname}/`)
    writeFileSync(join(folder, 'mistakes.ts'), text)
    const types = ['@types/node', '@webgpu/types'].map((name) => join(root, 'node_modules', name))
    const compilerOptions = { types, rewriteRelativeImportExtensions: false }
    const config = { extends: join(root, 'tsconfig.json'), compilerOptions, files: ['mistakes.ts'] }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    return parsed(run(process.execPath, [tsc, '--noEmit', '--pretty', 'false', '-p', folder]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
function run(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
const parsed = (output: string): readonly Printed[] =>
  output.split('\n').flatMap((text) => {
    const [, file, line] = /^(?:(.*)\((\d+),\d+\): )?error TS/.exec(text) ?? []
    // The rest of the project is not on trial here; an error of no file is one of the set-up.
    if (!text.includes('error TS') || (file && !file.endsWith('mistakes.ts'))) return []
    return [{ line: Number(line ?? 0), message: text }]
  })

const traceErrorOf = (mistake: Mistake): unknown => {
  const wrong = program(
    specs,
    (given) => {
      mistake.run(given)
      return given.t
    },
    { name: 'wrong' },
  )
  try {
    traceProgram(wrong, sizes)
  } catch (error) {
    return error
  }
  return undefined
}

describe('a wrong program is rejected twice, with the same words', () => {
  let errors: readonly Printed[] = []
  beforeAll(() => {
    errors = printed()
  })

  test('TypeScript complains of the mistakes and of nothing else', () => {
    expect(errors.filter(({ line }) => !lineOf.includes(line))).toEqual([])
  })

  for (const [i, mistake] of mistakes.entries()) {
    test(`${i}: ${mistake.says}`, () => {
      const messages = errors.filter(({ line }) => line === lineOf[i]).map(({ message }) => message)
      expect(messages.join('\n')).toContain(`'"${mistake.says}"`)

      const error = traceErrorOf(mistake)
      expect(error).toBeInstanceOf(FluxionError)
      const { complaint, message, frame } = error as FluxionError
      expect(complaint).toBe(mistake.says)
      expect(message.startsWith(`${mistake.says}\n  `)).toBe(true)
      expect(frame).toMatchObject({ file, line: lineOf[i] })
    })
  }
})
