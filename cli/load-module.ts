import { stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Plugin } from 'vite'
import { messageOf } from '../runtime/message-of.ts'
import { fluxion } from '../vite/index.ts'
import { openRunner, type Runner } from '../vite/run-module.ts'

/** What a module exports. */
export type Exports = { readonly [name: string]: unknown }

/** A module that has been run. */
export interface LoadedModule {
  readonly exports: Exports
  /**
   * Absolute paths: its own, and those of the modules that it imports, of packages not; its own alone where Node ran
   * it.
   */
  readonly files: readonly string[]
}

interface LoaderOptions {
  /**
   * Modules are run as they are now, whatever has been run before: Vite runs JavaScript, too, and has to be installed.
   */
  readonly anew?: boolean
  /** Plugins of Vite that TypeScript goes through as well. */
  readonly plugins?: readonly Plugin[]
}

/**
 * Runs modules of authors in this process. They share what they import: a module that two of them import is run once.
 */
export interface Loader {
  /**
   * Rejects with an Error where there is no such file, nothing here runs TypeScript, or the module throws: what it
   * threw is the cause.
   */
  load(file: string): Promise<LoadedModule>
  close(): Promise<void>
}

/**
 * TypeScript is run through Vite, where it is installed: imports without extensions, `enum`s, the `paths` of a tsconfig
 * and the names of programs are then as in a page; else by Node, where that reads it.
 */
export function openLoader({ anew = false, plugins = [] }: LoaderOptions = {}): Loader {
  let runner: Promise<Runner | undefined> | undefined
  const byVite = async (path: string): Promise<LoadedModule | undefined> => {
    runner ??= opened(plugins)
    const found = await runner
    if (anew && !found)
      throw new Error('what is run again is run through Vite, which is not installed: npm install --save-dev vite')
    return found?.run(path)
  }
  return {
    async load(file) {
      const path = resolve(file)
      if (!(await stat(path).catch(() => undefined))?.isFile()) throw new Error(`there is no module '${file}'`)
      try {
        const loaded = anew || /\.[cm]?tsx?$/.test(path) ? await byVite(path) : undefined
        return loaded ?? { exports: await import(pathToFileURL(path).href), files: [path] }
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

async function opened(plugins: readonly Plugin[]): Promise<Runner | undefined> {
  const vite = await import('vite').catch(() => undefined)
  return vite && openRunner(vite, { plugins: [fluxion(), ...plugins] })
}

/** What one module exports. */
export const loadModule = async (file: string): Promise<Exports> => (await loadWithFiles(file)).exports

/** Runs one module, as a loader does. */
export async function loadWithFiles(file: string, options?: LoaderOptions): Promise<LoadedModule> {
  const loader = openLoader(options)
  try {
    return await loader.load(file)
  } finally {
    await loader.close()
  }
}

/** Whether it names a module, by its extension. */
export const isModule = (name: string): boolean => /^\.[cm]?[jt]sx?$/.test(extname(name))
