import { basename, extname, join, relative, resolve } from 'node:path'
import {
  buildModules,
  type CompiledModule,
  type CompiledProgram,
  emit,
  type kinds,
  type Sizes,
  type TextFile,
  targetsOf,
} from '../../ahead/index.ts'
import { type FoundExport, FrontendError, findExports } from '../../compiler/frontend/index.ts'
import type { Target } from '../../compiler/plan/plan.ts'
import { writeAtomically } from '../../runtime/node/index.ts'
import { makeFolder } from '../../runtime/node/make-folder.ts'
import { isModule, type LoadedModule, loadWithFiles } from '../load-module.ts'
import { writtenSizes } from '../sizes.ts'
import { manifestOf, type SourceLine } from './manifest.ts'

export interface BuildJob {
  readonly files: readonly string[]
  /** The folder of what is made. */
  readonly out: string
  readonly sizes: readonly Sizes[]
  readonly kinds: readonly (typeof kinds)[Target][]
  readonly relaxedSimd: boolean
  /** Whether modules are run that have been run before, as they are now. */
  readonly anew: boolean
  /** Told of the files that the job depends on, when all modules have been run. */
  readonly depends?: (files: readonly string[]) => void
}

export interface Built {
  readonly modules: readonly CompiledModule[]
  /** The names of what was written in the folder. */
  readonly files: readonly TextFile[]
  /** What was left out, and what to do to have it. */
  readonly notes: readonly string[]
}

/**
 * Compiles the programs of some modules ahead of time and writes what comes of it. Nothing is written before all is
 * made, and each file is written whole; others in the folder are left alone.
 *
 * Rejects where a file is no module, does not load or exports no program, where two would be written under one name or
 * one over a source, where sizes are missing, and with errors about programs, which have the author's line.
 */
export async function buildFiles(job: BuildJob): Promise<Built> {
  const names = namesOf(job.files)
  const targets = targetsOf(job.kinds)
  const loaded: LoadedModule[] = []
  for (const file of job.files) loaded.push(await loadWithFiles(file, { anew: job.anew }))
  job.depends?.([...new Set(loaded.flatMap(({ files }) => files))])
  const declared = await declaredIn(job.files)
  const modules = await buildModules(
    job.files.map((file, i) => ({
      name: names[i]!,
      file,
      exports: loaded[i]!.exports,
      docOf: (exported) => declared.of(file, exported)?.comment ?? '',
    })),
    {
      sizes: job.sizes,
      targets,
      relaxedSimd: job.relaxedSimd,
      written: (sizes) => `--dims ${writtenSizes(sizes)}`,
    },
  )
  const out = resolve(job.out)
  const pathOf = (file: string) => relative(out, file).replaceAll('\\', '/')
  const lineOf = (module: CompiledModule, { exported, frame }: CompiledProgram): SourceLine | undefined => {
    const place = declared.of(job.files[modules.indexOf(module)]!, exported) ?? frame
    return place && { file: pathOf(place.file), line: place.line }
  }
  const texts = modules.flatMap((module) => emit(module, targets, pathOf))
  checkDistinct(texts)
  const files = [...texts, manifestOf(modules, texts, lineOf)]
  checkApart(files, out, loaded)
  await makeFolder(out).catch((error: Error) => {
    throw new Error(`cannot make the folder '${job.out}': ${error.message}`, { cause: error })
  })
  for (const { name, text } of files) await writeAtomically(join(out, name), text)
  return { modules, files, notes: declared.notes }
}

/** 'model' for 'models/model.ts'. */
function namesOf(files: readonly string[]): readonly string[] {
  for (const file of files)
    if (!isModule(file)) throw new Error(`'${file}' is no module of JavaScript or TypeScript, such as ./model.ts`)
  const names = files.map((file) => basename(file, extname(file)))
  const again = names.findIndex((name, i) => names.indexOf(name) !== i)
  if (again < 0) return names
  throw new Error(
    `'${files[names.indexOf(names[again]!)]}' and '${files[again]}' would both become ${names[again]}.js; build them to folders of their own`,
  )
}

function checkDistinct(files: readonly TextFile[]): void {
  const names = files.map(({ name }) => name)
  const again = names.find((name, i) => names.indexOf(name) !== i)
  if (again !== undefined)
    throw new Error(`two of the modules would become ${again}; rename one, or build them to folders of their own`)
}

/** A build may not write over what it is made of. */
function checkApart(files: readonly TextFile[], out: string, loaded: readonly LoadedModule[]): void {
  const sources = new Set(loaded.flatMap((one) => one.files))
  const over = files.map(({ name }) => join(out, name)).find((path) => sources.has(path))
  if (over !== undefined)
    throw new Error(`'${over}' is a source, and the build would write over it; give another folder with --out`)
}

/**
 * Where exports are declared, with their comments. Without ts-morph, or where a source cannot be read, there is a note
 * instead.
 */
async function declaredIn(files: readonly string[]) {
  const found = new Map<string, readonly FoundExport[]>()
  const notes = new Set<string>()
  for (const file of files)
    try {
      found.set(file, await findExports(file))
    } catch (error) {
      if (!(error instanceof FrontendError)) throw error
      notes.add(`doc comments are left out: ${error.message}`)
    }
  return {
    notes: [...notes],
    of: (file: string, exported: string) => found.get(file)?.find(({ name }) => name === exported),
  }
}
