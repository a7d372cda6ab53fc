import type { Executable, Place, Target } from '../compiler/plan/plan.ts'

/** What runs plans. */
export interface Device {
  readonly kind: 'cpu' | 'webgpu'
  /** For people: 'CPU (WebAssembly SIMD)', 'WebGPU (NVIDIA H100)'. */
  readonly name: string
  readonly target: Target
  load(executable: Executable): Promise<Loaded>
  dispose(): void
}

export type Words = Float32Array | Uint32Array

/**
 * An executable in a device's memory. Calls take effect in the order in which they are made, and only `read` waits. Data is in elements of the region: Float32Array for
 * f32 regions, Uint32Array for u32 ones.
 */
export interface Loaded {
  write(place: Place, data: Words): void
  /** Every dispatch of the plan, once. */
  run(): void
  read(place: Place, length: number): Promise<Words>
  /** Copies a range aside, on the device, before anything later can change it. */
  keep(place: Place, length: number): Kept
  restore(kept: Kept, place: Place): void
  dispose(): void
}

/** A copy of some elements, independent of the executable it came from. */
export interface Kept {
  readonly length: number
  /** Whether garbage collection frees its memory, as on the CPU; else `dispose` must. */
  readonly collected: boolean
  read(): Promise<Words>
  dispose(): void
}
