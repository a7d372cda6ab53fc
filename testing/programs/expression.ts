import {
  checkpoint,
  concat,
  einsum,
  full,
  grad,
  hessian,
  iota,
  jacfwd,
  jacrev,
  linspace,
  type Shape,
  scan,
  stack,
  type Tensor,
  vmap,
  where,
} from '../../dsl/index.ts'

type Wide = Tensor<Shape>
/** What programs call by name. */
const functions = {
  checkpoint,
  concat,
  einsum,
  full,
  grad,
  hessian,
  iota,
  jacfwd,
  jacrev,
  linspace,
  scan,
  stack,
  vmap,
  where,
}
type Name = keyof typeof functions

/** A part of a program under construction: its tensor, and the source text that makes it. */
export interface Expression {
  readonly tensor: Wide
  readonly text: string
}

type Argument =
  | Expression
  | number
  | string
  | boolean
  | null
  | readonly Argument[]
  | { readonly [name: string]: Argument }
export type Method = { [K in keyof Wide]: Wide[K] extends (...args: never) => unknown ? K : never }[keyof Wide]

/** `on.method(args)`, done and written. */
export function call(on: Expression, method: Method, ...args: readonly Argument[]): Expression {
  const apply = on.tensor[method] as unknown as (...args: readonly unknown[]) => Wide
  return {
    tensor: apply.call(on.tensor, ...args.map(given)),
    text: `${on.text}.${method}(${args.map(textOf).join(', ')})`,
  }
}

/** `name(args)` of a function of the language. */
export function applied(name: Name, ...args: readonly Argument[]): Expression {
  const apply = functions[name] as unknown as (...args: readonly unknown[]) => Wide
  return { tensor: apply(...args.map(given)), text: `${name}(${args.map(textOf).join(', ')})` }
}

/** One of the results of a call, by its name or its place in a list. */
export const member = ({ tensor, text }: Expression, name: string | number): Expression => ({
  tensor: (tensor as unknown as { readonly [name: string]: Wide })[name]!,
  text: typeof name === 'string' ? `${text}.${name}` : `${text}[${name}]`,
})

/** The statements of a function, and what it returns: one value, or several in a list. */
export interface Body {
  readonly lines: readonly string[]
  readonly result: Expression | readonly Expression[]
}
export type Inner = (parameters: readonly Expression[]) => Body

/** `transform((a, b) => { ... })(x, y)`: the body is run, and written, where the transform calls it. */
export function transformed(
  transform: Name,
  parameters: readonly string[],
  inner: Inner,
  args: readonly Expression[],
): Expression {
  const wrap = functions[transform] as unknown as (f: unknown) => (...args: readonly Wide[]) => Wide
  const { f, text } = written(parameters, inner)
  const tensor = wrap(f)(...args.map((arg) => arg.tensor))
  return { tensor, text: `${transform}(${text()})(${args.map((arg) => arg.text).join(', ')})` }
}

/** `name((a, b) => { ... }, x, y)`, of a function that has a list of results. */
export function appliedTo(
  name: Name,
  parameters: readonly string[],
  inner: Inner,
  args: readonly Expression[],
): Expression {
  const apply = functions[name] as unknown as (f: unknown, ...args: readonly Wide[]) => Wide
  const { f, text } = written(parameters, inner)
  const tensor = apply(f, ...args.map((arg) => arg.tensor))
  return { tensor, text: `${name}(${[text(), ...args.map((arg) => arg.text)].join(', ')})` }
}

/** A function, and its text once it has been called. */
function written(parameters: readonly string[], inner: Inner) {
  let lines: readonly string[] = []
  const f = (...tensors: readonly Wide[]): unknown => {
    const made = inner(tensors.map((tensor, i) => ({ tensor, text: parameters[i]! })))
    lines = [...made.lines, `return ${textOf(made.result)}`]
    return given(made.result)
  }
  const text = () => {
    const block = ['{', ...lines.flatMap((line) => line.split('\n')).map((line) => `  ${line}`), '}'].join('\n')
    return `(${parameters.join(', ')}) => ${block}`
  }
  return { f, text }
}

const isExpression = (x: Argument): x is Expression =>
  typeof x === 'object' && x !== null && 'tensor' in x && 'text' in x

const given = (x: Argument): unknown =>
  typeof x !== 'object' || x === null
    ? x
    : isExpression(x)
      ? x.tensor
      : Array.isArray(x)
        ? x.map(given)
        : Object.fromEntries(Object.entries(x).map(([name, part]) => [name, given(part)]))

const textOf = (x: Argument): string =>
  typeof x === 'string'
    ? `'${x}'`
    : typeof x !== 'object' || x === null
      ? `${x}`
      : isExpression(x)
        ? x.text
        : Array.isArray(x)
          ? `[${x.map(textOf).join(', ')}]`
          : `{ ${Object.entries(x)
              .map(([name, part]) => `${name}: ${textOf(part)}`)
              .join(', ')} }`
