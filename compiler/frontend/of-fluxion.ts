import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Whether a file belongs to the package fluxion. */
export const ofFluxion = (): ((file: string) => boolean) => ofPackage(({ name }) => name === 'fluxion')

/**
 * Whether a file belongs to fluxion, or to a package that says that it needs it: such a one may have types of tensors.
 */
export const knowsFluxion = (): ((file: string) => boolean) =>
  ofPackage(
    ({ name, dependencies, peerDependencies, devDependencies }) =>
      name === 'fluxion' ||
      [dependencies, peerDependencies, devDependencies].some(
        (needed) => typeof needed === 'object' && needed !== null && 'fluxion' in needed,
      ),
  )

interface Manifest {
  readonly [field: string]: unknown
}

/** By the nearest package.json, which is read once for each folder. */
function ofPackage(isOne: (manifest: Manifest) => boolean): (file: string) => boolean {
  const known = new Map<string, boolean>()
  const isIn = (folder: string): boolean => {
    const answer = known.get(folder) ?? look(folder)
    known.set(folder, answer)
    return answer
  }
  const look = (folder: string): boolean => {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest)) return isOne(manifestAt(manifest))
    const above = dirname(folder)
    return above !== folder && isIn(above)
  }
  return (file) => isIn(dirname(file))
}

/** Without fields where it does not parse. */
function manifestAt(path: string): Manifest {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest
  } catch {
    return {}
  }
}

/**
 * The sources of the package's entries, where a project is the package itself: there they are imported by their paths.
 */
export function entrySources(folder: string): readonly string[] {
  const { name, exports = {} } = manifestAt(join(folder, 'package.json')) as {
    readonly name?: string
    readonly exports?: { readonly [entry: string]: { readonly default?: string } }
  }
  if (name !== 'fluxion') return []
  return Object.values(exports).flatMap(({ default: built }) =>
    built === undefined ? [] : [join(folder, built.replace('./dist/', '').replace(/js$/, 'ts'))],
  )
}
