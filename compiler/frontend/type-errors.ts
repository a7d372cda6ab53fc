import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { ts } from 'ts-morph'
import { codeOf } from './codes.ts'
import { type Finding, findingAt, type Place, placeIn } from './finding.ts'
import type { ChosenSources, OpenedSources } from './open-sources.ts'

/** A type error as TypeScript words it. */
export interface Reported extends Place {
  /** TypeScript's own: 2362 of TS2362. */
  readonly number: number
  readonly text: string
}

/** The type errors that are the language's, in its own words: those that TypeScript buries in a message of its own. */
export function inOwnWords(errors: readonly Reported[]): readonly Finding[] {
  return errors.flatMap(({ text, number: _, ...place }) => {
    const complaint = complaintIn(text)
    const code = complaint === undefined ? undefined : codeOf(complaint)
    return complaint === undefined || code === undefined ? [] : [findingAt(place, code, complaint)]
  })
}

/**
 * The rules of types give a text as the type of what they refuse, which TypeScript quotes: '... is not assignable to
 * parameter of type '"shape error: ..."''.
 */
export const complaintIn = (text: string): string | undefined =>
  /"((?:shape|dtype|type|trace) error: (?:[^"\\]|\\.)*)"/.exec(text)?.[1]?.replace(/\\(.)/g, '$1')

/** By the checker of ts-morph, of the files that are looked at. */
export function typeErrorsByMorph({
  morph,
  project,
  files,
}: Pick<OpenedSources, 'morph' | 'project' | 'files'>): readonly Reported[] {
  const { ts } = morph
  const program = project.getProgram().compilerObject as ts.Program
  return files.flatMap((file) =>
    program
      .getSemanticDiagnostics(file.compilerNode as ts.SourceFile)
      // Some are of no file: a library that lacks a type.
      .flatMap(({ file: at, start = 0, length = 1, code, messageText }) =>
        at
          ? {
              ...placeIn(at.fileName, at.text, start, length),
              number: code,
              text: ts.flattenDiagnosticMessageText(messageText, '\n'),
            }
          : [],
      ),
  )
}

/**
 * The compiler that a project has installed, where it is a native one, which is many times faster: from TypeScript 7.
 */
export function nativeCompiler(tsConfigFilePath: string): string | undefined {
  try {
    const manifest = createRequire(tsConfigFilePath).resolve('typescript/package.json')
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }
    return Number.parseInt(version, 10) >= 7 ? join(dirname(manifest), 'bin/tsc') : undefined
  } catch {
    return undefined
  }
}

/**
 * By a native compiler, in a process of its own that is started at once, of the files that are looked at. Undefined
 * where it did not run.
 */
export async function typeErrorsByNative(
  compiler: string,
  sources: ChosenSources,
): Promise<readonly Reported[] | undefined> {
  // Without waiting: this process is about to be busy for long.
  const folder = mkdtempSync(join(tmpdir(), 'fluxion-check-'))
  try {
    const config = join(folder, 'tsconfig.json')
    writeFileSync(config, JSON.stringify(nativeConfig(sources)))
    const printed = await printedBy(compiler, config)
    return printed === undefined ? undefined : printedErrors(printed, folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The options of the project, for these files alone and with as few libraries as they are parsed with here. */
function nativeConfig({ paths, ambient, libraries, tsConfigFilePath }: ChosenSources): object {
  return {
    extends: tsConfigFilePath,
    compilerOptions: {
      types: [],
      lib: libraries.map((name) => name.replace(/^lib\.|\.d\.ts$/g, '')),
      composite: false,
      incremental: false,
    },
    files: [...paths, ...ambient],
    include: [],
    references: [],
  }
}

/**
 * It is written in Go, whose garbage collector takes a seventh of the time of a run that is over before there is much
 * garbage.
 */
const collector = { GOGC: 'off', GOMEMLIMIT: '2GiB' }

/** Several of its threads infer what they share each for itself. Of two processors this process takes one. */
const threads = availableParallelism() > 2 ? [] : ['--singleThreaded']

const hasTypeErrors = (printed: string): boolean =>
  /^\S.*: error TS[2-9]\d+/m.test(printed) && !/^error TS/m.test(printed)

const printedBy = (compiler: string, config: string): Promise<string | undefined> =>
  new Promise((done) => {
    execFile(
      process.execPath,
      [compiler, '--noEmit', '--pretty', 'false', ...threads, '-p', config],
      { cwd: dirname(config), maxBuffer: 2 ** 28, env: { ...process.env, ...collector } },
      // It exits with an error where there are type errors. One that says none of them of a file did not run; and where
      // it complains of syntax (TS1...), or of what it is asked, it has not looked at types.
      (error, stdout) => done(error && !hasTypeErrors(stdout) ? undefined : stdout),
    )
  })

/** What the compiler prints without colours: an error a line, with indented lines that say more. */
export function printedErrors(printed: string, folder: string): readonly Reported[] {
  const found: { -readonly [field in keyof Reported]: Reported[field] }[] = []
  for (const line of printed.split('\n')) {
    const [, file, row, column, number, text] = /^(.+?)\((\d+),(\d+)\): error TS(\d+): (.*)$/.exec(line) ?? []
    if (file !== undefined)
      found.push({
        file: resolve(folder, file),
        line: Number(row),
        column: Number(column),
        length: 1,
        number: Number(number),
        text: text!,
      })
    else if (found.length > 0 && /^\s/.test(line)) found.at(-1)!.text += `\n${line.trim()}`
  }
  return found
}
