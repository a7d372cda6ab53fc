import type { Scalar } from '../../../../compiler/kernel/expr.ts'
import type { Kernel } from '../../../../compiler/kernel/kernel.ts'
import { type PrintOptions, printWasm } from '../../../../compiler/target/wasm/print.ts'

export type Array32 = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

export const arrayOf = (dtype: Scalar, values: readonly number[]): Array32 =>
  dtype === 'f32' ? Float32Array.from(values) : dtype === 'i32' ? Int32Array.from(values) : Uint32Array.from(values)

export const sharedMemory = (pages: number): WebAssembly.Memory =>
  new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })

/** Kernels as a module, without a plan that runs them. */
export const printKernels = (kernels: readonly Kernel[], options?: PrintOptions): Uint8Array<ArrayBuffer> =>
  printWasm({ kernels, dispatches: [], regions: [] }, options).module as Uint8Array<ArrayBuffer>

export const instanceOf = (module: WebAssembly.Module, memory: WebAssembly.Memory): WebAssembly.Instance =>
  new WebAssembly.Instance(module, { env: { memory, clock() {} } })

/**
 * Kernels as a module whose nests run on copies of arrays: `run(kernel, nest, begin, end, slots)` gives the slots as
 * they are then.
 */
export function assembled(kernels: readonly Kernel[], options?: PrintOptions) {
  const module = new WebAssembly.Module(printKernels(kernels, options))
  // No page more than is needed, so that an address which wraps around has nothing to hit.
  const words = Math.max(
    0,
    ...kernels.map(({ slots }) => slots.reduce((sum, { size }) => sum + 4 * Math.ceil(size / 4), 0)),
  )
  const memory = sharedMemory(Math.ceil((4 * words) / 65536))
  const { exports } = instanceOf(module, memory)
  return (kernel: number, nest: number, begin: number, end: number, slots: readonly Array32[]): readonly Array32[] => {
    let next = 0
    const views = slots.map((slot) => {
      const View = slot.constructor as new (buffer: ArrayBufferLike, at: number, length: number) => Array32
      const view = new View(memory.buffer, next, slot.length)
      view.set(slot)
      next += 16 * Math.ceil(slot.length / 4)
      return view
    })
    const fn = exports[`k${kernel}_${nest}`] as (...numbers: number[]) => void
    fn(begin, end, 0, ...views.map(({ byteOffset }) => byteOffset))
    return views.map((view) => view.slice())
  }
}
