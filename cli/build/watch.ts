import { stat } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

/** How often files are looked at. */
const milliseconds = 200

/**
 * Does something again whenever a file changes that it depends on: at first on `first`, and then on those that `job` last told of by the function that it is given. Files are looked at by their times, which works on every file system.
 *
 * Resolves when the signal is aborted; rejects as `job` does.
 */
export async function again(
  job: (depends: (files: readonly string[]) => void) => Promise<void>,
  first: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  let files = first
  while (!signal.aborted) {
    // What changes while it is at work counts, of files that are known when it begins.
    const before = await stampsOf(files)
    await job((now) => {
      files = now
    })
    for (const [file, stamp] of await stampsOf(files)) if (!before.has(file)) before.set(file, stamp)
    while (!signal.aborted && !(await haveChanged(files, before)))
      await setTimeout(milliseconds, undefined, { signal }).catch(() => {})
  }
}

const stampsOf = async (files: readonly string[]): Promise<Map<string, string>> =>
  new Map(await Promise.all(files.map(async (file) => [file, await stampOf(file)] as const)))

const haveChanged = async (files: readonly string[], before: ReadonlyMap<string, string>): Promise<boolean> => {
  for (const file of files) if ((await stampOf(file)) !== before.get(file)) return true
  return false
}

/** Differs where the file has been written since; also from none to one. */
const stampOf = async (file: string): Promise<string> => {
  const found = await stat(file).catch(() => undefined)
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : ''
}
