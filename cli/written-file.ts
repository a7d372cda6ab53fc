import { access, constants, open, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { reasonOf, temporaryOf } from '../runtime/node/atomic-write.ts'

/**
 * Looks, before there is anything to write, whether a file can be written that an option names; `read` are the files
 * that the command reads. Gives what is said when it is written.
 *
 * @throws Error where it is a folder, one of the files that are read, by whatever name, or its folder is not there or
 * may not be written in.
 */
export async function checkWritten(option: string, path: string, read: readonly string[] = []): Promise<string> {
  const [there, folder] = await Promise.all([path, dirname(path)].map((place) => stat(place).catch(() => undefined)))
  if (there?.isDirectory())
    throw new Error(`--${option} is '${path}', which is a folder; give the name of a file in it`)
  if (!folder?.isDirectory())
    throw new Error(`--${option} is '${path}', and there is no folder '${dirname(path)}'; make it, or give another`)
  await access(dirname(path), constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `--${option} is '${path}', and this user may not write in '${dirname(path)}' (${error.code}); give another`,
      { cause: error },
    )
  })
  await checkNotRead(option, path, read)
  await checkTakesFiles(option, path)
  return `wrote ${path}${there ? ' (replaces the file that was there)' : ''}`
}

/** Some folders take no files whoever asks, such as /proc, and do not tell before. */
async function checkTakesFiles(option: string, path: string): Promise<void> {
  const probe = temporaryOf(path)
  try {
    await (await open(probe, 'wx')).close()
    await rm(probe)
  } catch (error) {
    throw new Error(
      `--${option} is '${path}', and no file can be made in '${dirname(path)}': ${madeNone(error)}; give another`,
      {
        cause: error,
      },
    )
  }
}

const madeNone = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it takes none (ENOENT)' : reasonOf(error)

/**
 * Looks that what is written is none of these files, which would be lost; `what` says what they are.
 *
 * @throws Error where it is one of them, also through links.
 */
export async function checkNotRead(
  option: string,
  path: string,
  read: readonly string[],
  what = 'read',
): Promise<void> {
  const identity = (place: string) =>
    stat(place, { bigint: true }).then(
      ({ dev, ino }) => `${dev} ${ino}`,
      () => undefined,
    )
  const own = await identity(path)
  if (own === undefined) return
  for (const file of read)
    if ((await identity(file)) === own)
      throw new Error(
        `--${option} is '${path}', which is ${file === path ? what : `'${file}', and that is ${what}`}: it would be lost; give another`,
      )
}
