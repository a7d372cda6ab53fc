import type { EvaluatedCode } from '../../compiler/frontend/codes.ts'

/** Where an author's code is, as a stack tells it. */
export interface Frame {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** What evaluating a module found, before it is said where that is in the source. */
export interface Raw {
  readonly code: EvaluatedCode
  readonly message: string
  /** The module that was evaluated. */
  readonly module: string
  /** The line that is to blame, where a stack tells it. */
  readonly frame?: Frame | undefined
  /** Where the program is written that it is about. */
  readonly program?: Frame | undefined
  /** The input of that program that it is about, by its path. */
  readonly input?: string | undefined
}

/** A module whose programs are evaluated, and the module of the language that they are written in. */
export interface Module {
  readonly file: string
  readonly language: string
  /** Variables that hold programs and are not exported. */
  readonly locals: readonly string[]
}

/** What the process that evaluates says while it does. */
export type Said =
  | { readonly kind: 'begins'; readonly module: string; readonly program?: Frame | undefined; readonly name?: string }
  | { readonly kind: 'found'; readonly found: Raw }
  | { readonly kind: 'ends'; readonly module: string }
