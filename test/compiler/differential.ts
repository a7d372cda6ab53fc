import type { Compilation, Leaf } from '../../compiler/compile.ts'
import { type Graph, sizeOf, type Value } from '../../compiler/ir/graph.ts'
import { type Dense, isFloat } from '../../compiler/ir/primitive.ts'
import { nearestHalf } from '../../compiler/kernel/functions/nearest-half.ts'
import type { Capabilities, Executable, Tree } from '../../compiler/plan/plan.ts'
import { leavesOf } from '../../compiler/plan/tree.ts'
import type { MachineOptions } from '../../compiler/schedule/machine.ts'
import { type PrintOptions, printWasm } from '../../compiler/target/wasm/print.ts'
import { printWgsl, type WgslOptions } from '../../compiler/target/wgsl/print.ts'
import type { Device, Words } from '../../runtime/device.ts'
import { compileTraced } from './compile-traced.ts'
import { withErrors } from './rounding.ts'

/**
 * A graph without a program around it: its inputs and outputs as two lists. `paths` names them where that matters
 * (state).
 */
export function compileGraph(
  graph: Graph,
  target: Device['target'],
  paths: { readonly inputs?: readonly string[]; readonly outputs?: readonly string[] } = {},
  { capabilities, ...made }: MachineOptions & { readonly capabilities?: Capabilities } = {},
): Compilation {
  const leaves = (values: readonly Value[], names: readonly string[] | undefined, letter: string): Tree<Leaf> => ({
    list: values.map(({ type }, i) => ({
      leaf: { path: names?.[i] ?? `${letter}${i}`, dtype: type.dtype, dims: type.shape },
    })),
  })
  const inputs = leaves(graph.inputs, paths.inputs, 'in')
  const outputs = leaves(graph.outputs, paths.outputs, 'out')
  return compileTraced({ name: graph.name, graph, dims: {}, inputs, outputs }, target, capabilities, made)
}

export const executableOf = ({ plan }: Compilation, options: WgslOptions & PrintOptions = {}): Executable => ({
  plan,
  code: plan.target === 'wasm' ? printWasm(plan, options) : printWgsl(plan, options),
})

/**
 * The outputs of a graph as a device computes them; `runs` times, so that what lies in temporaries from before is seen.
 */
export async function runOn(
  device: Device,
  compilation: Compilation,
  inputs: readonly Dense[],
  runs = 1,
  options?: WgslOptions & PrintOptions,
): Promise<readonly Float64Array[]> {
  const executable = executableOf(compilation, { simd: device.capabilities.simd, ...options })
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
  isFloat(dtype) ? Float32Array.from(data) : Uint32Array.from(data, (value) => value >>> 0)

/** The same numbers as a device is given them. */
export const rounded = (inputs: readonly Dense[]): readonly Dense[] =>
  inputs.map((input) =>
    isFloat(input.dtype)
      ? { ...input, data: input.data.map(input.dtype === 'f16' ? nearestHalf : Math.fround) }
      : input,
  )

export interface Reference {
  readonly outputs: readonly Dense[]
  /** How far each element of f32 results may lie from these. */
  readonly tolerances: readonly Float64Array[]
  /** Whether an integer hangs on how floats are rounded. */
  readonly undecided: boolean
}

/** The float64 outputs of a graph, with what rounding can do to them. */
export function reference(graph: Graph, inputs: readonly Dense[]): Reference {
  let undecided = false
  const outputs = withErrors(graph, inputs, ({ dtype, error }) => {
    undecided ||= (dtype === 'i32' || dtype === 'u32') && error.some((e) => e > 0)
  })
  return { outputs, tolerances: outputs.map(({ error }) => error), undecided }
}

/** The first element by which a device's results differ from the reference more than rounding explains. */
export function difference({ outputs, tolerances }: Reference, results: readonly Float64Array[]): string | undefined {
  for (const [i, { data }] of outputs.entries()) {
    for (const [k, expected] of data.entries()) {
      const [got, allowed] = [results[i]![k]!, tolerances[i]![k]!]
      if (!(Object.is(got, expected) || Math.abs(got - expected) <= allowed || allowed === Infinity))
        return `output ${i}, element ${k}: ${got}, expected ${expected} +- ${allowed}`
    }
  }
  return undefined
}
