import fc from 'fast-check'
import * as language from '../../dsl/index.ts'
import { bool, FluxionError, f16, f32, i32, key, program, u32 } from '../../dsl/index.ts'
import * as nn from '../../dsl/nn/index.ts'
import * as optim from '../../dsl/optim/index.ts'
import { TracedTensor } from '../../dsl/traced-tensor.ts'

// Calls of anything with anything, each on what the one before it gave.

export const specs = {
  x: f32('n', 3),
  y: f32(3),
  square: f32(2, 2),
  none: f32(0, 2),
  s: f32(),
  half: f16(2),
  k: i32('n'),
  u: u32(2, 2),
  c: bool('n', 3),
  one: bool(),
  seed: key(),
  deep: f32(1, 2, 1, 2),
  image: f32('n', 4, 4, 2),
  params: { weight: f32(3, 2), bias: f32(2) },
}
export const sizes = { n: 2 }
type Inputs = { readonly [name: string]: unknown }
type Called = (...args: unknown[]) => unknown

/** What takes the arguments of tests and tools: not a program's tensors. */
const notCalled = ['FluxionError', 'traceProgram', 'mapLeaves', 'tracedLeaves', 'isLeaf']
const functionsOf = (room: object, prefix: string): readonly (readonly [string, Called])[] =>
  Object.entries(room)
    .filter(([name, value]) => typeof value === 'function' && !notCalled.includes(name))
    .map(([name, value]) => [`${prefix}${name}`, value as Called])
/** Every function that authors may call, by name. */
export const functions: ReadonlyMap<string, Called> = new Map([
  ...functionsOf(language, ''),
  ...functionsOf(nn, 'nn.'),
  ...functionsOf(nn.initialisers, 'nn.initialisers.'),
  ...functionsOf(optim, 'optim.'),
])
export const methods: readonly string[] = Object.getOwnPropertyNames(TracedTensor.prototype).filter(
  (name) => name !== 'constructor',
)

/** An argument of a call, made of the program's inputs and of what the call before gave. */
type Make = (inputs: Inputs, before: unknown) => unknown
const itself = { name: 'a record' } as { [name: string]: unknown }
itself.self = itself
class Strange {
  readonly size = 2
}
/** An author's own mistake. */
export class Thrown extends Error {}

const value = <T>(...values: readonly T[]): fc.Arbitrary<Make> => fc.constantFrom(...values).map((given) => () => given)
const tensor = fc.constantFrom(...Object.keys(specs)).map(
  (name): Make =>
    (inputs) =>
      inputs[name],
)
const numeric = fc.oneof(
  { weight: 5, arbitrary: value(0, 1, 2, 3, 4, -1, -2, 0.5) },
  { weight: 1, arbitrary: value(1.5, -0.5, Number.NaN, Number.POSITIVE_INFINITY, -0, 7, 1e9, 2 ** 53, -1e300) },
)
const word = value(
  ...['n', 'm', 'f32', 'i32', 'bool', 'key', 'x', '', 'ij,jk->ik', '...i->i', 'same', 'none', 'sum', 'y.0', 'weight'],
  ...['rms', 'all', 'carry', '0', '__proto__', 'constructor', 'n+1'],
)
const made = value<unknown>(
  ...[f32(2), f32(3), f32('n', 3), { weight: f32(3, 2) }, { weight: f32('n') }],
  ...[
    nn.relu,
    nn.linear(3, 2),
    nn.linear(3, 3),
    nn.dropout(0.5),
    nn.globalAveragePool,
    nn.sequential(nn.linear(3, 3), nn.gelu),
  ],
  ...[optim.sgd({ learningRate: 0.1 }), optim.scaleByAdam(), optim.linear({ start: 1, end: 0, steps: 5 })],
  program({ x: f32('q') }, ({ x }) => x.square().sum()),
)
const callback = fc.oneof(
  value<unknown>(
    (x: unknown) => x,
    (x: unknown) => [x, null],
    (a: unknown, b: unknown) => [a, b],
    (_a: unknown, b: unknown) => b,
    () => 1,
    () => undefined,
    () => {
      throw new Thrown('of the author')
    },
    (x?: { sum?(): unknown }) => (x instanceof TracedTensor ? x.sum() : x),
  ),
  fc.constantFrom(...methods).map(
    (name): Make =>
      () =>
      (x: unknown) =>
        x instanceof TracedTensor ? methodOf(x, name)() : x,
  ),
)
const odd = value<unknown>(
  ...[undefined, null, true, false, {}, [], 10n, Symbol('s'), new Date(0), new Map(), new Strange(), itself],
  ...[Object.create(null), new Float32Array(2), [undefined], Number, Symbol],
)
const names = [
  ...['a', 'axis', 'keepdims', 'length', 'x', 'inAxes', 'outAxes', 'eps', 'learningRate', 'wrt', 'argument', 'aux'],
  ...['weight', 'bias', 'min', 'max', 'stride', 'padding', 'groups', 'reduction', 'initialiser', 'mask', 'checkpoint'],
  ...['start', 'end', 'steps', 'peak', 'apply', 'forward', 'backward', 'maxSteps', 'p', 'replace', 'state', 'params'],
]
const argument: fc.Arbitrary<Make> = fc.letrec<{ any: Make }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2 },
    { weight: 8, arbitrary: tensor },
    { weight: 8, arbitrary: numeric },
    { weight: 2, arbitrary: fc.constant((_inputs: Inputs, before: unknown) => before) },
    { weight: 2, arbitrary: word },
    { weight: 2, arbitrary: made },
    { weight: 4, arbitrary: callback },
    { weight: 3, arbitrary: odd },
    { weight: 1, arbitrary: fc.array(numeric, { maxLength: 3 }).map(listOf) },
    { weight: 2, arbitrary: fc.array(tie('any'), { maxLength: 3 }).map(listOf) },
    { weight: 3, arbitrary: fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 3 }).map(recordOf) },
  ),
})).any
/** What is right more often. */
const likely = fc.oneof(
  { weight: 6, arbitrary: tensor },
  { weight: 4, arbitrary: numeric },
  { weight: 3, arbitrary: callback },
  { weight: 1, arbitrary: made },
  { weight: 1, arbitrary: fc.constant((_inputs: Inputs, before: unknown) => before) },
  { weight: 1, arbitrary: fc.array(numeric, { maxLength: 3 }).map(listOf) },
)
function listOf(parts: readonly Make[]): Make {
  return (inputs, before) => parts.map((part) => part(inputs, before))
}
function recordOf(parts: { readonly [name: string]: Make }): Make {
  return (inputs, before) =>
    Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part(inputs, before)]))
}

/** One call: of a function, or of something that a tensor or the result before has. */
interface Step {
  readonly of: 'function' | 'input' | 'before'
  readonly name: string
  readonly method: string
  readonly on: Make
  /** Which part of a record, or which of its functions. */
  readonly which: number
  readonly args: readonly Make[]
}
const step = (...of: readonly Step['of'][]): fc.Arbitrary<Step> =>
  fc.record({
    of: fc.constantFrom(...of),
    name: fc.constantFrom(...functions.keys()),
    method: fc.constantFrom(...methods),
    on: tensor,
    which: fc.nat(7),
    args: fc.oneof(
      fc.array(argument, { maxLength: 4 }),
      fc.array(likely, { maxLength: 3 }),
      fc.tuple(callback, fc.array(tensor, { maxLength: 3 })).map(([f, tensors]) => [f, ...tensors]),
    ),
  })

/** A call, and up to two on what it gives. */
export const calls: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    step('function', 'function', 'input'),
    fc.array(step('before', 'before', 'before', 'function'), { maxLength: 2 }),
  )
  .map(([first, rest]) => [first, ...rest])

/** What a step calls: its name, and the function. */
function calledBy(step: Step, inputs: Inputs, before: unknown): readonly [string, Called] | undefined {
  if (step.of === 'function') return [step.name, functions.get(step.name)!]
  const on = step.of === 'input' ? step.on(inputs, before) : before
  return functionAt(on, step, '')
}
function functionAt(on: unknown, step: Step, path: string): readonly [string, Called] | undefined {
  if (on instanceof TracedTensor) return [`${path}.${step.method}`, methodOf(on, step.method)]
  const parts = typeof on === 'object' && on !== null ? Object.entries(on) : []
  const own = typeof on === 'function' ? Object.entries(on).filter(([, part]) => typeof part === 'function') : []
  if (typeof on === 'function' && (own.length === 0 || step.which % 2 === 0)) return [`${path}()`, on as Called]
  const [name, part] = (typeof on === 'function' ? own : parts).at(step.which % Math.max(1, parts.length)) ?? []
  return name === undefined || name.startsWith('~') ? undefined : functionAt(part, step, `${path}.${name}`)
}
const methodOf =
  (on: TracedTensor, name: string): Called =>
  (...args) =>
    (on as unknown as { readonly [name: string]: Called })[name]!(...args)

export interface Outcome {
  readonly at: string
  readonly args: readonly unknown[]
  readonly error: unknown
  readonly result: unknown
}
/** Does one call after another, whether or not they fail, and gives what became of each. */
export function outcomes(steps: readonly Step[], inputs: Inputs): readonly Outcome[] {
  const made: Outcome[] = []
  let before: unknown = inputs.x
  for (const [i, step] of steps.entries()) {
    const found = calledBy(step, inputs, before)
    if (!found) continue
    const [name, call] = found
    const at = `${step.of === 'before' ? `${made.at(-1)?.at ?? ''}` : ''}${name}`
    const args = step.args.map((make) => make(inputs, before))
    try {
      const result = call(...args)
      made.push({ at, args, result, error: undefined })
      if (result !== undefined || i === 0) before = result
    } catch (error) {
      made.push({ at, args, error, result: undefined })
    }
  }
  return made
}

/** The words of JavaScript itself are no answer, and neither is its way of printing a record or a function. */
const raw =
  /is not a function$|is not iterable|cannot (read|convert|mix)|reduce of empty|invalid (array|count)|call stack|not a constructor|with undefined;|unknown primitive|\[object|=>|function \(|\) \{/i

/** Why an error is not one of the language's, if it is not. */
export function strange(error: unknown): string | undefined {
  if (error instanceof Thrown) return undefined
  if (!(error instanceof FluxionError)) return `is not of the language: ${error instanceof Error ? error.stack : error}`
  return raw.test(error.complaint) ? `speaks of JavaScript: ${error.complaint}\n${error.stack}` : undefined
}

/** How a tensor differs from the value that it stands for, if it does. */
export function misheld(result: unknown): string | undefined {
  if (!(result instanceof TracedTensor)) return undefined
  const { shape, dtype, value } = result
  const needed = dtype === 'key' ? [...shape, 2] : shape
  const right =
    (dtype === 'key' ? 'u32' : dtype) === value.type.dtype &&
    needed.length === value.type.shape.length &&
    needed.every((dim, axis) => typeof dim === 'string' || dim === value.type.shape[axis])
  return right ? undefined : `${result} stands for ${value.type.dtype} [${value.type.shape.join(', ')}]`
}
