import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Milliseconds between one look at the files and the next, at least. */
const least = 200

/** And how many times as long as a look takes: looking is not what keeps a processor busy. */
const apart = 10

/** The files that are looked at. */
type Listing = () => readonly string[] | Promise<readonly string[]>

/**
 * Does something again whenever a file changes, comes or goes: at first of those that `listing` gives, and once `job`
 * has told of others by the function that it is given, of those. Files are looked at by their times, which works on
 * every file system.
 *
 * Resolves when the signal is aborted; rejects as `job` does.
 */
export async function again(
  job: (depends: (files: readonly string[]) => void) => Promise<void>,
  listing: Listing,
  signal?: AbortSignal,
): Promise<void> {
  const pause = (milliseconds: number) => setTimeout(milliseconds, undefined, { signal }).catch(() => {})
  let files = listing
  while (!signal?.aborted) {
    // What changes while it is at work counts, of files that are known when it begins.
    let before = await stampsOf(await files())
    let told: readonly string[] | undefined
    await job((now) => {
      told = now
    })
    if (told) {
      const now = told
      files = () => now
      before = new Map([...(await stampsOf(now))].map(([file, stamp]) => [file, before.get(file) ?? stamp]))
    }
    for (let same = true; same && !signal?.aborted; ) {
      const start = performance.now()
      same = areSame(await stampsOf(await files()), before)
      // Also after a change: one that is many files is one.
      await pause(Math.max(least, apart * (performance.now() - start)))
    }
  }
}

const stampsOf = async (files: readonly string[]): Promise<Map<string, string>> =>
  new Map(await Promise.all(files.map(async (file) => [file, await stampOf(file)] as const)))

const areSame = (now: ReadonlyMap<string, string>, before: ReadonlyMap<string, string>): boolean =>
  now.size === before.size && [...now].every(([file, stamp]) => stamp === before.get(file))

/** Differs where the file has been written since; also from none to one. */
const stampOf = async (file: string): Promise<string> => {
  const found = await stat(file).catch(() => undefined)
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : ''
}

/**
 * The files below a folder that may be sources of the author's, or say how they are checked. Nothing of a folder that
 * cannot be read.
 */
export async function sourcesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const found = entries.map((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory())
      return entry.name.startsWith('.') || entry.name === 'node_modules' ? [] : sourcesBelow(path)
    return isSource(entry.name) ? [path] : []
  })
  return (await Promise.all(found)).flat()
}

const isSource = (name: string): boolean => /\.[cm]?[jt]sx?$|\.json$/.test(name)
