import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Runs with a new folder that has these files, and removes it. */
export async function withFolder<T>(
  files: { readonly [path: string]: Uint8Array | string },
  run: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'data-'))
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(folder, dirname(path)), { recursive: true })
      await writeFile(join(folder, path), content)
    }
    return await run(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
