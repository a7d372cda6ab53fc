import type { DType } from '../ir/graph.ts'
import type { Kernel } from '../kernel/kernel.ts'

/**
 * The plan: all that a runtime needs to run a compiled program, as plain data. Memory is laid out, the order of the
 * kernels is fixed, and the only freedom left is a device's.
 */
export interface Plan {
  readonly name: string
  readonly target: Target
  /** The sizes that the named dims were bound to. */
  readonly dims: { readonly [name: string]: number }
  readonly inputs: Tree<Port>
  readonly outputs: Tree<Port>
  readonly regions: readonly Region[]
  readonly kernels: readonly Kernel[]
  /** Run in this order, once a call but for those in loops. */
  readonly dispatches: readonly Dispatch[]
  /** Memory that each thread of the CPU needs for itself while it runs a nest, in bytes; 0 where left out. */
  readonly scratch?: number
  /** Outer ones before those that they contain. */
  readonly loops?: readonly PlanLoop[]
}

/** Dispatches that run again and again: those from `from` up to but without `to`. */
export interface PlanLoop {
  readonly from: number
  readonly to: number
  /** The number of turns; 0 for any number. */
  readonly times: number
  /** Before dispatch `at` the loop ends where the word at `place` is 0. */
  readonly test?: { readonly at: number; readonly place: Place }
}

export type Target = 'wgsl' | 'wasm'

/** What code for a device may use of it, beyond what its target always has. */
export interface Capabilities {
  /** Whether invocations of a subgroup can exchange values, and how many they are where that is known. */
  readonly subgroups: boolean | { readonly min: number; readonly max: number }
  /** Whether a CPU does the work of a GPU. */
  readonly software: boolean
  /** Arithmetic in 16-bit floats. */
  readonly f16: boolean
  /** Vectors of four, which every GPU has, and WebAssembly where the engine has 128-bit SIMD. */
  readonly simd: boolean
  /** Memory that the invocations of a workgroup share. */
  readonly workgroupBytes: number
  /** The most invocations of a workgroup. */
  readonly invocations: number
  /** The most workgroups along each axis of a dispatch. */
  readonly maxWorkgroups: number
}

/**
 * u32 words hold u32, i32 and bool. f16 is where the device has 16-bit storage; elsewhere its tensors lie among those
 * of f32, as numbers that are halves exactly.
 */
export type RegionElement = 'f32' | 'u32' | 'f16'

/** A stretch of memory that lives as long as the executable. */
export interface Region {
  readonly name: string
  /** `state` is read and written in place from call to call; `temporary` holds nothing between calls. */
  readonly kind: 'input' | 'state' | 'output' | 'temporary'
  readonly element: RegionElement
  /** In elements. */
  readonly size: number
  /** What takes most of it, the largest first: for who is told that it does not fit. */
  readonly largest?: readonly LargeTensor[]
}

export interface LargeTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly bytes: number
  /** The author's: 'flow.ts:12'; left out where it is not known. */
  readonly line?: string
}

/**
 * Where a tensor begins. `offset` is in elements, and a multiple of 16 bytes but for parts of stacks that a loop walks
 * through.
 */
export interface Place {
  readonly region: number
  readonly offset: number
  /**
   * In loops: how many elements further it is with each turn of each loop around it, outermost first; 0 where left out.
   */
  readonly advance?: readonly number[]
}

/** A tensor that goes in or comes out. A state tensor goes in and comes out at the same place. */
export interface Port {
  /** 'state.params.0.weight' */
  readonly path: string
  /** A key is two u32. */
  readonly dtype: DType | 'key'
  readonly shape: readonly number[]
  /** The shape as the author wrote it, for messages: ['n', 2]. */
  readonly dims: readonly (number | string)[]
  readonly place: Place
}

export interface Dispatch {
  readonly kernel: number
  /** One for each slot of the kernel. */
  readonly places: readonly Place[]
}

/** A nested record or list with a leaf type. */
export type Tree<Leaf> =
  | { readonly leaf: Leaf }
  | { readonly list: readonly Tree<Leaf>[] }
  | { readonly record: { readonly [name: string]: Tree<Leaf> } }

/**
 * A plan without what its kernels compute, which the code says: all that a runtime reads. Every plan is one; `outline`
 * makes it small enough to save.
 */
export interface PlanOutline extends Omit<Plan, 'kernels'> {
  readonly kernels: readonly KernelOutline[]
}

export interface KernelOutline {
  readonly name: string
  readonly nests: readonly NestOutline[]
}

export interface NestOutline {
  readonly grid: readonly { readonly extent: number }[]
  /** About how many operations a point takes; not known where left out. */
  readonly work?: number
}

/** A plan and what its target printed of it: what is loaded on a device, or saved. */
export interface Executable {
  readonly plan: PlanOutline
  readonly code: Code
}

export type Code = WasmCode | WgslCode

/**
 * A WebAssembly module. It imports a shared memory `env.memory`, of which the first 320 bytes are its own: zero at
 * first, and the words at 0 and at 64 before each run, the second of them set first; the addresses of the plan's
 * regions, in bytes, multiples of 16, as globals `env.region0` and so on; and `env.clock(dispatch)`.
 *
 * It exports `run(scratch, threads, flags)`, which any number of threads call, each with an instance of its own on the
 * same memory, to run all dispatches once: what one does not do others do. At `scratch`, a multiple of 64, are the
 * plan's bytes of scratch memory, of nobody else during the run; `threads` is how many call it, all of which must where
 * the plan has loops that end by a test. Flag 1: it returns when all is done, not when there is nothing left to begin.
 * Flag 2: it calls the clock when all of a dispatch is done.
 *
 * And for nest j of kernel i the function `k<i>_<j>(begin, end, scratch, ...addresses)`: it runs the points begin <= p
 * < end of the nest's grid, flattened row-major; the addresses are of the kernel's slots.
 */
export interface WasmCode {
  readonly target: 'wasm'
  readonly module: Uint8Array
  /** Whether there is work for several threads at once. */
  readonly shared: boolean
}

/**
 * A shader for each kernel and choice of regions. Binding 0 of group 0 is a uniform buffer of the offsets, in elements,
 * of the kernel's slots, four to a vec4<u32>; binding 1 + i is region `regions[i]`, read_write.
 */
export interface WgslCode {
  readonly target: 'wgsl'
  readonly shaders: readonly Shader[]
  /** The shader of each dispatch of the plan. */
  readonly dispatches: readonly number[]
}

export interface Shader {
  readonly source: string
  readonly entryPoint: string
  readonly regions: readonly number[]
  readonly workgroups: readonly [x: number, y: number, z: number]
}
