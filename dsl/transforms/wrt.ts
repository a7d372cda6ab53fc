import { described } from '../error.ts'
import { isRecord } from '../given.ts'
import { optionsOf } from '../option.ts'
import type { AnyProgram, Program } from '../program.ts'
import { isFloat } from '../shape/dtype.ts'
import { tensorsOf } from '../tensor-in.ts'
import { belongs, fail, type Trace } from '../trace/trace.ts'
import { isTensor } from '../traced-tensor.ts'
import { isBranch, mapTree, partAt, replaceAt } from '../tree.ts'
import type { ArgumentsOf, Fn, Jacobians, Plain } from './function.ts'
import type { Jacobian } from './jacobian.ts'
import type { Selected } from './selected.ts'

/**
 * What a derivative is taken in: a path into the first argument ('params', 'params.0.weight'), a list of paths, for
 * which there is a tuple of derivatives, or a record that also says which argument.
 */
export type Wrt = string | readonly string[] | WrtOptions
export interface WrtOptions {
  readonly wrt?: string | readonly string[]
  /** The position of the argument that the paths lead into; 0 unless given. */
  readonly argument?: number
}

type Position<W> = W extends { readonly argument: infer N extends number } ? N : 0
type Paths<W> = W extends string | readonly string[] ? W : W extends { readonly wrt: infer P } ? P : ''
/** The part of the arguments A that W selects. */
export type PartOf<A, W> = PartsAt<At<A, Position<W>>, Paths<W>>
type At<A, N extends number> = `${N}` extends keyof A ? A[`${N}`] : never
type PartsAt<T, P> = P extends string
  ? Part<T, P>
  : P extends readonly string[]
    ? { -readonly [K in keyof P]: Part<T, P[K] & string> }
    : never
type Part<T, P extends string> = P extends `${infer K}.${infer Rest}`
  ? K extends keyof T
    ? Part<T[K], Rest>
    : never
  : P extends keyof T
    ? T[P]
    : T

/** W where it selects something in the arguments of F, else what is wrong with it, or the paths that would do. */
export type WrtIn<Op extends string, F, W> = [W] extends [string]
  ? PathIn<At<ArgumentsOf<Plain<F>>, 0>, W & string>
  : [WrtFault<Op, ArgumentsOf<Plain<F>>, W>] extends [never]
    ? W
    : WrtFault<Op, ArgumentsOf<Plain<F>>, W>
/** P where it leads to a part of T, else the paths that would. */
type PathIn<T, P extends string, Done extends string = ''> = P extends ''
  ? P
  : P extends `${infer K}.${infer Rest}`
    ? K extends keyof T
      ? PathIn<T[K], Rest, `${Done}${K}.`>
      : `${Done}${keyof T & string}`
    : `${Done}${P extends keyof T ? P : keyof T & string}`
type WrtFault<Op extends string, A, W> = A extends readonly unknown[]
  ? number extends A['length']
    ? never
    : `${Position<W>}` extends keyof A
      ? PathFault<Op, At<A, Position<W>>, Paths<W>>
      : `type error: ${Op}: there is no argument ${Position<W>}; the function takes ${A['length']}`
  : never
type PathFault<Op extends string, T, P> = P extends readonly string[]
  ? PathFault<Op, T, P[number]>
  : P extends string
    ? [P] extends [PathIn<T, P>]
      ? never
      : `type error: ${Op}: there is no ${P}`
    : never

/** A program where F is one, else a function of the same arguments. */
export type Like<F, Out> =
  F extends Program<infer In, infer _>
    ? Program<In, Out>
    : Plain<F> extends (...args: infer A) => unknown
      ? Fn<(...args: A) => Out>
      : never
/** The function of the derivatives of F. */
export type JacobianOf<F, W> = F extends AnyProgram
  ? F extends Program<infer In, infer Out>
    ? Program<In, Jacobian<Out, PartOf<[In], W>>>
    : never
  : Plain<F> extends (...args: infer A) => infer R
    ? Fn<(...args: A) => Jacobian<R, PartOf<A, W>>>
    : Fn<Jacobians<Plain<F>, W>>

/** The tensors that a derivative is taken in. Each must be a float, and of the trace or one around it. */
export function selectedBy(
  op: string,
  trace: Trace,
  wrt: Wrt,
  args: readonly unknown[],
  more: readonly 'aux'[] = [],
): Selected {
  const { argument, paths } = normalised(op, wrt, more)
  if (!Number.isInteger(argument) || argument < 0 || argument >= args.length)
    throw fail(`type error: ${op}: there is no argument ${described(argument)}; the function takes ${args.length}`)
  const whole = args[argument]
  const list = typeof paths === 'string' ? [paths] : paths
  checkApart(op, list)
  const parts = list.map((path) => {
    const part = partAt(whole, path)
    if (part === undefined) throw fail(`type error: ${op}: there is no ${path}${pathsBeside(whole, path)}`)
    return { path, part, leaves: tensorsOf(part, `${op}: ${path || 'the argument'}`) }
  })
  const leaves = parts.flatMap(({ path, leaves }) =>
    leaves.map((at) => ({ ...at, path: [path, at.path].filter((name) => name !== '').join('.') })),
  )
  for (const { path, leaf } of leaves) {
    belongs(op, trace, leaf)
    if (!isFloat(leaf.dtype))
      throw fail(
        `dtype error: ${op}: ${path || 'the argument'} is ${leaf.dtype} and has no gradient; name a part that is float`,
      )
  }
  /** The parts with their leaves replaced, in order. */
  const replaced = (by: readonly unknown[]): readonly unknown[] => {
    let next = 0
    return parts.map(({ part }) => mapTree(part, isTensor, () => by[next++]))
  }
  return {
    leaves,
    argumentsWith(inputs) {
      const now = replaced(inputs)
      const put = parts.reduce<unknown>((tree, { path }, i) => replaceAt(tree, path, now[i]), whole)
      return args.with(argument, put)
    },
    treeOf: (leaves) => (typeof paths === 'string' ? replaced(leaves)[0] : replaced(leaves)),
  }
}

function normalised(
  op: string,
  wrt: Wrt,
  more: readonly 'aux'[],
): { readonly argument: number; readonly paths: string | readonly string[] } {
  const { wrt: paths = '', argument = 0 }: WrtOptions =
    typeof wrt === 'string' || Array.isArray(wrt)
      ? { wrt: wrt as string | readonly string[] }
      : isRecord(wrt)
        ? optionsOf(op, wrt as WrtOptions & { readonly aux?: unknown }, ['wrt', 'argument', ...more] as never)
        : { wrt: wrt as never }
  for (const path of Array.isArray(paths) ? (paths as readonly unknown[]) : [paths])
    if (typeof path !== 'string')
      throw fail(
        `type error: ${op}: ${described(path)} is not a path; write a name such as 'params.weight', or a list of them`,
      )
  return { argument, paths }
}

/** A part that is named twice would have two derivatives, each of half of what it does. */
function checkApart(op: string, paths: readonly string[]): void {
  for (const [i, inner] of paths.entries())
    for (const [j, outer] of paths.entries())
      if (i !== j && (outer === '' || inner === outer || inner.startsWith(`${outer}.`)))
        throw fail(
          `type error: ${op}: ${inner || 'the argument'} is also in ${outer || 'the argument'}; name one of them`,
        )
}

/** What else there is at the first step of a path that leads nowhere. */
function pathsBeside(tree: unknown, wrt: string): string {
  const keys = wrt.split('.')
  const good = keys.findIndex((_, n) => partAt(tree, keys.slice(0, n + 1).join('.')) === undefined)
  const parent = partAt(tree, keys.slice(0, good).join('.'))
  if (!isBranch(parent)) return ''
  const names = Object.keys(parent).map((key) => [...keys.slice(0, good), key].join('.'))
  return `; there is ${names.join(', ')}`
}
