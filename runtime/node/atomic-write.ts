import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { access, constants, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { messageOf } from '../message-of.ts'

/** A file could not be written. What was there before is there still, unless the message says otherwise. */
export class WriteError extends Error {
  readonly file: string
  /** The system's: 'ENOSPC', 'EACCES' ...; undefined where it was not the system that refused. */
  readonly code: string | undefined

  constructor(file: string, code: string | undefined, message: string, options?: ErrorOptions) {
    super(`${file}: ${message}`, options)
    this.name = 'WriteError'
    this.file = file
    this.code = code
  }
}

/**
 * Makes a text, or these parts one after the other, the contents of a file: all of them, or none. Who reads meanwhile,
 * and who comes after the process was killed or the power was cut, finds the old file or the new one. A process that is
 * killed may leave a file `.NAME.*.tmp` in the folder. The parts may not change before it is done. A link is followed;
 * an old file's mode is kept. Rejects with a WriteError.
 */
export async function writeAtomically(path: string, contents: string | readonly Uint8Array[]): Promise<void> {
  const parts = typeof contents === 'string' ? [new TextEncoder().encode(contents)] : contents
  const old = await oldOf(path)
  const temporary = temporaryOf(old.path)
  try {
    const file = await open(temporary, 'wx')
    try {
      if (old.mode !== undefined) await file.chmod(old.mode)
      for (const part of parts)
        for (let at = 0; at < part.length; )
          at += (await file.write(part, at, Math.min(part.length - at, mostAtOnce))).bytesWritten
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, old.path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw notWritten(path, old, error)
  }
  if (process.platform === 'win32') return
  try {
    const folder = await open(dirname(old.path), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (error) {
    if (!hasNoSync(error)) throw notSafe(path, error)
  }
}

/** Linux writes no more than 2 GiB at a time, other systems fail beyond it. */
const mostAtOnce = 2 ** 30

/** The file that is to be replaced: where it really is, and its mode, if there is one. */
interface Old {
  readonly path: string
  readonly mode?: number
}

async function oldOf(path: string): Promise<Old> {
  try {
    const real = await realpath(path)
    const { mode } = regular(path, await stat(real))
    await access(real, constants.W_OK)
    return { path: real, mode: mode & 0o777 }
  } catch (error) {
    return noneOr(path, error)
  }
}

/** What is no file must not be replaced by one: a folder could not be, and /dev/null could. */
function regular(path: string, stats: Stats): Stats {
  if (stats.isFile()) return stats
  throw new WriteError(path, undefined, `not written: it is ${stats.isDirectory() ? 'a folder' : 'no regular file'}`)
}

function noneOr(path: string, error: unknown): Old {
  if (codeOf(error) === 'ENOENT') return { path }
  throw error instanceof WriteError ? error : notWritten(path, { path, mode: 0 }, error)
}

/** Whether a name is that of a file which a process that was killed left unfinished. */
export const isUnfinished = (name: string): boolean => /^\..*\.[0-9a-f]{12}\.tmp$/.test(name)

/**
 * In the same folder, as a file is not renamed from one disk to another; and short, as names have at most 255 bytes.
 */
export const temporaryOf = (path: string): string =>
  join(dirname(path), `.${basename(path).slice(0, 50)}.${randomBytes(6).toString('hex')}.tmp`)

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? `${error.code}` : undefined

/** Some file systems over a network, and of containers, cannot. */
const hasNoSync = (error: unknown): boolean => ['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR'].includes(codeOf(error) ?? '')

const reasons: { readonly [code: string]: string } = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EROFS: 'this file system is read-only',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EFBIG: 'it is larger than this process may write',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
}

/** Why the system did not do what it was asked. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error)
  if (code !== undefined && Object.hasOwn(reasons, code)) return `${reasons[code]} (${code})`
  return messageOf(error)
}

function notWritten(path: string, { mode }: Old, error: unknown): WriteError {
  const before = mode === undefined ? 'there was no such file before' : 'the file that was there before is as it was'
  return new WriteError(path, codeOf(error), `not written, since ${reasonOf(error)}; nothing was lost: ${before}`, {
    cause: error,
  })
}

const notSafe = (path: string, error: unknown): WriteError =>
  new WriteError(
    path,
    codeOf(error),
    `written, but its folder could not be synchronised: after a power cut the old file may be there (${messageOf(error)})`,
    { cause: error },
  )
