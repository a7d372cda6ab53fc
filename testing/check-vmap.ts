import { Builder } from '../compiler/ir/builder.ts'
import { evaluate } from '../compiler/ir/evaluate.ts'
import { verify } from '../compiler/ir/verify.ts'
import { batch } from '../compiler/transform/batch.ts'
import { type Program, tracedLeaves, traceProgram } from '../dsl/index.ts'
import { arrayOf, complaint, type NdArray } from './array.ts'
import { differenceOf, ofFloat64 } from './difference.ts'
import { denseOf, type Given, givenLeaves, sizesOf } from './evaluate.ts'

export interface VmapOptions {
  /** Relative to the largest element; 1e-12 unless given. Integers and bools must be equal. */
  readonly tolerance?: number
}

/**
 * Checks that the program mapped over a leading axis gives what it gives for each part by itself. Inputs that have one
 * axis more than the program asks for are mapped, the others are shared: `tensors(program, { batch: 3 })` makes such
 * inputs. Throws where a result differs.
 */
export function checkVmap<In, Out>(
  program: Program<In, Out>,
  inputs: Given<NoInfer<In>>,
  { tolerance = 1e-12 }: VmapOptions = {},
): void {
  const leaves = givenLeaves(program, inputs)
  const mapped = leaves.map(({ spec, array }) => array.shape.length > spec.shape.length)
  const first = leaves.find((_, i) => mapped[i])
  if (!first)
    throw complaint('shape error: checkVmap: no input has an axis more than the program asks for; give one to map over')
  const size = first.array.shape[0]!
  for (const [i, { path, array }] of leaves.entries())
    if (mapped[i] && array.shape[0] !== size)
      throw complaint(
        `shape error: checkVmap: the mapped axis is ${size} in ${first.path} and ${array.shape[0]} in ${path}`,
      )
  const sizes = sizesOf(
    leaves.map(({ path, spec, array }, i) => ({
      path,
      dims: spec.shape,
      shape: mapped[i] ? array.shape.slice(1) : array.shape,
    })),
  )
  const traced = traceProgram(program, sizes)
  const { graph, name } = traced

  const b = new Builder()
  const args = leaves.map(({ array }, i) => b.input(typeOf(array), graph.inputs[i]!.name))
  const whole = b.graph(`vmap of ${name}`, batch(b, graph, args, mapped, size))
  verify(whole)
  const outputs = evaluate(
    whole,
    leaves.map(({ array }) => denseOf(array)),
  )
  const paths = tracedLeaves(traced.outputs).map(({ path }) => path)
  for (const [k, { shape }] of outputs.entries())
    if (`${shape}` !== `${[size, ...graph.outputs[k]!.type.shape]}`)
      throw new Error(`checkVmap ${name}: ${paths[k] || 'the result'} has the shape [${shape.join(', ')}]`)
  for (let i = 0; i < size; i++) {
    const alone = evaluate(
      graph,
      leaves.map(({ array }, k) => denseOf(mapped[k] ? partOf(array, i) : array)),
    )
    for (const [k, expected] of alone.entries()) {
      const difference = differenceOf(partOf(outputs[k]!, i), expected, ofFloat64(expected, tolerance), paths[k])
      if (difference)
        throw new Error(
          `checkVmap ${name}: part ${i} of ${size} is not what the program gives for it\n  ${difference.text}`,
        )
    }
  }
}

const typeOf = (array: NdArray) => {
  const { shape, dtype } = denseOf(array)
  return { shape, dtype }
}

function partOf({ shape, dtype, data }: NdArray, i: number): NdArray {
  const length = data.length / shape[0]!
  return arrayOf(shape.slice(1), dtype, data.slice(i * length, (i + 1) * length))
}
