import type { HostTensor } from '../data/host-tensor.ts'
import { some } from './state.ts'

/** Looks for parameters that training leaves as they are. */
export interface Idle {
  /** What to tell about the state after a step, if anything: each tensor is told of once. */
  see(step: number, tensors: ReadonlyMap<string, HostTensor>): string | undefined
}

/** Remembers of each tensor a number made of its bits, and since when it has had them. */
export function idleParameters(): Idle {
  const known = new Map<string, { readonly bits: number; readonly since: number }>()
  const told = new Set<string>()
  return {
    see(step, tensors) {
      const idle: string[] = []
      let moved = false
      let since = step
      for (const [path, { dtype, data }] of tensors) {
        if (!path.startsWith('state.params.') || (dtype !== 'f32' && dtype !== 'f16') || data.length === 0) continue
        const bits = hashOf(data as Float32Array)
        const before = known.get(path)
        if (before?.bits === bits) {
          if (!told.has(path)) idle.push(path)
          since = Math.min(since, before.since)
        } else {
          moved ||= before !== undefined
          known.set(path, { bits, since: step })
        }
      }
      // Where nothing moves at all the learning rate may be 0, as at the start of a warm-up.
      if (idle.length === 0 || !moved) return undefined
      for (const path of idle) told.add(path)
      return `${some(idle)} ${idle.length === 1 ? 'has' : 'have'} not changed since step ${since}: the gradient is zero there, or the loss does not depend on ${idle.length === 1 ? 'it' : 'them'}`
    },
  }
}

/** FNV-1a over words. */
function hashOf(data: Float32Array): number {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length)
  let hash = 0x811c9dc5
  for (const word of words) hash = Math.imul(hash ^ word, 0x01000193)
  return hash >>> 0
}
