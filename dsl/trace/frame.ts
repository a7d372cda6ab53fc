import type { Frame } from '../../compiler/ir/graph.ts'

// A stack is kept as an Error object, which costs about a microsecond, and is only made into text and parsed when
// somebody asks.

/** Layers call layers: the author's frame may lie deeper than the ten frames that engines keep by default. */
const depth = 64

/** The place in the author's source that called into the language: the first frame outside of its own folders. */
export function authorFrame(): () => Frame | undefined {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = depth
  const kept = new Error('where the author is')
  Error.stackTraceLimit = before
  let found: { frame: Frame | undefined } | undefined
  return () => {
    found ??= { frame: authorIn(framesIn(kept.stack ?? '')) }
    return found.frame
  }
}

/** `at f (file:1:2)` and `at file:1:2` in V8, `f@file:1:2` in the other engines. */
const line = /^(?:.*?[(@]|\s*at (?:async )?)?((?:[a-z][a-z+.-]*:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):(\d+)\)?$/

/** One after the other, as most stacks are looked at up to the author's frame only. */
export function* framesIn(stack: string): Iterable<Frame> {
  for (const text of stack.split('\n')) {
    const match = line.exec(text)
    if (match) yield { file: plain(match[1]!), line: Number(match[2]), column: Number(match[3]) }
  }
}

const plain = (file: string): string => decoded(file.replace(/^file:\/\//, '').replace(/[?#].*$/, ''))
function decoded(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/**
 * The first frame that is not the language's. A stack begins in this very file, under the name that it has where stacks
 * are mapped to sources: that tells which folders are the language's. In a bundle all of it is one file.
 */
export function authorIn(frames: Iterable<Frame>): Frame | undefined {
  let isOwn: ((file: string) => boolean) | undefined
  for (const frame of frames) {
    isOwn ??= ownFiles(frame.file)
    if (!isOwn(frame.file)) return frame
  }
  return undefined
}

function ownFiles(self: string): (file: string) => boolean {
  const root = /^(.*)dsl[\\/]trace[\\/]frame\.[jt]s$/.exec(self)?.[1]
  if (root === undefined) return (file) => file === self
  const own = ['dsl', 'compiler', 'testing', 'ahead', 'index.'].map((folder) => `${root}${folder}`)
  return (file) => own.some((start) => file.startsWith(start))
}
