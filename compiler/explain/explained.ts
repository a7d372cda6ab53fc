import type { Region, Target } from '../plan/plan.ts'

// What became of a program, as plain data: it can be saved as JSON. Fields are added, never renamed.

export interface Explained {
  readonly program: string
  /** The sizes that the named dims were bound to. */
  readonly dims: { readonly [name: string]: number }
  readonly target: Target
  readonly totals: Totals
  readonly memory: MemoryUse
  /** In the order in which they run. */
  readonly kernels: readonly ExplainedKernel[]
  /** What goes in, and what kernels write. */
  readonly tensors: readonly ExplainedTensor[]
  /** Kernels `from` up to but without `to` run `times` times; 0: as often as a condition holds. */
  readonly loops: readonly { readonly from: number; readonly to: number; readonly times: number }[]
}

/** Of one call. What a loop that ends on a condition does is counted once. */
export interface Totals {
  readonly kernels: number
  /** How many kernels run, those of loops as often as they do. */
  readonly dispatches: number
  /** Floating-point operations of the equations that the kernels compute, each as often as a kernel has it. */
  readonly flops: number
  /**
   * Read and written by all kernels. A tensor that a kernel touches counts in full, once, and twice where the kernel
   * reads it and writes over it.
   */
  readonly bytes: number
  readonly least: Least
}

/**
 * What no division into kernels could do without, as long as nests of a kernel do not wait for each other: then of two
 * products of which one needs the other, each has a kernel of its own.
 *
 * - `kernels`: the longest chain of products that need each other; 1 where there is none but something to compute.
 * - `bytes`: each input that anything reads, once; each output that anything writes, once; and for products that others
 *   need, of which no two share what is computed on the way there: the smallest value on that way, once written, if it
 *   is no output, and once read. In loops as often as they turn.
 */
export interface Least {
  readonly kernels: number
  readonly bytes: number
}

/** In bytes. */
export interface MemoryUse {
  /** Inputs, state, outputs and temporaries together: what the program has on the device. */
  readonly all: number
  readonly inputs: number
  readonly state: number
  readonly outputs: number
  /** Temporaries share this much. */
  readonly temporaries: number
  /** The most that holds temporaries that are still needed, while some kernel runs: no layout could do with less. */
  readonly live: number
  /** The same while each kernel runs. */
  readonly liveAt: readonly number[]
  /** All temporaries, if none shared memory. */
  readonly withoutReuse: number
  readonly regions: readonly { readonly name: string; readonly kind: Region['kind']; readonly bytes: number }[]
}

export interface ExplainedKernel {
  /** Its place in the order; profiles use the same. */
  readonly index: number
  readonly name: string
  /** How often in a call; 0: as often as a condition holds. */
  readonly times: number
  /** Of one run, like the bytes. */
  readonly flops: number
  readonly bytesRead: number
  readonly bytesWritten: number
  /** Operations a byte. */
  readonly intensity: number
  readonly nests: readonly ExplainedNest[]
  /** Positions in `tensors`. */
  readonly reads: readonly number[]
  readonly writes: readonly number[]
  readonly schedule: Schedule
  /** WGSL, or on the CPU the kernel in the kernel language; where it was asked for. */
  readonly code?: string
}

/** One loop nest of a kernel: what it computes at each point of a shape. */
export interface ExplainedNest {
  readonly shape: readonly number[]
  readonly stores: readonly { readonly name: string; readonly line?: string }[]
  /** All that was fused into it, operands first. */
  readonly operations: readonly Operation[]
}

export interface Operation {
  readonly primitive: string
  /** What the author called. */
  readonly name: string
  /** The author's: 'flow.ts:12'. */
  readonly line?: string
  /** 'adam', 'grad of loss > layer 2': where in the program. */
  readonly scope: string
  /** 'f32[256, 64]' */
  readonly type: string
  readonly flops: number
}

export interface Schedule {
  /** On a GPU. */
  readonly workgroups?: readonly [x: number, y: number, z: number]
  /** Threads of each. */
  readonly threads?: number
  readonly nests: readonly ScheduledNest[]
}

export interface ScheduledNest {
  readonly name: string
  readonly grid: readonly { readonly name: string; readonly extent: number }[]
  /** What runs each point of the grid: a workgroup together, one thread of a GPU, or one iteration of a CPU. */
  readonly by: 'workgroup' | 'thread' | 'iteration'
  /** Elements that a point stores: its tile, of which there may be less at the edges; of a workgroup, on average. */
  readonly tile: number
  /** Neighbours computed at once. */
  readonly lanes: 1 | 4
  /** Turns of the longest chain of loops within each other. */
  readonly loops: readonly number[]
  /** How many threads share the terms of one sum; 1 where each does its own. */
  readonly splits: number
  /** Memory that the threads of a workgroup share, or that an iteration on a CPU packs its factors in, in bytes. */
  readonly sharedBytes: number
}

export interface ExplainedTensor {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: number
  readonly kind: Region['kind']
  readonly line?: string
  /** The kernel that writes it; left out for what goes in. */
  readonly madeBy?: number
  readonly readBy: readonly number[]
  /** Why it is written to memory and not computed inside what reads it; left out for what goes in. */
  readonly why?: Why
  /** Where it lies, in bytes from the beginning of its region. */
  readonly region: number
  readonly offset: number
  /** The first and the last kernel during which its memory is its own. */
  readonly from: number
  readonly to: number
}

export interface Why {
  readonly kind: 'output' | 'loop' | 'sum' | 'rows' | 'compared' | 'repeated' | 'reads' | 'long' | 'copy'
  /** 'an operand of dot (linear, flow.ts:12), which would compute it 512 times over' */
  readonly text: string
}
