import { readdirSync, watch } from 'node:fs'
import { join } from 'node:path'

/** Calls `check` now, and again each time that sources below a folder have changed and nothing has changed for a moment. Ends when the signal says so. */
export async function watchSources(folder: string, check: () => Promise<void>, signal?: AbortSignal): Promise<void> {
  while (!signal?.aborted) {
    // From before the check, so that what changes during it is seen.
    const change = nextChange(folder, signal)
    await check()
    await change
    await new Promise((quiet) => setTimeout(quiet, 150))
  }
}

/** Until a source below a folder changes. Folders that are new are looked for each time. */
function nextChange(folder: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done) => {
    const finish = (): void => {
      for (const watcher of watchers) watcher.close()
      done()
    }
    const watchers = foldersIn(folder).map((path) =>
      watch(path, (_, name) => name !== null && isSource(name) && finish()),
    )
    signal?.addEventListener('abort', finish, { once: true })
  })
}

/** A folder and those in it that may have sources of the author's. */
function foldersIn(folder: string): readonly string[] {
  const inside = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules',
  )
  return [folder, ...inside.flatMap(({ name }) => foldersIn(join(folder, name)))]
}

const isSource = (name: string): boolean => /\.[cm]?[jt]sx?$|\.json$/.test(name)
