import type { Frame, Source } from '../../compiler/ir/graph.ts'
import { described, FluxionError } from '../error.ts'
import { checkFunction, isRecord } from '../given.ts'
import { splat, tensorsAmong } from '../operations/operands.ts'
import { stretch } from '../operations/stretch.ts'
import { optionsOf } from '../option.ts'
import { broadcastShapes } from '../shape/broadcast.ts'
import type { Extents } from '../shape/dim.ts'
import { authorFrame } from '../trace/frame.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { check, enter, fail, must, tracing } from '../trace/trace.ts'
import { isTensor, operand, traced } from '../traced-tensor.ts'
import { applyTo, type Definition } from './evaluate.ts'
import type { AnyScalarFunction, ScalarFunction } from './scalar-function.ts'
import { checkMentions, codeFrame, type Known, Mistake, readFunction, wrongUse } from './source/index.ts'

export interface ScalarOptions {
  /** What reports and errors call it; the function's own name unless given. */
  readonly name?: string
  /** What the function names that stands outside of it: `rates.k` is called k. */
  readonly uses?: { readonly [name: string]: number | AnyScalarFunction }
  /**
   * The function's text as it was before a bundler renamed what it names: the plugin of `fluxion/vite` writes it. The
   * function's own unless given.
   */
  readonly source?: string
}

/**
 * Makes a function of tensors of a function of numbers: `const swish = scalar((x: number) => x / (1 + Math.exp(-x)))`.
 * Its text is read, and becomes operations of the language: it is differentiated, vectorised and fused as they are.
 * Numbers are computed as JavaScript computes them, in f32.
 *
 * It may have arithmetic with + - * / % **, comparisons, && || ! of conditions, ternaries, const, if with return, the
 * functions and constants of Math, and other scalar functions. What it names outside of itself cannot be looked up: it
 * is given in `uses`, by the plugin of `fluxion/vite` where there is one. Those are constants.
 *
 * Throws where the text has something else, with the line and a caret.
 */
export function scalar<Numbers extends readonly number[]>(
  fn: (...numbers: Numbers) => number,
  options: ScalarOptions = {},
): ScalarFunction<Numbers> {
  checkFunction('scalar', fn, 'a function of numbers')
  const { uses = {}, name = fn.name, source = String(fn) } = optionsOf('scalar', options, ['name', 'uses', 'source'])
  if (typeof name !== 'string') throw fail(`type error: scalar: ${described(name)} is not a name`)
  if (typeof source !== 'string') throw fail(`type error: scalar: ${described(source)} is not the text of a function`)
  if (!isRecord(uses)) throw fail(`type error: scalar: uses is ${described(uses)}; write { uses: { k } }`)
  const frame = authorFrame()
  const definition: Definition = {
    name: () => name || nameAt(frame()),
    source: readOrFail(source, uses, name, frame),
    uses: new Map(Object.entries(uses).map(([name, used]) => [name, usedAs(name, used)])),
  }
  return Object.assign(callOf(fn, definition), { '~scalar': definition }) as unknown as ScalarFunction<Numbers>
}

const nameAt = (frame: Frame | undefined): string =>
  frame ? `scalar at ${frame.file.split(/[\\/]/).at(-1)}:${frame.line}` : 'scalar'

function usedAs(name: string, used: unknown): number | Definition {
  const known = typeof used === 'number' ? used : definitionIn(used)
  if (known === undefined) throw fail(`type error: scalar: uses.${name} ${wrongUse(described(used))}`)
  return known
}

const definitionIn = (used: unknown): Definition | undefined =>
  typeof used === 'function' && '~scalar' in used ? (used as unknown as AnyScalarFunction)['~scalar'] : undefined

/** Reads the text of a function, and holds what it names against what is known. */
function readOrFail(text: string, uses: object, name: string, frame: Source['frame']): Definition['source'] {
  try {
    const source = readFunction(text)
    checkMentions(source, new Map(Object.entries(uses).map(([name, used]) => [name, knownAs(used)])), name)
    return source
  } catch (error) {
    throw error instanceof Mistake ? mistaken(error, text, frame) : error
  }
}
const knownAs = (used: unknown): Known =>
  typeof used === 'number' ? 'number' : (definitionIn(used)?.source.takes ?? { wrong: described(used) })

function mistaken({ message, at }: Mistake, text: string, frame: Source['frame']): FluxionError {
  const scope = tracing()?.scope.names ?? []
  return new FluxionError(`source error: scalar: ${message}`, { scope, frame }, codeFrame(text, at))
}

/**
 * As in JavaScript, what follows the parameters is not read: so it can be given to a list's map. But a tensor there is
 * one that the type speaks of, and the result has its shape as well.
 */
function callOf(fn: (...numbers: never) => number, definition: Definition): (...given: unknown[]) => unknown {
  const { takes } = definition.source
  const ofNumbers = fn as unknown as (...numbers: unknown[]) => number
  return (...given) => {
    const args = given.filter((arg, i) => i < takes || isTensor(arg))
    if (args.length < takes) {
      const what = takes === 1 ? 'tensor or number' : 'tensors or numbers'
      throw fail(`type error: scalar: ${definition.name()} takes ${takes} ${what} and is given ${args.length}`)
    }
    return args.every((arg) => typeof arg === 'number') ? ofNumbers(...args) : traced(ofTensors(definition, args))
  }
}

/** The result of tensors, or of tensors and numbers, in the shape that they have together. */
function ofTensors(definition: Definition, given: readonly unknown[]): Held {
  let extents: Extents = []
  const args = given.map((arg) => {
    const held = operand('scalar', arg)
    if (typeof held === 'number') return held
    check(held.dtype === 'f32' ? undefined : `dtype error: scalar: ${held.dtype} is not f32; cast('f32') first`)
    extents = must(broadcastShapes('scalar', extents, extentsOf(held)))
    return held
  })
  const trace = enter('scalar', tensorsAmong(args))
  const result = applyTo(definition, args)
  const value =
    typeof result === 'object'
      ? stretch(trace.builder, result.value, extentsOf(result), extents)
      : splat('scalar', trace, 'f32', Number(result), extents)
  return hold(trace, value, extents, 'f32')
}
