import { existsSync } from 'node:fs'
import { access, constants, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * A folder that can be written to, and those above it. As mkdir with `recursive`, which in Node does not end in a
 * folder that takes no others, such as /proc.
 */
export async function makeFolder(folder: string): Promise<void> {
  if (!existsSync(folder)) {
    await makeFolder(dirname(folder))
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      // Another process may have been faster.
      if (error.code !== 'EEXIST') throw error
    })
  }
  // With / at its end it is a folder or an error.
  await access(`${folder}/`, constants.W_OK)
}
