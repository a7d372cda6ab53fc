import type { Executable, Target } from '../plan/plan.ts'
import type { Origins } from './origins.ts'

/** The programs of one source file, compiled: what is emitted as a module. */
export interface AheadModule {
  /** Of its files: 'model' for model.js, model.cpu.js ... */
  readonly name: string
  /** Of its source, for whoever reads the files: 'model.ts'. */
  readonly source: string
  readonly programs: readonly AheadProgram[]
}

export interface AheadProgram {
  /** The name under which the source exports it. */
  readonly exported: string
  /** Its doc comment as the author wrote it; empty where there is none. */
  readonly doc: string
  /** One for each choice of sizes, and at least one. */
  readonly variants: readonly Variant[]
}

export interface Variant {
  /** The sizes of the named dims. */
  readonly dims: { readonly [dim: string]: number }
  readonly targets: { readonly [T in Target]?: Made }
}

/** A program for one target and one choice of sizes. */
export interface Made {
  /** What the device must have of its optional features. */
  readonly features: readonly string[]
  readonly program: Followed
  /** What makes the first state of a key, where the program has state. */
  readonly init?: Followed
}

/** An executable, and where its code comes from. */
export interface Followed {
  readonly executable: Executable
  readonly origins: Origins
}

/** A file that is to be written. */
export interface TextFile {
  readonly name: string
  readonly text: string
}

/** The devices that run a target, as they are called where one is chosen. */
export const kinds = { wasm: 'cpu', wgsl: 'webgpu' } as const satisfies { readonly [T in Target]: string }

/** The targets of these devices, in an order of their own, whatever order they are given in. */
export const targetsOf = (asked: readonly (typeof kinds)[Target][]): readonly Target[] =>
  (Object.keys(kinds) as Target[]).filter((target) => asked.includes(kinds[target]))

/** 'model.cpu.js': the file with the code for a target. */
export const targetFile = (name: string, target: Target): string => `${name}.${kinds[target]}.js`

/** The first line of every file. */
export const headerOf = (source: string): string =>
  `// Made of ${source} by fluxion build: to change it, build it again.`
