import * as p from '../../compiler/ir/primitives/index.ts'
import * as control from '../../compiler/transform/control/index.ts'
import { described } from '../error.ts'
import { checkFunction } from '../given.ts'
import { optionsOf } from '../option.ts'
import { show } from '../shape/dim.ts'
import type { Misfit } from '../shape/misfit.ts'
import type { Needs } from '../shape/rule.ts'
import type { Tensor } from '../tensor.ts'
import { tensorsOf } from '../tensor-in.ts'
import { extentsOf, hold } from '../trace/held.ts'
import { belongs, enter, fail } from '../trace/trace.ts'
import { isTensor, type TracedTensor, traced } from '../traced-tensor.ts'
import { given, holding, like, tensorsLike, traceBody } from './body.ts'
import { type Checkpoint, scanned } from './scan.ts'

/**
 * carry = body(i, carry) for i = from, ..., to - 1: a scan over the counter, so it may be differentiated in any way.
 * The bounds are numbers that the trace knows; where the number of turns depends on a tensor, use whileLoop.
 */
export function foriLoop<const C, const R>(
  from: number,
  to: number,
  body: (i: Tensor<[], 'i32'>, carry: C) => R,
  init: Needs<Misfit<C, R, 'the new carry'>, C>,
  options: { readonly checkpoint?: Checkpoint } = {},
): C {
  const trace = enter('foriLoop')
  for (const bound of [from, to])
    if (!Number.isInteger(bound))
      throw fail(`type error: foriLoop: ${described(bound)} is not a whole number; the bounds are known while tracing`)
    else if (bound < -(2 ** 31) || bound >= 2 ** 31) throw fail(`dtype error: foriLoop: ${bound} is not of i32`)
  checkFunction('foriLoop', body)
  const length = Math.max(0, to - from)
  const b = trace.builder
  const counted = b.emit(p.iota, [], { shape: [length], axis: 0, dtype: 'i32' }, 'i')
  const start = b.emit(p.constant, [], { value: from, shape: [length], dtype: 'i32' })
  const counter = traced(hold(trace, b.emit(p.add, [counted, start], {}, 'i'), [length], 'i32'))
  const turn = (carry: C, i: Tensor<[], 'i32'>) => [body(i, carry), null]
  const [carry] = scanned('foriLoop', turn, init, counter, optionsOf('foriLoop', options, ['checkpoint']))
  return carry as C
}

/** Check: a condition gives one bool. */
type Holds<R> = unknown extends R
  ? never
  : R extends Tensor<infer S, infer D>
    ? { s: S; d: D } extends { s: readonly []; d: 'bool' }
      ? never
      : NotOneBool
    : NotOneBool
type NotOneBool = 'type error: whileLoop: the condition must give [] of bool'

/**
 * carry = body(carry) as long as condition(carry) holds, and for at most `maxSteps` turns where that is given. With
 * `maxSteps` it may be differentiated in reverse, at the cost of that many turns; forward derivatives need no bound.
 */
export function whileLoop<const C, const R, H>(
  condition: (carry: C) => H,
  body: (carry: C) => R,
  init: Needs<Holds<H> | Misfit<C, R, 'the new carry'>, C>,
  options: { readonly maxSteps?: number } = {},
): C {
  const trace = enter('whileLoop')
  const started = given('whileLoop', trace, init, 'init').map(({ leaf }) => leaf)
  checkFunction('whileLoop', condition)
  checkFunction('whileLoop', body)
  const { maxSteps = 0 } = optionsOf('whileLoop', options, ['maxSteps'])
  if (!Number.isSafeInteger(maxSteps) || maxSteps < 0 || options.maxSteps === 0)
    throw fail(`type error: whileLoop: maxSteps is ${described(maxSteps)}, needs a whole number from 1`)
  const holds = traceBody('condition', condition, [init], like, (result) => {
    if (!isTensor(result) || result.dtype !== 'bool' || result.shape.length > 0)
      throw fail('type error: whileLoop: the condition must give [] of bool')
    return { result, outputs: [result] }
  })
  const next = traceBody('body', body, [init], like, (result) => ({
    result,
    outputs: tensorsLike(result, init, 'the new carry'),
  }))
  const { graphs, captured } = control.closeTogether([holds.graph, next.graph])
  const outputs = trace.builder.emitAll(control.whileLoop, [...captured, ...started.map((tensor) => tensor.value)], {
    condition: graphs[0]!,
    body: graphs[1]!,
    consts: captured.length,
    maxSteps,
  })
  return holding(trace, init, started, outputs) as C
}

/**
 * whenTrue(...operands) where the predicate holds, else whenFalse(...operands): only one of them runs, unless a vmap
 * makes the predicate differ, when both run and each element has its own. Their results are of the same type. Tensors
 * from outside may be used as they are.
 */
export function cond<const A extends readonly unknown[], R, Q>(
  predicate: Tensor<[], 'bool'>,
  whenTrue: (...operands: A) => R,
  whenFalse: (...operands: { [K in keyof A]: A[K] }) => Needs<Misfit<R, Q, 'the result of whenFalse'>, Q>,
  ...operands: A
): R {
  const trace = enter('cond')
  if (!isTensor(predicate) || predicate.dtype !== 'bool' || predicate.shape.length > 0)
    throw fail(
      `type error: cond: the predicate is ${isTensor(predicate) ? `${show(extentsOf(predicate))} of ${predicate.dtype}` : 'not a tensor'}, needs [] of bool; where(condition, a, b) chooses element by element`,
    )
  checkFunction('cond', whenTrue)
  checkFunction('cond', whenFalse)
  belongs('cond', trace, predicate as TracedTensor)
  const inputs = given('cond', trace, operands, 'operand').map(({ leaf }) => leaf.value)
  const yes = traceBody('whenTrue', whenTrue as never, operands, like, (result) => ({
    result,
    outputs: tensorsOf(result, 'cond: the result of whenTrue').map(({ leaf }) => leaf),
  }))
  const no = traceBody('whenFalse', whenFalse as never, operands, like, (result) => ({
    result,
    outputs: tensorsLike(result, yes.result, 'the result of whenFalse'),
  }))
  const { graphs, captured } = control.closeTogether([yes.graph, no.graph])
  const outputs = trace.builder.emitAll(control.cond, [(predicate as TracedTensor).value, ...captured, ...inputs], {
    whenTrue: graphs[0]!,
    whenFalse: graphs[1]!,
  })
  return holding(trace, yes.result, yes.outputs, outputs) as R
}
