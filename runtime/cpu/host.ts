// What the host says of threads, before any is started.

/** Node's own modules, without an import that a bundler would follow. */
const builtin = globalThis.process?.getBuiltinModule

/** Threads that the machine runs at once. */
export const coresOf = (): number =>
  builtin ? builtin('node:os').availableParallelism() : (globalThis.navigator?.hardwareConcurrency ?? 1)

/** Whether memory can be shared with other threads: in pages only where they are isolated from others. */
export const canShare = (): boolean => builtin !== undefined || globalThis.crossOriginIsolated === true

/** Whether this thread may wait for others: a page's own may not. */
export function canWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1)
    return true
  } catch {
    return false
  }
}
