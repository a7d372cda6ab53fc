import type { Frame } from '../compiler/ir/graph.ts'
import { callProgram, type Definition, specsOf } from './call-program.ts'
import { described } from './error.ts'
import { checkFunction } from './given.ts'
import { optionsOf } from './option.ts'
import type { Bound, Clash, Rename } from './shape/bind.ts'
import type { DType } from './shape/dtype.ts'
import type { Fields, Misfit } from './shape/misfit.ts'
import type { Needs, Or } from './shape/rule.ts'
import type { Specs, Tensors } from './spec.ts'
import { authorFrame } from './trace/frame.ts'
import { fail } from './trace/trace.ts'

/** A function of one record of tensors, and the unit of compilation; each call binds its named dims anew. */
export interface Program<in out In, in out Out> {
  <A>(inputs: Needs<Missing<In, A>, { [K in keyof A]: Needs<Input<In, A, K>, A[K]> }>): Output<In, Out, A>
  /** What it is made of, for the transforms and the compiler. */
  readonly '~fn': (inputs: In) => Out
  readonly '~definition': Definition
}
export type AnyProgram = { readonly '~definition': Definition }

export interface ProgramOptions {
  /** What reports and errors call it. */
  readonly name?: string
}

/**
 * Describes a program: the specs of its inputs, and a body that is traced when it is compiled or called in another
 * program.
 */
export function program<S extends Specs, R>(
  inputs: Needs<Threads<S, R> | Trees<R>, S>,
  body: (inputs: Tensors<S>) => R,
  options: ProgramOptions = {},
): Program<Tensors<S>, R> {
  const specs = inputs as unknown as Specs
  checkFunction('program', body, 'a function of the inputs')
  const { name } = optionsOf('program', options, ['name'])
  if (name !== undefined && typeof name !== 'string')
    throw fail(`type error: program: ${described(name)} is not a name`)
  specsOf(specs)
  const frame = authorFrame()
  return programOf<Tensors<S>, R>({
    inputs: specs,
    body: body as (inputs: never) => unknown,
    name: () => name ?? nameAt(frame()),
    frame,
    threadsState: true,
  })
}
const nameAt = (frame: Frame | undefined): string =>
  frame ? `program at ${frame.file.split(/[\\/]/).at(-1)}:${frame.line}` : 'program'

/** The callable of a definition. */
export function programOf<In, Out>(definition: Definition): Program<In, Out> {
  const call = (inputs: unknown): unknown => callProgram(definition, inputs)
  const parts: Pick<Program<In, Out>, '~fn' | '~definition'> = {
    '~fn': definition.body as unknown as (inputs: In) => Out,
    '~definition': definition,
  }
  return Object.assign(call, parts) as Program<In, Out>
}

export const isProgram = (x: unknown): x is AnyProgram => typeof x === 'function' && '~definition' in x

/** Throws where it is not a program. */
export function definitionOf(x: unknown): Definition {
  if (isProgram(x)) return x['~definition']
  throw fail(`type error: ${described(x)} is not a program; make one with program(inputs, body)`)
}

/** Check: what goes in as `state` comes out as `state`, of the same type, so that its buffers can be used again. */
type Threads<S, R> = unknown extends R
  ? never
  : R extends { state: infer After }
    ? S extends { state: infer Before }
      ? Misfit<Tensors<{ state: Before }>['state'], After, 'the new state'>
      : never
    : S extends { state: unknown }
      ? 'type error: program: state goes in and does not come out'
      : never
/** Check: the result is made of tensors. The new state has been looked at already. */
type Trees<R, At extends string = 'the result'> = unknown extends R
  ? never
  : R extends { readonly dtype: DType }
    ? never
    : R extends object
      ? { [K in Fields<R>]: K extends 'state' ? never : Trees<R[K], `${At}.${K & string}`> }[Fields<R>]
      : `type error: program: ${At} is not a tensor`
export type Missing<T, A> = `type error: input ${Exclude<keyof T, keyof A> & string} is missing`
/**
 * Check: input K of A has the shape and dtype that T asks for, and its named dims agree with those of the other inputs.
 */
export type Input<T, A, K> = K extends keyof T & keyof A
  ? { a: A } extends { a: T }
    ? never
    : Or<Misfit<T[K], A[K], K & string, true>, Clash<Bound<T[K], A[K]>, Bound<T, A>, K & string>>
  : `type error: there is no input ${K & string}`
type Output<T, Out, A> = { a: A } extends { a: T } ? Out : Rename<Out, Bound<T, A>>
