import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Whether a file belongs to the package fluxion: by the nearest package.json, which is read once for each folder. */
export function ofFluxion(): (file: string) => boolean {
  const known = new Map<string, boolean>()
  const isIn = (folder: string): boolean => {
    const answer = known.get(folder) ?? look(folder)
    known.set(folder, answer)
    return answer
  }
  const look = (folder: string): boolean => {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest)) return nameIn(manifest) === 'fluxion'
    const above = dirname(folder)
    return above !== folder && isIn(above)
  }
  return (file) => isIn(dirname(file))
}

function nameIn(manifest: string): unknown {
  try {
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly name?: unknown }).name
  } catch {
    return undefined
  }
}

/** The sources of the package's entries, where a project is the package itself: there they are imported by their paths. */
export function entrySources(folder: string): readonly string[] {
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest) || nameIn(manifest) !== 'fluxion') return []
  const { exports = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    readonly exports?: { readonly [entry: string]: { readonly default?: string } }
  }
  return Object.values(exports).flatMap(({ default: built }) =>
    built === undefined ? [] : [join(folder, built.replace('./dist/', '').replace(/js$/, 'ts'))],
  )
}
