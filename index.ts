import { type Traced as Compilable, compileTraced, type Leaf } from './compiler/compile.ts'
import { explain } from './compiler/explain.ts'
import { outline } from './compiler/plan/outline.ts'
import type { Executable, Tree } from './compiler/plan/plan.ts'
import { printWasm } from './compiler/target/wasm/print.ts'
import { printWgsl } from './compiler/target/wgsl/print.ts'
import { described } from './dsl/error.ts'
import {
  type AnyProgram,
  type Compile,
  isLeaf,
  type Leaf as LanguageLeaf,
  type Tree as LanguageTree,
  type Sizes,
  type Traced,
  traceInit,
  traceProgram,
} from './dsl/index.ts'
import type { Device } from './runtime/device.ts'
import { type Bound, bind } from './runtime/run.ts'
import { seedWords } from './runtime/seed.ts'

export * from './dsl/index.ts'
export type { Device } from './runtime/device.ts'
export { type DeviceOptions, openDevice } from './runtime/open-device.ts'
export { WebGpuError } from './runtime/webgpu/index.ts'

/** Compiles a program for a device and for sizes of its named dims. Throws what tracing throws: errors about the program, with its author's line. */
export const compile = (async (program: AnyProgram, device: Device, sizes: Sizes = {}) => {
  checkDevice(device)
  const { compilation, code, bound } = await load(traceProgram(program, sizes), device, sizes)
  let initialiser: Promise<Bound> | undefined
  const run = (inputs: unknown) => bound.call(inputs)
  return Object.assign(run, {
    async init(options: { readonly seed: number }) {
      const key = seedWords(options?.seed)
      initialiser ??= load(traceInit(program, 'state', sizes), device, sizes).then((loaded) => loaded.bound)
      return (await initialiser).call({ key })
    },
    explain: (options = {}) => explain(compilation, code, options),
    dispose() {
      bound.dispose()
      // Where making it failed, whoever called init has been told.
      initialiser?.then(
        (init) => init.dispose(),
        () => {},
      )
    },
  })
}) as unknown as Compile<Device>

function checkDevice(device: unknown): void {
  if (device instanceof Promise)
    throw new TypeError('compile: the device is a promise; await it: compile(program, await openDevice(), sizes)')
  if (typeof device !== 'object' || device === null || !('load' in device))
    throw new TypeError(
      `compile: ${described(device)} is not a device; open one: compile(program, await openDevice(), sizes)`,
    )
}

async function load(traced: Traced, device: Device, dims: Sizes) {
  const compilation = compileTraced({ ...traced, dims, ...treesOf(traced) }, device.target)
  const { plan } = compilation
  const code = plan.target === 'wasm' ? printWasm(plan.kernels) : printWgsl(plan)
  const executable: Executable = { plan: outline(plan), code }
  return { compilation, code, bound: bind(executable, await device.load(executable), device) }
}

/** The language's trees are nested records with leaves among them; the compiler's say what each node is, since they are saved. */
const treesOf = ({ inputs, outputs }: Traced): Pick<Compilable, 'inputs' | 'outputs'> => ({
  inputs: treeOf(inputs),
  outputs: treeOf(outputs),
})

function treeOf(tree: LanguageTree<LanguageLeaf>): Tree<Leaf> {
  if (isLeaf(tree)) return { leaf: { path: tree.path, dtype: tree.dtype, dims: tree.dims } }
  if (Array.isArray(tree)) return { list: tree.map(treeOf) }
  return { record: Object.fromEntries(Object.entries(tree).map(([name, part]) => [name, treeOf(part)])) }
}
