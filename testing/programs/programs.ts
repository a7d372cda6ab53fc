import fc from 'fast-check'
import { type AnyTensor, bool, f32, i32, type Program, program, type Specs, traceProgram } from '../../dsl/index.ts'
import type { NdArray } from '../array.ts'
import { sizesOf } from '../evaluate.ts'
import { tensors } from '../tensors.ts'
import { appliedTo, type Body, call, type Expression, type Inner, member, transformed } from './expression.ts'
import { steps } from './steps/index.ts'
import { type Chooser, float, like, type Transform } from './steps/step.ts'

/** A program that nobody wrote, with inputs for it. Reports print its source. */
export interface RandomProgram {
  readonly program: Program<{ readonly [name: string]: AnyTensor }, unknown>
  readonly inputs: { readonly [name: string]: NdArray }
  /** TypeScript that makes the program: `program({ ... }, ({ ... }) => { ... })`. */
  readonly source: string
}

export interface ProgramsOptions {
  /** Makes losses: the result is one float, the sum of all that is computed. */
  readonly loss?: boolean
  /** At most so many steps; 12 unless given. */
  readonly steps?: number
}

const inputs = {
  x: { spec: f32('n', 3), text: `f32('n', 3)` },
  y: { spec: f32(3), text: 'f32(3)' },
  t: { spec: f32('n'), text: `f32('n')` },
  w: { spec: f32(3, 2), text: 'f32(3, 2)' },
  s: { spec: f32(), text: 'f32()' },
  k: { spec: i32('n', 3), text: `i32('n', 3)` },
  c: { spec: bool('n', 3), text: `bool('n', 3)` },
  z: { spec: f32('m', 'n'), text: `f32('m', 'n')` },
} as const
type Name = keyof typeof inputs
const specsOf = (names: readonly Name[]): Specs => Object.fromEntries(names.map((name) => [name, inputs[name].spec]))

/**
 * The numbers that one step is made of. What takes a function takes the steps after it as its body, so that they remain
 * where it is left out.
 */
interface Instruction {
  readonly step: number
  readonly picks: readonly number[]
  /** How many steps the body has. */
  readonly inner: number
}
const instruction: fc.Arbitrary<Instruction> = fc.record({
  step: fc.nat(steps.length - 1),
  picks: fc.array(fc.nat(31), { minLength: 6, maxLength: 6 }),
  inner: fc.integer({ min: 1, max: 4 }),
})
/** A function in a function in the program. */
const deepest = 2

/**
 * Whole well-typed programs, written in the language itself: arithmetic, reductions, products, moves, choices, mapped
 * and differentiated functions, over named dims; with inputs. They are good for every size of their dims, and shrink to
 * fewer steps and inputs.
 */
export function programs({ loss = false, steps: most = 12 }: ProgramsOptions = {}): fc.Arbitrary<RandomProgram> {
  const names = Object.keys(inputs) as Name[]
  const all = tensors(specsOf(names), { dims: { n: { max: 4 }, m: { max: 4 } } }) as unknown as fc.Arbitrary<
    RandomProgram['inputs']
  >
  return fc
    .tuple(fc.subarray(names.slice(1)), fc.array(instruction, { maxLength: most }), all)
    .map(([others, instructions, values]) => {
      const names: readonly Name[] = ['x', ...others]
      const given = Object.fromEntries(names.map((name) => [name, values[name]!]))
      return new Written(names, instructions, given, loss)
    })
}

class Written implements RandomProgram {
  readonly program: RandomProgram['program']
  readonly inputs: RandomProgram['inputs']
  readonly source: string

  constructor(
    names: readonly Name[],
    instructions: readonly Instruction[],
    given: RandomProgram['inputs'],
    loss: boolean,
  ) {
    let written = ''
    const body = (tensors: { readonly [name: string]: Expression['tensor'] }): unknown => {
      const terms = names.map((name) => ({ tensor: tensors[name]!, text: name }))
      const { lines, unread } = run(instructions, { terms, names: { count: 0 }, depth: 0 })
      const results = unread.length > 0 ? unread : terms
      const total = loss ? summed(results) : undefined
      const text = total ? total.text : `{ ${results.map((result) => result.text).join(', ')} }`
      written = [...lines, `return ${text}`].join('\n')
      return total ? total.tensor : Object.fromEntries(results.map((result) => [result.text, result.tensor]))
    }
    this.program = program(specsOf(names), body as never, {
      name: 'random program',
    }) as unknown as RandomProgram['program']
    this.inputs = given
    traceProgram(
      this.program,
      sizesOf(names.map((name) => ({ path: name, dims: inputs[name].spec.shape, shape: given[name]!.shape }))),
    )
    const specs = names.map((name) => `${name}: ${inputs[name].text}`).join(', ')
    const lines = written.split('\n').map((line) => `  ${line}`)
    this.source = [`program({ ${specs} }, ({ ${names.join(', ')} }) => {`, ...lines, '})'].join('\n')
  }

  [fc.toStringMethod](): string {
    return `${this.source}\nwith ${fc.stringify(this.inputs)}\n`
  }
}

interface Ran {
  readonly lines: readonly string[]
  /** The values that were made, in order. */
  readonly made: readonly Expression[]
  /** Those that nothing was made of. */
  readonly unread: readonly Expression[]
}

interface Level {
  readonly terms: readonly Expression[]
  /** Numbers the names of the whole program. */
  readonly names: { count: number }
  readonly depth: number
}

/** Does one instruction after another, as far as there is something that it can be done to. */
function run(instructions: readonly Instruction[], { terms, names, depth }: Level): Ran {
  const pool = [...terms]
  const lines: string[] = []
  const read = new Set<Expression>()
  for (let i = 0; i < instructions.length; i++) {
    const { step, picks, inner } = instructions[i]!
    const body = depth < deepest ? instructions.slice(i + 1, i + 1 + inner) : []
    let next = 0
    const below = (count: number): number => picks[next++ % picks.length]! % count
    const within: Chooser['within'] = (transform, args) => {
      if (body.length === 0) return undefined
      i += body.length
      const parameters = args.map(() => `p${names.count++}`)
      const made: Inner = (given) =>
        bodyOf(transform, given, run(body, { terms: [...pool, ...given], names, depth: depth + 1 }))
      return transform === 'scan'
        ? member(appliedTo('scan', parameters, made, args), below(2))
        : transformed(transform, parameters, made, args)
    }
    const one: Chooser['one'] = (fits) => {
      const fitting = pool.filter(fits)
      const chosen = fitting.length > 0 ? fitting[fitting.length - 1 - below(fitting.length)] : undefined
      if (chosen) read.add(chosen)
      return chosen
    }
    const expression = steps[step]!.make({ one, below, within })
    if (!expression) continue
    const text = `v${names.count++}`
    lines.push(`const ${text} = ${expression.text}`)
    pool.push({ tensor: expression.tensor, text })
  }
  const made = pool.slice(terms.length)
  return { lines, made, unread: made.filter((value) => !read.has(value)) }
}

/** The function that a transform takes: a sum for a gradient, a new carry with a result for a loop. */
function bodyOf(transform: Transform, parameters: readonly Expression[], { lines, made, unread }: Ran): Body {
  const [first, second] = parameters as readonly [Expression, Expression]
  switch (transform) {
    case 'grad':
    case 'hessian':
      return { lines, result: summed([first, ...unread]) }
    case 'scan': {
      const carry = made.findLast(like(first)) ?? first
      return { lines, result: [call(carry, 'sigmoid'), made.at(-1) ?? second] }
    }
    case 'jacfwd':
    case 'jacrev':
      return { lines, result: made.findLast(float) ?? first }
    default:
      return { lines, result: made.at(-1) ?? first }
  }
}

/** The sum of all elements of all values, as floats. */
const summed = ([first, ...rest]: readonly Expression[]): Expression =>
  rest.reduce((total, value) => call(total, 'add', sumOf(value)), sumOf(first!))
const sumOf = (value: Expression): Expression =>
  call(value.tensor.dtype === 'f32' ? value : call(value, 'cast', 'f32'), 'sum')
