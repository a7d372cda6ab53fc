import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeAtomically } from '../runtime/node/index.ts'
import { makeFolder } from '../runtime/node/make-folder.ts'
import { toJson } from './texts.ts'

/**
 * What a file keeps of a part of a study; where there is no such file, the part is made, and kept.
 *
 * @throws Error where the file cannot be read, or what it has is refused by `read`.
 */
export async function kept<T>(file: string, read: (value: unknown) => T, make: () => Promise<T>): Promise<T> {
  const found = await keptAlready(file, read)
  if (found !== undefined) return found
  const made = await make()
  await makeFolder(dirname(file))
  await writeAtomically(file, `${toJson(made)}\n`)
  return made
}

/** What a file keeps; undefined where there is none. */
export async function keptAlready<T>(file: string, read: (value: unknown) => T): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new Error(`'${file}' cannot be read: ${error.message}`, { cause: error })
  })
  if (text === undefined) return undefined
  try {
    return read(JSON.parse(text))
  } catch (error) {
    throw new Error(
      `'${file}' is not what this study left there: ${error instanceof Error ? error.message : error}; remove the file to have it made again, or choose another folder`,
      { cause: error },
    )
  }
}

/** A function whose promise is made when it is first asked for, and is the same from then on. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** The same for each key. */
export function oncePer<K, T>(make: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const made = new Map<K, Promise<T>>()
  return (key) => {
    const found = made.get(key) ?? make(key)
    made.set(key, found)
    return found
  }
}
