import { unusedInput } from '../../compiler/frontend/checked-programs.ts'
import { codeOf } from '../../compiler/frontend/codes.ts'
import type { Graph } from '../../compiler/ir/graph.ts'
import type { AnyProgram, InputLeaf, Leaf, Sizes, Traced } from '../../dsl/index.ts'
import { framesIn } from '../../dsl/trace/frame.ts'
import { certainIn, reached } from './graph-uses.ts'
import type { Frame, Raw } from './raw.ts'

/** The language that an author's modules import: not the one of this command, which may be another copy of it. */
export interface LanguageModule {
  traceProgram(program: AnyProgram, sizes: Sizes): Traced
  traceInit(program: AnyProgram, part: string, sizes: Sizes): Traced
  dimsOf(program: AnyProgram): readonly string[]
  tracedLeaves<L extends Leaf>(tree: unknown): readonly L[]
  grad(f: unknown, wrt: readonly string[]): (inputs: unknown) => unknown
  program(inputs: unknown, body: (inputs: never) => unknown): AnyProgram
}

type Found = Omit<Raw, 'module'>

/** What tracing a program finds: what the language complains of, and what its graph says. */
export function findingsOf(program: AnyProgram, language: LanguageModule): readonly Found[] {
  const at = program['~definition'].frame()
  const traced = tracedSomehow(program, language)
  if ('thrown' in traced) return [{ ...complaint(traced.thrown, program), program: at }]
  const rules = [unusedIn, capturedIn, stillIn, slopelessIn]
  return rules.flatMap((rule) => rule(traced, program, language)).map((found) => ({ ...found, program: at }))
}

const primes = [5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71]

/**
 * Distinct primes, so that sizes agree only where they must; where a program wants sizes that divide, such as heads of
 * attention, multiples of 24 that are distinct as well.
 */
function tracedSomehow(program: AnyProgram, language: LanguageModule): Traced | { readonly thrown: unknown } {
  let first: { readonly thrown: unknown } | undefined
  for (const factor of [1, 24])
    try {
      const dims = language.dimsOf(program).map((dim, i) => [dim, factor * (primes[i] ?? 2 * i + 73)])
      const sizes = Object.fromEntries(dims) as Sizes
      const traced = language.traceProgram(program, sizes)
      // What initialises a state may not fit either.
      if ('state' in program['~definition'].inputs) language.traceInit(program, 'state', sizes)
      return traced
    } catch (thrown) {
      first ??= { thrown }
    }
  return first!
}

/** What was thrown, in the words of the language or in its own. */
export function complaint(thrown: unknown, program?: AnyProgram): Found {
  const error = thrown as { readonly name?: unknown; readonly complaint?: unknown; readonly frame?: Frame }
  if (error?.name === 'FluxionError' && typeof error.complaint === 'string')
    return { code: codeOf(error.complaint) ?? 'FX1004', message: error.complaint, frame: error.frame }
  const unread = unreadSource(thrown)
  if (unread) return unread
  const frame = thrown instanceof Error ? authorIn(thrown.stack ?? '') : undefined
  return program
    ? { code: 'FX9006', message: `the body of ${nameOf(program)} throws ${said(thrown)}`, frame }
    : { code: 'FX9003', message: `the module throws ${said(thrown)} while it is loaded`, frame }
}

/** What the plugin says of a scalar function that cannot be compiled, with its place in the file. */
function unreadSource(thrown: unknown): Found | undefined {
  if (!(thrown instanceof Error)) return undefined
  const message = /source error: .*/.exec(thrown.message)?.[0]
  const { loc } = thrown as {
    readonly loc?: { readonly file?: string; readonly line: number; readonly column: number }
  }
  if (message === undefined || loc?.file === undefined) return undefined
  return { code: 'FX1006', message, frame: { file: loc.file, line: loc.line, column: loc.column + 1 } }
}

const nameOf = (program: AnyProgram): string => program['~definition'].name()

/** An error's name and the first line of its message that says something; anything else as text. */
function said(thrown: unknown): string {
  try {
    const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : textOf(thrown)
    // 'Parse failed with 1 error:' says nothing by itself.
    const line = text.split('\n').reduce((before, next) => (before.endsWith(':') ? `${before} ${next.trim()}` : before))
    return line.length > 200 ? `${line.slice(0, 197)}...` : line
  } catch {
    return 'something that cannot be shown'
  }
}

/** An object without a text of its own by what is in it. */
const textOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && `${thrown}` === '[object Object]'
    ? JSON.stringify(thrown)
    : `${thrown}`

/** The first frame of a stack that is in a file, and in none of a package. */
function authorIn(stack: string): Frame | undefined {
  for (const frame of framesIn(stack))
    if (/^(\/|[A-Za-z]:\\)/.test(frame.file) && !/[\\/]node_modules[\\/]/.test(frame.file)) return frame
  return undefined
}

const inputsOf = (traced: Traced, language: LanguageModule): readonly InputLeaf[] =>
  language.tracedLeaves<InputLeaf>(traced.inputs)

/** Inputs that no output is computed from; of an input that has parameters, those parameters. */
function unusedIn(traced: Traced, _program: AnyProgram, language: LanguageModule): readonly Found[] {
  const used = reached(traced.graph)
  const leaves = inputsOf(traced, language).map((leaf, i) => ({ ...leaf, isUsed: used.has(traced.graph.inputs[i]!) }))
  const names = [...new Set(leaves.map(({ path }) => path.split('.')[0]!))]
  return names.flatMap((name): readonly Found[] => {
    const own = leaves.filter(({ path }) => path.split('.')[0] === name)
    if (own.every(({ isUsed }) => !isUsed)) return [{ code: 'FX2003', message: unusedInput(name), input: name }]
    return own
      .filter(({ isUsed, spec }) => !isUsed && spec.initialiser !== undefined)
      .map(({ path }) => ({ code: 'FX2004', message: `parameter ${path} reaches no result`, input: path }))
  })
}

/** More different numbers than one line of a program has for good reasons: an array that was unrolled into it. */
const mostNumbers = 64

function capturedIn({ graph }: Traced): readonly Found[] {
  const byLine = new Map<string, { readonly frame: Frame; readonly numbers: Set<number> }>()
  for (const { primitive, params, source } of graph.equations) {
    if (primitive.name !== 'constant' && primitive.name !== 'literal') continue
    const frame = source?.frame()
    if (!frame) continue
    const key = `${frame.file}:${frame.line}`
    const line = byLine.get(key) ?? { frame, numbers: new Set<number>() }
    byLine.set(key, line)
    for (const number of primitive.name === 'constant' ? [params.value] : (params.values as readonly number[]))
      line.numbers.add(number as number)
  }
  return [...byLine.values()]
    .filter(({ numbers }) => numbers.size > mostNumbers)
    .map(({ frame, numbers }) => ({
      code: 'FX2006',
      message: `${numbers.size} different numbers are written into the program by this line; an array of the host has been unrolled into it`,
      frame,
    }))
}

/** What is said of parameters without a gradient; of all that an input has, once. */
function withoutGradient(still: readonly string[], parameters: readonly string[]): readonly Found[] {
  const inputOf = (path: string): string => path.split('.')[0]!
  return [...new Set(still.map(inputOf))].flatMap((input): readonly Found[] => {
    const isOwn = (path: string): boolean => inputOf(path) === input
    const [own, all] = [still.filter(isOwn), parameters.filter(isOwn)]
    const of = (what: string): string =>
      `the gradient of ${what} is always 0: nothing that the loss computes from it has a slope, or the loss does not use it`
    if (own.length === all.length && own.length > 1)
      return [{ code: 'FX2005', message: of(`all ${own.length} parameters in ${input}`), input }]
    return own.map((path) => ({ code: 'FX2005', message: of(path), input: path }))
  })
}

/**
 * Parameters in the state of a step that it leaves as they are, though it updates them: their gradient is zero. What it
 * hands on untouched is frozen on purpose.
 */
function stillIn(traced: Traced, _program: AnyProgram, language: LanguageModule): readonly Found[] {
  const { graph } = traced
  const after = new Map(language.tracedLeaves(traced.outputs).map(({ path }, i) => [path, graph.outputs[i]!]))
  const state = inputsOf(traced, language)
    .map((leaf, i) => ({ ...leaf, value: graph.inputs[i]!, next: after.get(leaf.path) }))
    .filter(({ path, value, next }) => path.startsWith('state.') && next !== undefined && next !== value)
  // Moments and the like start at zero. So do counts, but what a schedule makes of the first step says nothing of the
  // next.
  const starting = state.filter(({ spec, dtype }) => spec.initialiser === undefined && dtype === 'f32')
  const certain = certainIn(
    graph,
    starting.map(({ value }) => value),
  )
  // With weight decay a parameter moves all the same, but its moments stay at zero.
  const isAtRest = (path: string): boolean => {
    const own = momentsOf(path, starting)
    return own.length > 0 && own.every(({ next }) => certain.isZero(next!))
  }
  const parameters = state.filter(({ spec }) => spec.initialiser !== undefined)
  const still = parameters.filter(({ path, value, next }) => certain.same(next!) === value || isAtRest(path))
  return withoutGradient(pathsOf(still), pathsOf(parameters))
}

const pathsOf = (leaves: readonly Leaf[]): readonly string[] => leaves.map(({ path }) => path)

/** Those whose paths end as that of a parameter does: state.opt.m.0.weight belongs to state.params.0.weight. */
function momentsOf<L extends Leaf>(path: string, starting: readonly L[]): readonly L[] {
  const keys = path.split('.')
  for (const suffix of [keys.slice(1), keys.slice(2)]) {
    const own = starting.filter((moment) => suffix.length > 0 && moment.path.endsWith(`.${suffix.join('.')}`))
    if (own.length > 0) return own
  }
  return []
}

/** Parameters of a loss, a program of one number, in which it has no slope. */
function slopelessIn(traced: Traced, program: AnyProgram, language: LanguageModule): readonly Found[] {
  const outputs = language.tracedLeaves(traced.outputs)
  const [loss] = outputs
  const isLoss = outputs.length === 1 && loss?.path === '' && loss.dims.length === 0 && loss.dtype === 'f32'
  const used = reached(traced.graph)
  const leaves = inputsOf(traced, language)
  const isParameter = ({ spec, dtype }: InputLeaf): boolean => spec.initialiser !== undefined && dtype === 'f32'
  const reachedOnes = leaves.filter((leaf, i) => isParameter(leaf) && used.has(traced.graph.inputs[i]!))
  if (!isLoss || reachedOnes.length === 0) return []
  const wrt = pathsOf(reachedOnes)
  const derivative = gradientGraph(program, wrt, language)
  if (!derivative) return []
  const certain = certainIn(derivative, [])
  const still = wrt.filter((_, i) => certain.isZero(derivative.outputs[i]!))
  return withoutGradient(still, pathsOf(leaves.filter(isParameter)))
}

/** The gradients as outputs of a graph; undefined where there are none, as of a loop without a bound. */
function gradientGraph(program: AnyProgram, wrt: readonly string[], language: LanguageModule): Graph | undefined {
  const gradients = language.program(program['~definition'].inputs, (inputs) => language.grad(program, wrt)(inputs))
  const traced = tracedSomehow(gradients, language)
  return 'thrown' in traced ? undefined : traced.graph
}
