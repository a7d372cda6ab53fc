import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

// The listings of the documents, as files that the compiler can check and Node can run.

export const root = resolve(import.meta.dirname, '..')

/** The entry points that the documents name. */
export const entries = {
  fluxion: 'index.ts',
  'fluxion/nn': 'dsl/nn/index.ts',
  'fluxion/optim': 'dsl/optim/index.ts',
  'fluxion/models': 'models/index.ts',
  'fluxion/runtime': 'runtime/index.ts',
  'fluxion/data': 'runtime/data/index.ts',
  'fluxion/node': 'runtime/node/index.ts',
  'fluxion/studies': 'studies/index.ts',
  'fluxion/testing': 'testing/index.ts',
} as const satisfies { readonly [name: string]: string }

/**
 * A listing that imports the package's sources. Throws where it names an entry point of which `entries` knows nothing.
 */
export const fromSources = (listing: string): string =>
  listing.replace(/from '(fluxion[^']*)'/g, (_, name: string) => {
    if (!Object.hasOwn(entries, name)) throw new Error(`${name} is no entry point of the documents`)
    return `from '${join(root, entries[name as keyof typeof entries])}'`
  })

/**
 * A new folder that has these files, the packages of this one and its compiler options. Whoever asked for it removes
 * it.
 */
export function folderOf(files: { readonly [path: string]: string }): string {
  const folder = mkdtempSync(join(tmpdir(), 'listings-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  const compilerOptions = { rewriteRelativeImportExtensions: false }
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, files: Object.keys(files) }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  return folder
}

/** What the compiler prints of such a folder. Throws, with that in the message, where there are errors. */
export const typeErrorsOf = (folder: string): string =>
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', folder], {
    encoding: 'utf8',
  })
