/**
 * Where the author called from: the first frame of the current stack that is not this library's runtime or its front door, as 'file:line'; empty where the
 * engine does not say. The stack is taken now and read when the result is called, since reading costs more than taking.
 */
export function captureCaller(): () => string {
  const taken = new Error()
  return () => callerIn(taken.stack ?? '', new URL('.', import.meta.url).href)
}

/** `runtime` is the address of the folder whose frames do not count. */
export function callerIn(stack: string, runtime: string): string {
  const own = path(runtime)
  const front = own.replace(/[^/]+\/$/, 'index.')
  for (const line of stack.split('\n')) {
    // V8: "at f (file:1:2)" or "at file:1:2"; Firefox and Safari: "f@file:1:2".
    const frame = /(?:^\s*at (?:.*\()?(?:async )?|@)(.+):(\d+):\d+\)?$/.exec(line)
    if (!frame) continue
    const file = path(frame[1]!)
    if (!file.startsWith(own) && !file.startsWith(front) && !file.startsWith('node:')) return `${file}:${frame[2]}`
  }
  return ''
}

const path = (address: string): string => address.replace(/^file:\/\//, '')
