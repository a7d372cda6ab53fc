/**
 * What went wrong on a GPU. `unavailable`: there is none, or it is too small for the program; `shader`: its compiler
 * refused a kernel; `lost`: the device is gone and with it all its memory; `out-of-memory`: it has no more; `invalid`:
 * it refused a command.
 */
export class WebGpuError extends Error {
  readonly kind: 'unavailable' | 'shader' | 'lost' | 'out-of-memory' | 'invalid'

  constructor(kind: WebGpuError['kind'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'WebGpuError'
    this.kind = kind
  }
}

/** An error that the device reported, in what we call it. */
export function fromGpu(error: GPUError, during: string): WebGpuError {
  // The three classes of GPUError are told apart by name: not every host has them as globals.
  const kind = error.constructor.name === 'GPUOutOfMemoryError' ? 'out-of-memory' : 'invalid'
  const what = kind === 'out-of-memory' ? 'the GPU has no memory left' : 'the GPU refused a command'
  return new WebGpuError(kind, `${during}: ${what}: ${error.message}`)
}
