import type { Dense } from '../ir/primitive.ts'
import { lineOf, whereFrom } from '../ir/source.ts'
import type { Culprit, GivenNaN } from './culprit.ts'

/**
 * A result is NaN or infinite, and this is where it began. What is undefined is not known, or is no operation's doing.
 */
export class NonFiniteError extends Error {
  /** The result that was looked at: 'state.params.0.weight'. */
  readonly result: string
  /** 'log' */
  readonly operation: string | undefined
  /** The author's: 'flow.ts:12'. */
  readonly line: string | undefined
  /** Of what the operation makes. */
  readonly shape: readonly number[] | undefined
  /** Of the first such element. */
  readonly index: readonly number[] | undefined
  /** What it is: NaN, Infinity or -Infinity. */
  readonly value: number | undefined

  constructor(program: string, result: string, { culprit, given }: Beginning) {
    const said = `${program}: the result ${result || 'of the program'} is not finite`
    super(culprit ? `${said}. ${describeCulprit(culprit)}` : `${said}. ${given ? describeGiven(given) : nowhere}`)
    this.name = 'NonFiniteError'
    this.result = result
    this.operation = culprit?.equation.primitive.name
    this.line = culprit && (lineOf(culprit.equation.source) || undefined)
    this.shape = culprit?.output.type.shape
    this.index = culprit && indexOf(culprit.element, culprit.output.type.shape)
    this.value = culprit?.value
  }
}

export interface Beginning {
  readonly culprit: Culprit | undefined
  readonly given: GivenNaN | undefined
}

function describeCulprit({ equation, output, element, value, operands, within }: Culprit): string {
  const { shape } = output.type
  const where = whereFrom(equation.source)
  const loops = within.map(
    ({ equation: around, turn }) => ` in run ${turn} of ${around.primitive.name}${whereFrom(around.source)}`,
  )
  return [
    `It begins at ${equation.primitive.name}${where}${loops.reverse().join(',')}:`,
    `  ${output.name} [${shape.join(', ')}] has ${value} at [${indexOf(element, shape).join(', ')}], made of`,
    ...operands.map((operand, i) => `  ${equation.inputs[i]!.name} ${describeOperand(operand, shape, element)}`),
  ].join('\n')
}

/** Its element at the same index, where it has the same shape; else the range of its numbers. */
function describeOperand({ shape, data }: Dense, of: readonly number[], element: number): string {
  const type = `[${shape.join(', ')}]`
  const isSame = shape.length === of.length && shape.every((size, axis) => size === of[axis])
  if (isSame || data.length === 1) return `${type} = ${data[isSame ? element : 0]}`
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of data) {
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return `${type} from ${least} to ${most}`
}

const describeGiven = ({ input, element }: GivenNaN): string =>
  `The input ${input.name} is NaN at [${indexOf(element, input.type.shape).join(', ')}].`

const nowhere =
  'Computed here one operation after the other, in 32-bit floats, all results are finite: a sum may have overflowed on its way, or a function of the device at the end of its range'

function indexOf(element: number, shape: readonly number[]): readonly number[] {
  const index: number[] = []
  let rest = element
  for (const size of [...shape].reverse()) {
    index.unshift(rest % size)
    rest = Math.floor(rest / size)
  }
  return index
}
