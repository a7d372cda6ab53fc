import { stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fluxion } from '../vite/index.ts'

/** What a module exports. */
export type Exports = { readonly [name: string]: unknown }

/** Runs modules of authors in this process. They share what they import: a module that two of them import is run once. */
export interface Loader {
  /** Rejects with an Error where there is no such file, nothing here runs TypeScript, or the module throws: what it threw is the cause. */
  load(file: string): Promise<Exports>
  close(): Promise<void>
}

/**
 * TypeScript is run through Vite, where it is installed: imports without extensions, `enum`s, the `paths` of a tsconfig and the names of programs are then as in a page; else by Node, where that reads it.
 */
export function openLoader(): Loader {
  let runner: Promise<Runner | undefined> | undefined
  const typeScript = async (path: string): Promise<Exports> => {
    runner ??= openRunner()
    const opened = await runner
    return opened ? opened.import(path) : import(pathToFileURL(path).href)
  }
  return {
    async load(file) {
      const path = resolve(file)
      if (!(await stat(path).catch(() => undefined))?.isFile()) throw new Error(`there is no module '${file}'`)
      try {
        return await (/\.[cm]?tsx?$/.test(path) ? typeScript(path) : import(pathToFileURL(path).href))
      } catch (error) {
        if ((error as NodeJS.ErrnoException)?.code === 'ERR_UNKNOWN_FILE_EXTENSION')
          throw new Error(
            `'${file}' is TypeScript, which Node ${process.versions.node} does not run: npm install --save-dev vite, take Node 22.18, or give the JavaScript that it is compiled to`,
            { cause: error },
          )
        throw new Error(`'${file}' does not load: ${messageOf(error)}`, { cause: error })
      }
    },
    close: async () => (await runner)?.close(),
  }
}

/** Anything may be thrown, also what has no text. */
function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : `${thrown}`
  } catch {
    return 'something that cannot be shown'
  }
}

/** Runs one module, as a loader does. */
export async function loadModule(file: string): Promise<Exports> {
  const loader = openLoader()
  try {
    return await loader.load(file)
  } finally {
    await loader.close()
  }
}

interface Runner {
  import(path: string): Promise<Exports>
  close(): Promise<void>
}

/** What Vite's own `runnerImport` does, for more than one module. */
async function openRunner(): Promise<Runner | undefined> {
  const vite = await import('vite').catch(() => undefined)
  if (!vite) return undefined
  // Else errors and kernels name lines of what Vite made of the file.
  process.setSourceMapsEnabled(true)
  const config = await vite.resolveConfig(
    {
      configFile: false,
      envDir: false,
      cacheDir: process.cwd(),
      logLevel: 'silent',
      plugins: [fluxion()],
      resolve: { tsconfigPaths: true },
      environments: {
        inline: {
          consumer: 'server',
          dev: { moduleRunnerTransform: true },
          resolve: { external: true, mainFields: [], conditions: ['node'] },
        },
      },
    },
    'serve',
  )
  const environment = vite.createRunnableDevEnvironment('inline', config, {
    runnerOptions: { hmr: { logger: false } },
    hot: false,
  })
  await environment.init()
  return { import: (path) => environment.runner.import(path), close: () => environment.close() }
}

/** Whether it names a module, by its extension. */
export const isModule = (name: string): boolean => /^\.[cm]?[jt]sx?$/.test(extname(name))
