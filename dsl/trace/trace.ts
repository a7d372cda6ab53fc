import { Builder } from '../../compiler/ir/builder.ts'
import type { Source } from '../../compiler/ir/graph.ts'
import { described, FluxionError } from '../error.ts'
import { type Bindings, sizeOfDim } from '../shape/bind.ts'
import { type Dim, type Extents, isDim, type Shape } from '../shape/dim.ts'
import { authorFrame } from './frame.ts'
import type { Held } from './held.ts'

/** One run of an author's function: the graph that it is making, and what is in force while it runs. */
export interface Trace {
  readonly builder: Builder
  /** The trace that this one was begun in, whose tensors may be used here as they are. */
  readonly parent: Trace | undefined
  scope: Scope
  ended: boolean
}

/** Which program and layers are being traced, and the sizes of the program's named dims. */
export interface Scope {
  readonly names: readonly string[]
  readonly dims: Bindings
  /** Where the programs that are being traced are written: a program keeps this through transforms. */
  readonly programs: readonly Source['frame'][]
}

// Tracing is synchronous, and a function such as `zeros` has no argument that could carry the trace: hence a variable.
let current: Trace | undefined

/** Runs a body in a trace of its own. With a parent the tensors of enclosing traces may be used inside. */
export function inTrace<T>(scope: Scope, parent: Trace | undefined, body: (trace: Trace) => T): T {
  const trace: Trace = { builder: new Builder(), parent, scope, ended: false }
  const before = current
  current = trace
  try {
    return body(trace)
  } finally {
    trace.ended = true
    current = before
  }
}

/** Runs a body in a trace inside of the current one, as a transform does to get the graph of a function. */
export function innerTrace<T>(operation: string, body: (trace: Trace) => T): T {
  const outer = currentTrace(operation)
  return inTrace(outer.scope, outer, body)
}

/** Runs a body with another scope in force. */
export function inScope<T>(trace: Trace, scope: Scope, body: () => T): T {
  const before = trace.scope
  trace.scope = scope
  try {
    return body()
  } finally {
    trace.scope = before
  }
}

/** Runs a body with one more name in its scope, if anything is being traced. */
export function named<T>(name: string, body: () => T): T {
  const trace = current
  return trace ? inScope(trace, { ...trace.scope, names: [...trace.scope.names, name] }, body) : body()
}

export const tracing = (): Trace | undefined => current

function currentTrace(operation: string): Trace {
  if (current) return current
  throw fail(
    `trace error: ${operation} is only possible in the body of a program; a program runs when it has been compiled`,
  )
}

/**
 * The current trace, with what it makes next attributed to the author's line. Throws where an operand does not belong.
 */
export function enter(operation: string, operands: readonly Held[] = []): Trace {
  const trace = currentTrace(operation)
  for (const operand of operands) belongs(operation, trace, operand)
  trace.builder.source = here(trace)
  return trace
}

export function belongs(operation: string, trace: Trace, operand: Held): void {
  for (let at: Trace | undefined = trace; at; at = at.parent) if (at === operand.trace) return
  throw fail(
    operand.trace.ended
      ? `trace error: ${operation}: a tensor is used after the function that made it has ended; return it from there, or pass it in as an argument`
      : `trace error: ${operation}: a tensor belongs to another program; make it an input of this one`,
  )
}

/** Checks come as a string that says what is wrong. */
export function must<T>(made: T | string): T {
  if (typeof made === 'string') throw fail(made)
  return made
}
export function check(complaint: string | undefined): void {
  if (complaint !== undefined) throw fail(complaint)
}

/**
 * The error of a complaint, in the program that is being traced and, unless another place is meant, at the author's
 * line.
 */
export const fail = (complaint: string, frame: Source['frame'] = authorFrame()): FluxionError =>
  new FluxionError(complaint, { scope: current?.scope.names ?? [], frame })

const here = (trace: Trace): Source => ({ scope: trace.scope.names, frame: authorFrame() })

/** The sizes of dims that an author writes down, in the scope of the current program. */
export function bindDims(operation: string, dims: Shape): Extents {
  const { scope } = currentTrace(operation)
  if (!Array.isArray(dims))
    throw fail(`type error: ${operation}: ${described(dims)} is not a shape; write a list of dims`)
  return (dims as Shape).map((dim) => ({ dim, size: must(sizeIn(operation, dim, scope.dims)) }))
}
function sizeIn(operation: string, dim: Dim, dims: Bindings): number | string {
  if (!isDim(dim)) return `shape error: ${operation}: ${described(dim)} is not a dim; write a size or a name`
  const size = sizeOfDim(dim, dims)
  if (size === undefined) return `shape error: ${operation}: no input of the program has a dim ${dim}`
  return size
}
