import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { complaintIn } from '../../compiler/frontend/type-errors.ts'
import { FluxionError, program, traceProgram } from '../../dsl/index.ts'
import { mistakes as associativeScan } from './mistakes/associative-scan.ts'
import { mistakes as attention } from './mistakes/attention.ts'
import { mistakes as control } from './mistakes/control.ts'
import { mistakes as conv } from './mistakes/conv.ts'
import { mistakes as convTranspose } from './mistakes/conv-transpose.ts'
import { mistakes as einsum } from './mistakes/einsum.ts'
import { mistakes as elementwise } from './mistakes/elementwise.ts'
import { mistakes as first } from './mistakes/first.ts'
import { mistakes as layout } from './mistakes/layout.ts'
import { type Mistake, sizes, specs } from './mistakes/mistake.ts'
import { mistakes as nn } from './mistakes/nn.ts'
import { mistakes as nnConv } from './mistakes/nn-conv.ts'
import { mistakes as optim } from './mistakes/optim.ts'
import { mistakes as random } from './mistakes/random.ts'
import { mistakes as reduction } from './mistakes/reduction.ts'
import { mistakes as scalar } from './mistakes/scalar.ts'
import { mistakes as transforms } from './mistakes/transforms.ts'

const root = resolve(import.meta.dirname, '../..')
const folder = join(import.meta.dirname, 'mistakes')

/** One file of wrong programs, and the line of each: what follows the comment after its `says`. */
interface Chapter {
  readonly name: string
  readonly mistakes: readonly Mistake[]
}
const chapters: readonly Chapter[] = [
  { name: 'first', mistakes: first },
  { name: 'elementwise', mistakes: elementwise },
  { name: 'reduction', mistakes: reduction },
  { name: 'nn', mistakes: nn },
  { name: 'optim', mistakes: optim },
  { name: 'random', mistakes: random },
  { name: 'transforms', mistakes: transforms },
  { name: 'control', mistakes: control },
  { name: 'associative-scan', mistakes: associativeScan },
  { name: 'layout', mistakes: layout },
  { name: 'einsum', mistakes: einsum },
  { name: 'conv', mistakes: conv },
  { name: 'conv-transpose', mistakes: convTranspose },
  { name: 'nn-conv', mistakes: nnConv },
  { name: 'attention', mistakes: attention },
  { name: 'scalar', mistakes: scalar },
]

const expected = '// @ts-expect-error'
const textOf = (name: string): readonly string[] => readFileSync(join(folder, `${name}.ts`), 'utf8').split('\n')
const linesOf = (name: string): readonly number[] =>
  textOf(name).flatMap((line, i) => (line.trim() === expected ? [i + 2] : []))

interface Printed {
  readonly file: string
  readonly line: number
  readonly message: string
}
/**
 * What TypeScript prints of the files once the comments that expect their errors are gone, and how much work that was.
 */
function printed(): string {
  const copy = mkdtempSync(join(tmpdir(), 'mistakes-'))
  try {
    for (const { name } of chapters) {
      const text = textOf(name)
        .map((line) => (line.trim() === expected ? '' : line))
        .join('\n')
        .replaceAll("from '../../../", `from '${root}/`)
        .replaceAll("from '../", `from '${import.meta.dirname}/`)
        .replaceAll("from './", `from '${folder}/`)
      writeFileSync(join(copy, `${name}.ts`), text)
    }
    const types = ['@types/node', '@webgpu/types'].map((name) => join(root, 'node_modules', name))
    const compilerOptions = { types, rewriteRelativeImportExtensions: false }
    const files = chapters.map(({ name }) => `${name}.ts`)
    const config = { extends: join(root, 'tsconfig.json'), compilerOptions, files }
    writeFileSync(join(copy, 'package.json'), JSON.stringify({ type: 'module' }))
    writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    // Several checkers, of which there are as many as processors, infer what they share each for itself.
    const options = ['--noEmit', '--checkers', '1', '--extendedDiagnostics', '--pretty', 'false']
    return run(process.execPath, [tsc, ...options, '-p', copy])
  } finally {
    rmSync(copy, { recursive: true })
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
    const [, path, line] = /^(?:(.*)\((\d+),\d+\): )?error TS/.exec(text) ?? []
    const file = path ? basename(path, '.ts') : ''
    // The rest of the project is not on trial here; an error of no file is one of the set-up.
    if (!text.includes('error TS') || (path && !path.includes('mistakes-'))) return []
    return [{ file, line: Number(line ?? 0), message: text }]
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
  let output = ''
  let errors: readonly Printed[] = []
  beforeAll(() => {
    output = printed()
    errors = parsed(output)
  })

  test('TypeScript complains of the mistakes and of nothing else', () => {
    const lines = new Map(chapters.map(({ name }) => [name, linesOf(name)]))
    expect(errors.filter(({ file, line }) => !lines.get(file)?.includes(line))).toEqual([])
  })

  // A count and not a time, so that it is the same everywhere. With the same mistakes it may only go down: types that
  // take long to check make an editor slow.
  test('TypeScript keeps to its budget of instantiations', () => {
    const instantiated = Number(/^Instantiations: +(\d+)$/m.exec(output)?.[1])
    expect(instantiated).toBeLessThanOrEqual(280_000)
  })

  describe.each(chapters)('$name', ({ name, mistakes }) => {
    const lines = linesOf(name)
    for (const [i, mistake] of mistakes.entries()) {
      test(`${i}: ${mistake.says}`, () => {
        const messages = errors.filter((error) => error.file === name && error.line === lines[i])
        // The type that was needed, or what a program had to be beside a program.
        const said = messages.map(({ message }) => message).join('\n')
        expect(
          [`'"${mistake.says}"`, `> & "${mistake.says}"'`].some((type) => said.includes(type)),
          said,
        ).toBe(true)
        // `fluxion check` takes the same words out of it.
        expect(messages.map(({ message }) => complaintIn(message))).toContain(mistake.says)

        const error = traceErrorOf(mistake)
        expect(error).toBeInstanceOf(FluxionError)
        const { complaint, message, frame } = error as FluxionError
        expect(complaint).toBe(mistake.says)
        expect(message.startsWith(`${mistake.says}\n  `)).toBe(true)
        expect(frame).toMatchObject({ file: join(folder, `${name}.ts`), line: lines[i] })
      })
    }
  })
})
