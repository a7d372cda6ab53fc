import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

/** A package that is installed for a project, or for this one. */
interface FoundPackage {
  readonly folder: string
  readonly version: string
}

/** Throws an error that says how to install it where it is not there. */
export function findPackage(name: string, project: string): FoundPackage {
  for (const from of [join(resolve(project), 'package.json'), import.meta.url])
    try {
      const manifest = createRequire(from).resolve(`${name}/package.json`)
      const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }
      return { folder: dirname(manifest), version }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    }
  throw new Error(`the package '${name}' is not installed: npm install ${name}`)
}
