import type { AheadModule, AheadProgram } from '../compiler/ahead/module.ts'
import type { Frame } from '../compiler/ir/graph.ts'
import { type AnyProgram, dimsOf, type Sizes } from '../dsl/index.ts'
import { isProgram } from '../dsl/program.ts'
import { choicesFor } from './choices.ts'
import { type AheadOptions, type CompiledVariant, compileAhead } from './compile-ahead.ts'

/** A module of an author's that has been run. */
export interface SourceModule {
  /** Of the files that are made of it: 'model'. */
  readonly name: string
  /** For messages: 'models/model.ts'. */
  readonly file: string
  readonly exports: { readonly [name: string]: unknown }
  /** The doc comment of an export as it is written; empty where there is none. */
  readonly docOf: (exported: string) => string
}

export interface BuildOptions extends AheadOptions {
  /** What is compiled for: of these each program takes those of its dims. */
  readonly sizes: readonly Sizes[]
  /** How sizes are given, for messages. */
  readonly written: (sizes: { readonly [dim: string]: number | string }) => string
}

export interface CompiledModule extends AheadModule {
  readonly programs: readonly CompiledProgram[]
}

export interface CompiledProgram extends AheadProgram {
  /** Where `program` was called, if the stack told. */
  readonly frame: Frame | undefined
  readonly variants: readonly CompiledVariant[]
}

/**
 * Compiles all programs that some modules export. A dim needs to be of one of them only.
 *
 * Rejects where a module exports no program, where `choicesFor` throws, and with what tracing throws: errors about a
 * program, with its author's line.
 */
export async function buildModules(
  sources: readonly SourceModule[],
  options: BuildOptions,
): Promise<readonly CompiledModule[]> {
  const found = sources.flatMap((source) => programsOf(source).map((program) => ({ source, ...program })))
  const choices = choicesFor(
    found.map(({ exported, program }) => ({ name: exported, dims: dimsOf(program) })),
    options.sizes,
    options.written,
  )
  const programs: { readonly source: SourceModule; readonly made: CompiledProgram }[] = []
  for (const [i, { source, exported, program }] of found.entries()) {
    const variants: CompiledVariant[] = []
    for (const dims of choices[i]!) variants.push(await compileAhead(program, dims, options))
    const { frame } = program['~definition']
    programs.push({ source, made: { exported, doc: source.docOf(exported), frame: frame(), variants } })
  }
  return sources.map((source) => ({
    name: source.name,
    source: source.file.split(/[\\/]/).at(-1)!,
    programs: programs.flatMap((one) => (one.source === source ? [one.made] : [])),
  }))
}

/** A program, and the name under which it is exported. */
export interface ExportedProgram {
  readonly exported: string
  readonly program: AnyProgram
}

export const programsIn = (exports: SourceModule['exports']): readonly ExportedProgram[] =>
  Object.entries(exports).flatMap(([exported, program]) => (isProgram(program) ? [{ exported, program }] : []))

/** Throws where there are none. */
export function programsOf({ file, exports }: Pick<SourceModule, 'file' | 'exports'>): readonly ExportedProgram[] {
  const found = programsIn(exports)
  if (found.length > 0) return found
  throw new Error(
    `${file} exports no program; export what program({ ... }, ...) gives: export const step = program(...)`,
  )
}
