/**
 * Where the author called from: the first frame of the current stack that is not this library's runtime or its front
 * door, as 'file:line'; empty where the engine does not say. The stack is taken now and read when the result is called,
 * since reading costs more than taking.
 */
export function captureCaller(): () => string {
  const taken = new Error()
  return () => callerIn(taken.stack ?? '')
}

/**
 * The caller in a stack that begins in this file, under the name that it has where stacks are mapped to sources; in a
 * bundle all of the library is one file.
 */
export function callerIn(stack: string): string {
  const [self, ...frames] = stack.split('\n').flatMap((line) => {
    // V8: "at f (file:1:2)" or "at file:1:2"; Firefox and Safari: "f@file:1:2".
    const frame = /(?:^\s*at (?:.*\()?(?:async )?|@)(.+):(\d+):\d+\)?$/.exec(line)
    return frame ? [{ file: path(frame[1]!), line: frame[2]! }] : []
  })
  const root = /^(.*)runtime[\\/]caller\.[jt]s$/.exec(self?.file ?? '')?.[1]
  const isOwn = (file: string) =>
    root === undefined ? file === self?.file : file.startsWith(`${root}runtime`) || file.startsWith(`${root}index.`)
  const caller = frames.find(({ file }) => !isOwn(file) && !file.startsWith('node:'))
  return caller ? `${caller.file}:${caller.line}` : ''
}

/** In an address spaces and letters beyond ASCII are written as bytes: '%20'. */
function path(address: string): string {
  if (!address.startsWith('file://')) return address
  const encoded = address.slice('file://'.length)
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}
