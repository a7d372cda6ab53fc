import { gzipSync } from 'node:zlib'
import {
  type CompiledModule,
  type CompiledProgram,
  type CompiledTarget,
  kinds,
  type TextFile,
} from '../../ahead/index.ts'
import type { Target } from '../../compiler/plan/plan.ts'

/** A line of a source: its path from where the files will lie, and the line from 1. */
export interface SourceLine {
  readonly file: string
  readonly line: number
}

/**
 * What was built, as JSON with sorted keys: per program and target what it takes, and the sizes of all files. `lineOf`
 * says where a program is written, if that is known.
 */
export function manifestOf(
  modules: readonly CompiledModule[],
  files: readonly TextFile[],
  lineOf: (module: CompiledModule, program: CompiledProgram) => SourceLine | undefined,
): TextFile {
  const described = modules.map((module) => {
    const programs = module.programs.map((program) => {
      const builds = program.variants.map(({ dims, targets }) => ({ dims, targets: figuresIn(targets) }))
      return [program.exported, { source: lineOf(module, program), builds }] as const
    })
    return [module.name, { source: module.source, programs: Object.fromEntries(programs) }] as const
  })
  const sizes = files.map(({ name, text }) => [name, sizeOf(text)] as const)
  const manifest = { modules: Object.fromEntries(described), files: Object.fromEntries(sizes) }
  return { name: 'manifest.json', text: `${JSON.stringify(sorted(manifest), undefined, 2)}\n` }
}

const figuresIn = (targets: { readonly [T in Target]?: CompiledTarget }) =>
  Object.fromEntries(
    Object.entries(targets).map(([target, { features, figures }]) => [
      kinds[target as Target],
      { features, ...figures.program, ...(figures.init && { init: figures.init }) },
    ]),
  )

/** In bytes, as it is and as it is sent. */
export const sizeOf = (text: string): { readonly bytes: number; readonly gzip: number } => ({
  bytes: Buffer.byteLength(text),
  gzip: gzipSync(text, { level: 9 }).length,
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, part]) => [key, sorted(part)]))
}
