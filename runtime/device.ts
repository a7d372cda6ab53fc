/// <reference lib="esnext.disposable" preserve="true" />
import type { Capabilities, Executable, Place, Target } from '../compiler/plan/plan.ts'
import type { Tuned } from '../compiler/plan/tuned.ts'

/** What runs plans. */
export interface Device extends Disposable {
  readonly kind: 'cpu' | 'webgpu'
  /** For people: 'CPU (WebAssembly SIMD)', 'WebGPU (NVIDIA H100)'. */
  readonly name: string
  readonly target: Target
  readonly info: DeviceInfo
  /**
   * The optional features that are there and asked for: 'shader-f16', 'subgroups', 'timestamp-query' of WebGPU; 'simd',
   * 'relaxed-simd' of WebAssembly.
   */
  readonly features: readonly string[]
  /** By their names in WebGPU; on the CPU, `maxBufferSize` is all that a program can have. */
  readonly limits: { readonly [name: string]: number }
  /** What code that is compiled for it may use. */
  readonly capabilities: Capabilities
  /** What was measured on it or one like it, as `tune` gives it: how kernels for it are made. */
  readonly tuned?: Tuned
  /** Resolves, with the reason, when the device is gone and its memory with it; also when it is disposed. */
  readonly lost: Promise<Error>
  load(executable: Executable): Promise<Loaded>
  /**
   * Resolves when the device is at most a few calls behind: at once but where a loop runs ahead of a GPU. A loop that
   * never reads a result awaits this, so that what is waiting to be computed does not pile up.
   */
  ready(): Promise<void>
  /** Frees everything on it. Again is nothing. */
  dispose(): void
}

/** What an adapter says of itself; strings are empty where it does not. */
export interface DeviceInfo {
  readonly vendor: string
  readonly architecture: string
  readonly description: string
  /** Whether it computes in software. */
  readonly isFallback: boolean
}

export type Words = Float32Array | Uint32Array

/** Elements of a region. */
export interface Range {
  readonly place: Place
  readonly length: number
}

/**
 * An executable in a device's memory. Calls take effect in the order in which they are made, and only `read` waits.
 * Data is in elements of the region: Float32Array for f32 and f16 regions, Uint32Array for u32 ones. What is written to
 * f16 is rounded to the nearest.
 */
export interface Loaded {
  /**
   * Throws where nothing can be called any more: disposed, or on a device that is lost; and what went wrong in an
   * earlier call, once.
   */
  check(): void
  write(place: Place, data: Words): void
  /** Every dispatch of the plan, once. */
  run(): void
  /** The same, several times; gives what was in each range after each time, one after the other. */
  repeat(times: number, history: readonly Range[]): readonly Kept[]
  /**
   * Every dispatch of the plan, once, and how long each took, all its turns together, in nanoseconds. Rejects where the
   * device cannot tell.
   */
  timed(): Promise<readonly number[]>
  read(place: Place, length: number): Promise<Words>
  /** What a range holds now, whatever changes it later. */
  keep(place: Place, length: number): Kept
  restore(kept: Kept, place: Place): void
  dispose(): void
}

/** Elements as they were once, independent of the executable they came from. */
export interface Kept {
  readonly length: number
  /** Whether garbage collection frees its memory, as on the CPU; else `dispose` must. */
  readonly collected: boolean
  read(): Promise<Words>
  dispose(): void
}
