import { constant } from '../../compiler/ir/primitives/index.ts'
import * as control from '../../compiler/transform/control/index.ts'
import { described } from '../error.ts'
import { checkFunction } from '../given.ts'
import { optionsOf } from '../option.ts'
import { isFloat } from '../shape/dtype.ts'
import { likeness, tensorIn, tensorsOf } from '../tensor-in.ts'
import { type Held, hold } from '../trace/held.ts'
import { belongs, enter, fail, innerTrace } from '../trace/trace.ts'
import { isTensor, type TracedTensor, traced } from '../traced-tensor.ts'
import { withLeaves } from '../tree.ts'
import { given, holding, like, tensorsLike, traceBody } from './body.ts'

/** A function with its own way back. */
export interface CustomVjp<A extends readonly unknown[], R, S> {
  readonly apply: (...args: A) => R
  /** The same result, and what `backward` needs of the way there. */
  readonly forward: (...args: A) => readonly [result: R, residuals: S]
  /**
   * From the residuals and the cotangent of the result to a cotangent for each argument; for parts that are not floats
   * anything will do.
   */
  readonly backward: (residuals: S, cotangent: R) => { readonly [K in keyof A]: A[K] }
}

/**
 * A function whose gradient is not derived from what it does but given: for rules that are more stable or cheaper, or
 * another estimator. A gradient must reach it through its arguments: tensors from outside are constants to it. It has
 * no forward derivative.
 */
export function customVjp<const A extends readonly unknown[], R, S>(rule: CustomVjp<A, R, S>): (...args: A) => R {
  const example = 'customVjp({ apply, forward, backward })'
  const { apply, forward, backward } = optionsOf('customVjp', rule, ['apply', 'forward', 'backward'], example)
  for (const part of [apply, forward, backward]) checkFunction('customVjp', part)
  return (...args) => {
    const trace = enter('customVjp')
    const inputs = given('customVjp', trace, args, 'argument')
    const body = traceBody('apply', rule.apply, args, like, (result) => ({
      result,
      outputs: tensorsOf(result, 'customVjp: the result').map(({ leaf }) => leaf),
    }))
    const forward = traceBody('forward', rule.forward, args, like, (made) => {
      if (!Array.isArray(made) || made.length !== 2)
        throw fail(`type error: customVjp: forward gives ${described(made)}, needs [result, residuals]`)
      const [result, residuals] = made as [unknown, unknown]
      const kept = tensorsOf(residuals ?? {}, 'customVjp: the residuals').map(({ leaf }) => leaf)
      return {
        result: { residuals, kept },
        outputs: [...tensorsLike(result, body.result, 'the result of forward'), ...kept],
      }
    })
    const floats = inputs.filter(({ leaf }) => isFloat(leaf.dtype))
    const backward = traceBackward(rule, forward.result, body, floats)
    const [first, second, third] = [body.graph, forward.graph, backward].map(control.close) as [
      control.Closed,
      control.Closed,
      control.Closed,
    ]
    const outputs = trace.builder.emitAll(
      control.customVjp,
      [...inputs.map(({ leaf }) => leaf.value), ...first.captured, ...second.captured, ...third.captured],
      {
        body: first.graph,
        forward: second.graph,
        backward: third.graph,
        arguments: inputs.length,
        captured: [first.captured.length, second.captured.length, third.captured.length],
      },
    )
    return holding(trace, body.result, body.outputs, outputs) as R
  }
}

function traceBackward<A extends readonly unknown[], R, S>(
  { backward }: CustomVjp<A, R, S>,
  { residuals, kept }: { residuals: unknown; kept: readonly TracedTensor[] },
  body: { readonly result: unknown; readonly outputs: readonly TracedTensor[] },
  floats: readonly { readonly path: string; readonly leaf: Held }[],
) {
  return innerTrace('customVjp', (inner) => {
    const b = inner.builder
    const input = ({ value, shape, dtype }: Held, name: string) =>
      traced(hold(inner, b.input(value.type, name), shape, dtype))
    const held = withLeaves(
      residuals ?? {},
      isTensor,
      kept.map((tensor) => input(tensor, tensor.value.name)),
    )
    const cotangents = body.outputs.map((output) => {
      const cotangent = input(output, `d_${output.value.name}`)
      const { type } = output.value
      // A result that is not a float has no cotangent; what stands for it is zero.
      return isFloat(output.dtype)
        ? cotangent
        : traced(hold(inner, b.emit(constant, [], { value: 0, ...type }), output.shape, output.dtype))
    })
    const pulled = backward(held as S, withLeaves(body.result, isTensor, cotangents) as R)
    const values = floats.map(({ path, leaf }) => {
      const cotangent = tensorIn(pulled, path, 'the cotangent of argument', likeness(leaf))
      belongs('customVjp', inner, cotangent)
      return cotangent.value
    })
    return b.graph('backward', values)
  })
}
