import { constant } from '../../compiler/ir/primitives/index.ts'
import { vjp } from '../../compiler/transform/reverse.ts'
import type { Definition } from '../call-program.ts'
import { isProgram, type Program, programOf } from '../program.ts'
import { type Show, show } from '../shape/dim.ts'
import { type Float, isFloat } from '../shape/dtype.ts'
import type { Needs } from '../shape/rule.ts'
import type { Tensor } from '../tensor.ts'
import { tensorsOf } from '../tensor-in.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { belongs, enter, fail, innerTrace } from '../trace/trace.ts'
import { isTensor, traced } from '../traced-tensor.ts'
import { isBranch, partAt, replaceAt, withLeaves } from '../tree.ts'
import { asComplaint } from './complaint.ts'
import { type Callable, type Fn, fnOf, type OutOf, type Plain } from './function.ts'

/** The gradient of a scalar in the first argument, or in the part of it that a path names: 'params', 'params.0.weight'. */
export function grad<F extends Callable, const P extends string = ''>(
  f: Needs<Loss<OutOf<Plain<F>>>, F>,
  wrt?: PathIn<First<F>, P>,
): Like<F, Part<First<F>, P>> {
  return differentiated('grad', f, wrt ?? '', ({ gradient }) => gradient) as Like<F, Part<First<F>, P>>
}

/** The scalar together with its gradient. */
export function valueAndGrad<F extends Callable, const P extends string = ''>(
  f: Needs<Loss<OutOf<Plain<F>>>, F>,
  wrt?: PathIn<First<F>, P>,
): Like<F, [value: OutOf<Plain<F>>, grad: Part<First<F>, P>]> {
  return differentiated('grad', f, wrt ?? '', ({ value, gradient }) => [value, gradient]) as Like<
    F,
    [value: OutOf<Plain<F>>, grad: Part<First<F>, P>]
  >
}

type First<F> =
  Plain<F> extends (...args: infer A) => unknown ? (A extends readonly [infer T, ...unknown[]] ? T : never) : never
/** A program where F is one, else a function of the same arguments. */
type Like<F, Out> =
  F extends Program<infer In, infer _>
    ? Program<In, Out>
    : Plain<F> extends (...args: infer A) => unknown
      ? Fn<(...args: A) => Out>
      : never
/** Check: R is something that has a gradient. */
type Loss<R> =
  R extends Tensor<infer S, infer D>
    ? S extends readonly []
      ? D extends Float
        ? never
        : `dtype error: grad: the result is ${D}, needs a float`
      : `shape error: grad: the result is ${Show<S>}, needs []`
    : 'type error: grad: the result is a record, needs one scalar'
/** P where it leads to a part of T, else the paths that would. */
type PathIn<T, P extends string, Done extends string = ''> = P extends ''
  ? P
  : P extends `${infer K}.${infer Rest}`
    ? K extends keyof T
      ? PathIn<T[K], Rest, `${Done}${K}.`>
      : `${Done}${keyof T & string}`
    : `${Done}${P extends keyof T ? P : keyof T & string}`
type Part<T, P extends string> = P extends `${infer K}.${infer Rest}`
  ? K extends keyof T
    ? Part<T[K], Rest>
    : never
  : P extends keyof T
    ? T[P]
    : T

interface Differentiated {
  readonly value: unknown
  readonly gradient: unknown
}

function differentiated(op: string, f: unknown, wrt: string, give: (of: Differentiated) => unknown): unknown {
  if (isProgram(f)) {
    const of = f['~definition']
    const definition: Definition = {
      ...of,
      name: () => `${op} of ${of.name()}`,
      body: (inputs: unknown) => give(differentiate(op, of.body as Callable, wrt, [inputs])),
      threadsState: false,
    }
    return programOf(definition)
  }
  return fnOf(f, (args) => give(differentiate(op, f as Callable, wrt, args)))
}

/** Traces f with the tensors under `wrt` as inputs of a graph of their own, whatever else it uses being seen as constants. */
function differentiate(op: string, f: Callable, wrt: string, args: readonly unknown[]): Differentiated {
  const trace = enter(op)
  const part = partAt(args[0], wrt)
  if (part === undefined) throw fail(`type error: ${op}: there is no ${wrt}${pathsBeside(args[0], wrt)}`)
  const leaves = tensorsOf(part, `${op}: ${wrt || 'the argument'}`)
  for (const { path, leaf } of leaves) {
    belongs(op, trace, leaf)
    if (!isFloat(leaf.dtype)) {
      const at = [wrt, path].filter((name) => name !== '').join('.') || 'the argument'
      throw fail(`dtype error: ${op}: ${at} is ${leaf.dtype} and has no gradient; name a part that is float`)
    }
  }
  const { graph, loss } = innerTrace(op, (inner) => {
    const inputs = leaves.map(({ leaf }) =>
      traced(hold(inner, inner.builder.input(leaf.value.type, leaf.value.name), leaf.shape, leaf.dtype)),
    )
    const given = replaceAt(args[0], wrt, withLeaves(part, isTensor, inputs))
    const result = (f as (...args: readonly unknown[]) => unknown)(given, ...args.slice(1))
    const loss = scalarLoss(op, result)
    belongs(op, inner, loss)
    return { loss, graph: inner.builder.graph(op, [loss.value]) }
  })
  return asComplaint(op, () => {
    const b = trace.builder
    const wholes = leaves.map(({ leaf }) => leaf.value)
    const { outputs, pull } = vjp(
      b,
      graph,
      wholes,
      wholes.map((_, i) => i),
    )
    const one = b.emit(constant, [], { value: 1, shape: [], dtype: outputs[0]!.type.dtype })
    const gradients = pull([one]).map((value, i) =>
      traced(hold(trace, value, leaves[i]!.leaf.shape, leaves[i]!.leaf.dtype)),
    )
    return {
      value: traced(hold(trace, outputs[0]!, [], loss.dtype)),
      gradient: withLeaves(part, isTensor, gradients),
    }
  })
}

function scalarLoss(op: string, result: unknown): Held {
  if (!isTensor(result)) throw fail(`type error: ${op}: the result is a record, needs one scalar`)
  if (result.shape.length > 0) throw fail(`shape error: ${op}: the result is ${show(extentsOf(result))}, needs []`)
  if (!isFloat(result.dtype)) throw fail(`dtype error: ${op}: the result is ${result.dtype}, needs a float`)
  return result
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
