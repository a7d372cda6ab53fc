import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Looks, before there is anything to write, whether a file can be written that an option names.
 *
 * @throws Error where it is a folder, or its folder is not there or may not be written in.
 */
export async function checkWritten(option: string, path: string): Promise<void> {
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
}
