import { type Found, nodeGpu, nullGpu } from '../../../runtime/node/index.ts'

/** A GPU that computes: the machine's own, or one in software. */
export const computing: Found = await nodeGpu({ software: true })

/** A GPU that only checks what it is given. */
export const checking: Found = await nullGpu()

/** For `describe.skipIf`: says why. */
export function missing(found: Found, what: string): boolean {
  if (found.reason !== undefined) console.warn(`${what}: skipped, because ${found.reason}`)
  return found.gpu === undefined
}
