import type { Compilation } from '../compile.ts'
import type { Frame } from '../ir/graph.ts'
import { lineOf } from '../ir/source.ts'
import type { Code } from '../plan/plan.ts'

/** Which lines of the author's the code of a program comes from. */
export interface Origins {
  /** For each shader that of the last operation of its first nest, which is what the kernel is for. */
  readonly shaders: readonly (Frame | undefined)[]
  /** What comments of the code call 'flow.ts:12', where that is one file. */
  readonly lines: ReadonlyMap<string, Frame>
}

export function originsOf({ steps }: Compilation, code: Code): Origins {
  const sources = steps.map(({ nests }) => nests.map(({ computes }) => computes.map(({ source }) => source)))
  const lines = new Map<string, Frame>()
  const several = new Set<string>()
  for (const source of sources.flat(2)) {
    const frame = source?.frame()
    const line = lineOf(source)
    if (!frame) continue
    if (lines.has(line) && lines.get(line)!.file !== frame.file) several.add(line)
    else lines.set(line, lines.get(line) ?? frame)
  }
  for (const line of several) lines.delete(line)
  const dispatches = code.target === 'wgsl' ? code.dispatches : []
  const shaders = code.target === 'wgsl' ? code.shaders : []
  return {
    lines,
    shaders: shaders.map((_, shader) => {
      const first = sources[dispatches.indexOf(shader)]?.[0] ?? []
      return first.flatMap((source) => source?.frame() ?? []).at(-1)
    }),
  }
}
