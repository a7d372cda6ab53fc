import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Writes a file so that whenever the machine or the process stops there is the old one or the new one, whole: to a temporary file beside it, which is brought to the disk and then takes its name.
 *
 * Rejects where that cannot be done, as on a full disk: the file is as it was then, and no other is left.
 */
export async function writeAtomically(path: string, data: Uint8Array | string): Promise<void> {
  const folder = dirname(path)
  const unfinished = join(folder, `.${basename(path)}-${process.pid}`)
  try {
    await toDisk(unfinished, data)
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {})
    throw new Error(`cannot write ${path}: ${reasonOf(error)}; what was there before is as it was`, { cause: error })
  }
  await syncFolder(folder)
}

async function toDisk(path: string, data: Uint8Array | string): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The new name is on the disk when its folder is. Not every system lets folders be opened, and none loses the file for it. */
async function syncFolder(folder: string): Promise<void> {
  let opened: FileHandle | undefined
  try {
    opened = await open(folder, 'r')
    await opened.sync()
  } catch {
  } finally {
    await opened?.close()
  }
}

const reasons: { readonly [code: string]: string } = {
  ENOSPC: 'the disk is full; make room',
  EDQUOT: 'the disk quota is used up; make room',
  EFBIG: 'it is larger than this process may write; raise the limit (ulimit -f)',
  EACCES: 'the folder may not be written to; change its permissions, or write elsewhere',
  EPERM: 'the folder may not be written to; change its permissions, or write elsewhere',
  EROFS: 'the disk is read-only; write elsewhere',
  ENOENT: 'the folder is not there',
  EISDIR: 'there is a folder of that name',
}

/** Why the system did not do what it was asked, and what helps. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  const known = code === undefined ? undefined : reasons[code]
  if (known !== undefined) return `${known} (${code})`
  return error instanceof Error ? error.message : `${error}`
}
