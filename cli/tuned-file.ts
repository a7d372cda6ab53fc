import { readFile } from 'node:fs/promises'
import type { Tuned } from '../index.ts'

/**
 * What `fluxion tune` wrote before, for the same device; nothing where there is no such file.
 *
 * @throws Error where it is of another device, or is something else.
 */
export async function readTuned(path: string, device: string): Promise<Tuned> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new Error(`--out is '${path}', which cannot be read (${error.code}); give another`, { cause: error })
  })
  if (text === undefined) return {}
  const tuned = tunedIn(text)
  if (!tuned) throw new Error(`--out is '${path}', which is there and is not what fluxion tune writes; give another`)
  if (tuned.device === device) return tuned
  throw new Error(
    `--out is '${path}', which was measured on ${tuned.device}, and this is ${device}; give a file for each device`,
  )
}

/**
 * What `fluxion tune` wrote.
 *
 * @throws Error where the file cannot be read, or is something else.
 */
export async function tunedFrom(path: string): Promise<Tuned & { readonly device: string }> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`--tuned is '${path}', which cannot be read (${error.code})`, { cause: error })
  })
  const tuned = tunedIn(text)
  if (!tuned) throw new Error(`--tuned is '${path}', which is not what fluxion tune writes`)
  return tuned
}

function tunedIn(text: string): (Tuned & { readonly device: string }) | undefined {
  try {
    const value = JSON.parse(text) as (Tuned & { readonly device: string }) | null
    return typeof value?.device === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
