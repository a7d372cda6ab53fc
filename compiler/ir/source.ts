import type { Source } from './graph.ts'

/** 'flow.ts:12', or an empty string where the author's line is not known. */
export function lineOf(source: Source | undefined): string {
  const frame = source?.frame()
  return frame ? `${frame.file.split(/[\\/]/).at(-1)}:${frame.line}` : ''
}

/**
 * ' (step > flowMatching, at /model/flow.ts:12:7)': what is added to a message about an equation; empty where nothing
 * is known.
 */
export function whereFrom(source: Source | undefined): string {
  const frame = source?.frame()
  const parts = [
    ...(source && source.scope.length > 0 ? [source.scope.join(' > ')] : []),
    ...(frame ? [`at ${frame.file}:${frame.line}:${frame.column}`] : []),
  ]
  return parts.length > 0 ? ` (${parts.join(', ')})` : ''
}
