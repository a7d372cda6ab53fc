import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** A file's path from the root of the project, with '/', and its text. */
export type Sources = ReadonlyMap<string, string>

const notOurs = new Set(['.git', 'node_modules', 'dist', 'coverage', 'package-lock.json'])

/** Every text file of the project. */
export const readSources = (root: string): Sources => {
  const found = new Map<string, string>()
  const enter = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (notOurs.has(entry.name)) continue
      const path = posix.join(folder, entry.name)
      if (entry.isDirectory()) enter(path)
      else if (entry.isFile()) {
        const text = readFileSync(join(root, path), 'utf8')
        if (!text.includes('\0')) found.set(path, text)
      }
    }
  }
  enter('')
  return found
}

export const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length
