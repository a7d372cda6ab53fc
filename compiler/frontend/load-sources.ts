import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Project, SourceFile } from 'ts-morph'
import { FrontendError } from './error.ts'

/** Which sources to read: those of a TypeScript project, or files by name, with the options of a strict project. */
export type Sources =
  | { readonly tsConfigFilePath: string; readonly files?: never }
  | { readonly files: readonly string[]; readonly tsConfigFilePath?: never }

export interface LoadedSources {
  readonly project: Project
  /** Those that were asked for, in the order of their paths, without what they import. */
  readonly files: readonly SourceFile[]
  readonly morph: Morph
}

/** The package itself, which is there only when it is needed. */
export type Morph = typeof import('ts-morph')

/**
 * `noLib`: without the types of the platform, which are most of what is read, for files by name. Throws a FrontendError
 * where ts-morph, the project or a file is missing, and where a source does not parse.
 */
export async function loadSources(sources: Sources, { noLib = false } = {}): Promise<LoadedSources> {
  const asked = askedFor(sources)
  const morph = await loadMorph()
  const project =
    'tsConfigFilePath' in asked ? projectOf(morph, asked.tsConfigFilePath) : looseProject(morph, asked.files, noLib)
  const files = project
    .getSourceFiles()
    .filter((file) => !file.isDeclarationFile() && !file.isInNodeModules())
    .sort((a, b) => (a.getFilePath() < b.getFilePath() ? -1 : 1))
  if (files.length === 0)
    throw new FrontendError(
      `no source files: ${'tsConfigFilePath' in asked ? `${asked.tsConfigFilePath} names none; look at its "include" and "files"` : 'the list of files is empty; name at least one'}`,
    )
  const broken = files.flatMap((file) => syntaxErrorsIn(project, file))
  if (broken.length > 0)
    throw new FrontendError(`${broken.join('\n')}\ncorrect the syntax first: npx tsc --noEmit shows all of it`)
  return { project, files, morph }
}

export type Asked = { readonly tsConfigFilePath: string } | { readonly files: readonly string[] }

/** What was asked for, by absolute paths. Throws where it is not there. */
export function askedFor({ tsConfigFilePath, files }: Sources): Asked {
  if (files !== undefined) {
    const missing = files.map((file) => resolve(file)).filter((file) => !isFile(file))
    if (missing.length > 0)
      throw new FrontendError(`there is no file ${missing.join(', ')}; paths are read from ${process.cwd()}`)
    return { files: files.map((file) => resolve(file)) }
  }
  if (tsConfigFilePath === undefined)
    throw new FrontendError("say which sources: { tsConfigFilePath: 'tsconfig.json' } or { files: ['model.ts'] }")
  const path = resolve(tsConfigFilePath)
  if (!isFile(path))
    throw new FrontendError(
      `there is no tsconfig at ${path}; make one with npx tsc --init, or name the sources: { files: ['model.ts'] }`,
    )
  return { tsConfigFilePath: path }
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile()

export async function loadMorph(): Promise<Morph> {
  try {
    return await import('ts-morph')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new FrontendError("the package 'ts-morph' is not installed: npm install --save-dev ts-morph")
  }
}

/** Throws a FrontendError where it does not parse. */
export function readConfig({ ts }: Morph, tsConfigFilePath: string): unknown {
  const { config, error } = ts.readConfigFile(tsConfigFilePath, ts.sys.readFile)
  if (error)
    throw new FrontendError(
      `${tsConfigFilePath} does not parse: ${ts.flattenDiagnosticMessageText(error.messageText, '\n')}; correct it and try again`,
    )
  return config
}

function projectOf(morph: Morph, tsConfigFilePath: string): Project {
  const { Project } = morph
  readConfig(morph, tsConfigFilePath)
  return new Project({ tsConfigFilePath, skipFileDependencyResolution: true })
}

export function looseProject({ Project, ts }: Morph, files: readonly string[], noLib = false): Project {
  const project = new Project({
    skipFileDependencyResolution: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      allowImportingTsExtensions: true,
      allowJs: true,
      noEmit: true,
      noLib,
      skipLibCheck: true,
      strict: true,
    },
  })
  for (const file of files) project.addSourceFileAtPath(file)
  return project
}

function syntaxErrorsIn(project: Project, file: SourceFile): readonly string[] {
  return project
    .getProgram()
    .getSyntacticDiagnostics(file)
    .map((diagnostic) => {
      const start = diagnostic.getStart() ?? 0
      const { line, column } = file.getLineAndColumnAtPos(start)
      const message = diagnostic.getMessageText()
      return `${file.getFilePath()}:${line}:${column}: ${typeof message === 'string' ? message : message.getMessageText()}`
    })
}
