import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import type { Project, SourceFile, ts } from 'ts-morph'
import { FrontendError } from './error.ts'
import { importsIn, relativeImport } from './imports.ts'
import { askedFor, loadMorph, looseProject, type Morph, readConfig, type Sources } from './load-sources.ts'
import { entrySources } from './of-fluxion.ts'
import { resolveImports } from './resolve-imports.ts'

/**
 * The sources of a project that are worth looking at: those that import fluxion, and those that were asked for by name.
 */
export interface ChosenSources {
  readonly morph: Morph
  /** Absolute paths, sorted. */
  readonly paths: readonly string[]
  /** Undefined for files that were given without a project. */
  readonly tsConfigFilePath: string | undefined
  /** Declarations of the project that hold everywhere. */
  readonly ambient: readonly string[]
  /** The libraries of TypeScript that it is read with, as 'lib.es2023.d.ts'. */
  readonly libraries: readonly string[]
}

export interface OpenedSources extends ChosenSources {
  readonly project: Project
  /** In the order of their paths. Parsed, with syntax errors or without. */
  readonly files: readonly SourceFile[]
}

/**
 * Only files that import fluxion are looked at: in a large project they are few. `under` are files and folders that
 * alone are; a file among them is, whatever it imports, and tests are only then.
 *
 * Throws a FrontendError where ts-morph, the project or what was asked for is missing.
 */
export async function chooseSources(sources: Sources, under: readonly string[] = []): Promise<ChosenSources> {
  const asked = askedFor(sources)
  const morph = await loadMorph()
  if ('files' in asked) {
    if (asked.files.length === 0)
      throw new FrontendError('no source files: the list of files is empty; name at least one')
    return { morph, paths: sorted(asked.files), tsConfigFilePath: undefined, ambient: [], libraries: [] }
  }
  const { tsConfigFilePath } = asked
  const { files, options } = readProject(morph, tsConfigFilePath)
  return {
    morph,
    paths: sorted(chosen(files, dirname(tsConfigFilePath), under)),
    tsConfigFilePath,
    ambient: files.filter(isDeclaration),
    libraries: languageLibraries(morph, options),
  }
}

/** Parses them, and what they import where types need it. */
export function openSources(sources: ChosenSources): OpenedSources {
  const { paths, ambient } = sources
  const project = projectOf(sources)
  for (const file of [...paths, ...ambient]) project.addSourceFileAtPath(file)
  return { ...sources, project, files: paths.map((file) => project.getSourceFileOrThrow(file)) }
}

function projectOf({ morph, paths, tsConfigFilePath, libraries }: ChosenSources): Project {
  if (tsConfigFilePath === undefined) return looseProject(morph, paths)
  return new morph.Project({
    tsConfigFilePath,
    skipAddingFilesFromTsConfig: true,
    skipFileDependencyResolution: true,
    compilerOptions: { types: [], lib: [...libraries] },
    resolutionHost: (host, getOptions) => ({
      resolveModuleNames: resolveImports(morph, host, getOptions),
      // /// <reference types="node" /> in a package declares nothing that a tensor needs, either.
      resolveTypeReferenceDirectives: (names) => names.map(() => undefined),
    }),
  })
}

const sorted = (files: readonly string[]): readonly string[] => [...new Set(files)].sort()

const isDeclaration = (file: string): boolean => /\.d\.[cm]?ts$/.test(file)

/**
 * The libraries of the language alone: no type of a tensor depends on those of pages or of Node, and to parse them
 * takes as long as all the rest.
 */
function languageLibraries({ ts }: Morph, options: ts.CompilerOptions): string[] {
  const named = options.lib ?? [ts.getDefaultLibFileName(options).replace('.full', '')]
  return named.filter((name) => !/dom|webworker|scripthost/.test(name))
}

/**
 * No such file, a circle, a file that cannot be read. Options that are not known are no such errors: another version of
 * TypeScript may know them.
 */
const unreadable: ReadonlySet<number> = new Set([6053, 18000, 5083])

interface ReadProject {
  readonly files: readonly string[]
  readonly options: ts.CompilerOptions
}

function readProject(morph: Morph, tsConfigFilePath: string): ReadProject {
  const { ts } = morph
  const folder = dirname(tsConfigFilePath)
  const {
    fileNames,
    options,
    projectReferences = [],
    errors,
  } = ts.parseJsonConfigFileContent(readConfig(morph, tsConfigFilePath), ts.sys, folder, undefined, tsConfigFilePath)
  const lost = errors.find(({ code }) => unreadable.has(code))
  if (lost)
    throw new FrontendError(
      `${tsConfigFilePath} extends what cannot be read: ${ts.flattenDiagnosticMessageText(lost.messageText, ' ')}`,
    )
  const files = fileNames.map((file) => resolve(file)).filter((file) => !file.includes(`${sep}node_modules${sep}`))
  if (files.length === 0) {
    const [other] = projectReferences
    throw new FrontendError(
      `no source files: ${tsConfigFilePath} names none; ${other ? `it refers to other projects, of which one can be given, as ${other.path}` : 'look at its "include" and "files"'}`,
    )
  }
  return { files, options }
}

function chosen(all: readonly string[], root: string, under: readonly string[]): readonly string[] {
  const own = all.filter((file) => !isDeclaration(file))
  const [files, folders] = [under.filter(isFile), under.filter((path) => !isFile(path))]
  const missing = under.find((path) => !existsSync(path))
  if (missing !== undefined) throw new FrontendError(`there is no ${missing}; paths are read from ${process.cwd()}`)
  const empty = folders.find((folder) => !own.some((file) => isUnder(file, folder)))
  if (empty !== undefined)
    throw new FrontendError(`no source files: the project at ${root} has none in ${empty}; look at its "include"`)
  // What a folder is asked for is below it: in the folder test, its helpers.
  const isWanted = (file: string): boolean =>
    under.length === 0
      ? !isTest(relative(root, file))
      : folders.some((folder) => isUnder(file, folder) && !isTest(relative(folder, file)))
  const looked = own.filter((file) => isWanted(file) || !isTest(relative(root, file)))
  return [...new Set([...files, ...importers(looked, root).filter(isWanted)])]
}

/** Tests, and what they share, have programs that are wrong on purpose; they are looked at where they are named. */
const isTest = (path: string): boolean =>
  /\.(test|spec)\.[cm]?tsx?$/.test(path) ||
  dirname(path)
    .split(sep)
    .some((folder) => testFolders.has(folder))

const testFolders: ReadonlySet<string> = new Set(['test', 'tests', '__tests__', 'spec'])

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile()
const isUnder = (file: string, folder: string): boolean => file.startsWith(folder.endsWith(sep) ? folder : folder + sep)

/** The files that import fluxion, by its name or through files of the project that export what it exports. */
function importers(files: readonly string[], root: string): readonly string[] {
  const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))
  const exists = (file: string): boolean => texts.has(file)
  const entries = entrySources(root)
  // In the package itself its parts import each other's doors.
  const inner = entries.flatMap((entry) =>
    handedOn(texts.get(entry) ?? '').map((name) => relativeImport(entry, name, exists)),
  )
  const doors = new Set([...entries, ...inner.filter((file) => file !== undefined && /[\\/]index\.ts$/.test(file))])
  const isDoor = (from: string, name: string): boolean =>
    /^fluxion(\/|$)/.test(name) || doors.has(relativeImport(from, name, exists) ?? '')
  // Until no file more is found that hands it on.
  for (let before = -1; before < doors.size; ) {
    before = doors.size
    for (const [file, text] of texts)
      if (!doors.has(file) && handedOn(text).some((name) => isDoor(file, name))) doors.add(file)
  }
  return files.filter((file) => importsIn(texts.get(file)!).some((name) => isDoor(file, name)))
}

/** What a file exports again, all of it or by name. */
const handedOn = (text: string): readonly string[] =>
  [...text.matchAll(/\bexport\s+(?!type\b)[^'";]*?\bfrom\s*['"]([^'"\n]+)['"]/g)].map(([, name]) => name!)
