import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { alias } from '../../examples/checkout.ts'

export const root = resolve(import.meta.dirname, '../..')

/** A page's code as it is served, minified. */
export interface Bundle {
  /** The text of each module: 'page.js', and what it imports. */
  readonly modules: ReadonlyMap<string, string>
  /** Bytes that are loaded with the page: minified, and gzipped. What it may load later is not in them. */
  readonly minified: number
  readonly gzip: number
  /** Files of the project that are in any module, with the bytes of each before what is left is minified. */
  readonly files: ReadonlyMap<string, number>
  /** What is imported and is in no module. */
  readonly imports: readonly string[]
}

/** Builds a page's code from text that imports files of the project, as './index.ts'. */
export async function bundled(text: string): Promise<Bundle> {
  const entry = 'virtual:page'
  const { output } = (await build({
    root,
    configFile: false,
    logLevel: 'silent',
    resolve: { alias },
    plugins: [
      {
        name: 'page',
        resolveId: (id, importer) => {
          if (id === entry) return id
          return importer === entry && id.startsWith('./') ? join(root, id) : null
        },
        load: (id) => (id === entry ? text : null),
      },
    ],
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: {
        input: entry,
        // As of a page, whose entry nobody imports: what it exports here it keeps, and other modules may use more of
        // it.
        preserveEntrySignatures: 'allow-extension',
        output: { entryFileNames: 'page.js' },
      },
    },
  })) as Rolldown.RolldownOutput
  const chunks = new Map(output.flatMap((part) => (part.type === 'chunk' ? [[part.fileName, part] as const] : [])))
  const all = [...chunks.values()]
  const atOnce = loadedWith('page.js', chunks).map(({ code }) => code)
  const sizes = all.flatMap(({ modules }) =>
    Object.entries(modules).map(([id, { renderedLength }]) => [id, renderedLength] as const),
  )
  return {
    modules: new Map(all.map(({ fileName, code }) => [fileName, code])),
    minified: sum(atOnce.map((code) => Buffer.byteLength(code))),
    gzip: sum(atOnce.map(gzipped)),
    files: new Map(
      sizes.flatMap(([id, bytes]) =>
        bytes > 0 && id !== entry && !isBundlersOwn(id) ? [[posix.normalize(relative(root, id)), bytes] as const] : [],
      ),
    ),
    imports: all.flatMap(({ imports, dynamicImports }) =>
      [...imports, ...dynamicImports].filter((name) => !chunks.has(name)),
    ),
  }
}

/** The bytes of a module as it is sent. */
export const gzipped = (code: string): number => gzipSync(code, { level: 9 }).length

/** Runs a page's modules and gives the names of those that were loaded. */
export async function modulesLoaded(
  modules: Bundle['modules'],
  run: (page: { readonly [name: string]: unknown }) => Promise<void>,
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'page-'))
  const loaded: string[] = []
  Object.assign(globalThis, { loadedModules: loaded })
  try {
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await mkdir(join(folder, 'assets'))
    for (const [name, code] of modules)
      await writeFile(join(folder, name), `globalThis.loadedModules.push('${name}')\n${code}`)
    await run(await import(/* @vite-ignore */ pathToFileURL(join(folder, 'page.js')).href))
    return loaded
  } finally {
    Reflect.deleteProperty(globalThis, 'loadedModules')
    await rm(folder, { recursive: true })
  }
}

/** A module and all that it imports without being asked to. */
function loadedWith(name: string, chunks: ReadonlyMap<string, Rolldown.OutputChunk>): readonly Rolldown.OutputChunk[] {
  const found = new Set<string>()
  const enter = (fileName: string): void => {
    if (found.has(fileName)) return
    found.add(fileName)
    chunks.get(fileName)?.imports.forEach(enter)
  }
  enter(name)
  return [...found].flatMap((fileName) => chunks.get(fileName) ?? [])
}

const isBundlersOwn = (id: string): boolean => id.startsWith('\0rolldown/') || id.startsWith('\0vite/preload-helper')
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
