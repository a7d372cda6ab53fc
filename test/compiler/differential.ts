import { type Compilation, compileTraced, type Leaf } from '../../compiler/compile.ts'
import { evaluate } from '../../compiler/ir/evaluate.ts'
import { type Graph, sizeOf, type Value } from '../../compiler/ir/graph.ts'
import type { Dense } from '../../compiler/ir/primitive.ts'
import type { Capabilities, Executable, Tree } from '../../compiler/plan/plan.ts'
import { leavesOf } from '../../compiler/plan/tree.ts'
import type { Tuned } from '../../compiler/schedule/machine.ts'
import { printWasm } from '../../compiler/target/wasm/print.ts'
import { printWgsl } from '../../compiler/target/wgsl/print.ts'
import type { Device, Words } from '../../runtime/device.ts'

/** A graph without a program around it: its inputs and outputs as two lists. `paths` names them where that matters (state). */
export function compileGraph(
  graph: Graph,
  target: Device['target'],
  paths: { readonly inputs?: readonly string[]; readonly outputs?: readonly string[] } = {},
  { capabilities, tuned }: { readonly capabilities?: Capabilities; readonly tuned?: Tuned } = {},
): Compilation {
  const leaves = (values: readonly Value[], names: readonly string[] | undefined, letter: string): Tree<Leaf> => ({
    list: values.map(({ type }, i) => ({
      leaf: { path: names?.[i] ?? `${letter}${i}`, dtype: type.dtype, dims: type.shape },
    })),
  })
  const inputs = leaves(graph.inputs, paths.inputs, 'in')
  const outputs = leaves(graph.outputs, paths.outputs, 'out')
  return compileTraced({ name: graph.name, graph, dims: {}, inputs, outputs }, target, capabilities, tuned)
}

export const executableOf = ({ plan }: Compilation): Executable => ({
  plan,
  code: plan.target === 'wasm' ? printWasm(plan.kernels) : printWgsl(plan),
})

/** The outputs of a graph as a device computes them; `runs` times, so that what lies in temporaries from before is seen. */
export async function runOn(
  device: Device,
  compilation: Compilation,
  inputs: readonly Dense[],
  runs = 1,
): Promise<readonly Float64Array[]> {
  const executable = executableOf(compilation)
  const loaded = await device.load(executable)
  try {
    for (let run = 0; run < runs; run++) {
      for (const [i, { place }] of leavesOf(executable.plan.inputs).entries()) loaded.write(place, wordsOf(inputs[i]!))
      loaded.run()
    }
    const results: Float64Array[] = []
    for (const { place, shape, dtype } of leavesOf(executable.plan.outputs)) {
      const words = await loaded.read(place, sizeOf(shape))
      results.push(
        Float64Array.from(dtype === 'i32' ? new Int32Array(words.buffer, words.byteOffset, words.length) : words),
      )
    }
    return results
  } finally {
    loaded.dispose()
  }
}

const wordsOf = ({ dtype, data }: Dense): Words =>
  dtype === 'f32' ? Float32Array.from(data) : Uint32Array.from(data, (value) => value >>> 0)

/** The same numbers as a device is given them. */
export const rounded = (inputs: readonly Dense[]): readonly Dense[] =>
  inputs.map((input) => (input.dtype === 'f32' ? { ...input, data: input.data.map(Math.fround) } : input))

export interface Reference {
  readonly outputs: readonly Dense[]
  /** How far f32 results may lie from these: each operation and each term of a sum rounds once, relative to the largest number about. */
  readonly tolerance: number
  /** Whether a comparison is so close that rounding could decide it. */
  readonly undecided: boolean
}

/** The float64 outputs of a graph, with what rounding can do to them. */
export function reference(graph: Graph, inputs: readonly Dense[]): Reference {
  const values = graph.equations.flatMap((equation) => equation.outputs)
  const all = evaluate({ ...graph, outputs: [...graph.inputs, ...values] }, inputs)
  const found = new Map([...graph.inputs, ...values].map((value, i) => [value, all[i]!]))
  let largest = 1
  let roundings = 0
  for (const { dtype, data } of all)
    if (dtype === 'f32') for (const value of data) largest = Math.max(largest, Math.abs(value))
  for (const { inputs: operands, outputs } of graph.equations) {
    const terms =
      Math.max(...operands.map(({ type }) => sizeOf(type.shape)), 0) / Math.max(1, sizeOf(outputs[0]!.type.shape))
    roundings += Math.max(4, terms)
  }
  const tolerance = roundings * 2 ** -24 * largest
  const undecided = graph.equations.some(({ primitive, inputs: [a, b] }) => {
    if (primitive.name !== 'less') return false
    const [x, y] = [found.get(a!)!.data, found.get(b!)!.data]
    return x.some((value, i) => value !== y[i] && Math.abs(value - y[i]!) < 4 * tolerance)
  })
  return { outputs: graph.outputs.map((output) => found.get(output)!), tolerance, undecided }
}

/** The first element by which a device's results differ from the reference more than rounding explains. */
export function difference({ outputs, tolerance }: Reference, results: readonly Float64Array[]): string | undefined {
  for (const [i, { data, dtype }] of outputs.entries()) {
    const allowed = dtype === 'f32' ? tolerance : 0
    for (const [k, expected] of data.entries()) {
      const got = results[i]![k]!
      if (!(Object.is(got, expected) || Math.abs(got - expected) <= allowed))
        return `output ${i}, element ${k}: ${got}, expected ${expected} +- ${allowed}`
    }
  }
  return undefined
}
