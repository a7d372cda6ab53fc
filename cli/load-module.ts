import { stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fluxion } from '../vite/index.ts'
import { runModule } from '../vite/run-module.ts'

/** What a module exports. */
export type Exports = { readonly [name: string]: unknown }

/** A module that has been run. */
export interface LoadedModule {
  readonly exports: Exports
  /** Absolute paths: its own, and those of the modules that it imports, of packages not; its own alone where Node ran it. */
  readonly files: readonly string[]
}

/**
 * Runs a module of an author, of JavaScript or TypeScript, in this process. TypeScript is run through Vite, where it is installed: imports without extensions, `enum`s and the names of programs are then as in a page; else by Node, where that reads it.
 *
 * Rejects with an Error where there is no such file, nothing here runs TypeScript, or the module throws: what it threw is the cause.
 */
export const loadModule = async (file: string): Promise<Exports> => (await loadWithFiles(file)).exports

/** The same with the files that it is made of. `anew`: as they are now, whatever has been run before; then Vite runs JavaScript, too, and has to be installed. */
export async function loadWithFiles(file: string, { anew = false } = {}): Promise<LoadedModule> {
  const path = resolve(file)
  if (!(await stat(path).catch(() => undefined))?.isFile()) throw new Error(`there is no module '${file}'`)
  const vite = anew || /\.[cm]?tsx?$/.test(path) ? await import('vite').catch(() => undefined) : undefined
  if (anew && !vite)
    throw new Error('what is run again is run through Vite, which is not installed: npm install --save-dev vite')
  try {
    if (vite) return await runModule(vite, path, { plugins: [fluxion()] })
    return { exports: await import(pathToFileURL(path).href), files: [path] }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION')
      throw new Error(
        `'${file}' is TypeScript, which Node ${process.versions.node} does not run: npm install --save-dev vite, take Node 22.18, or give the JavaScript that it is compiled to`,
        { cause: error },
      )
    throw new Error(`'${file}' does not load: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

/** Whether it names a module, by its extension. */
export const isModule = (name: string): boolean => /^\.[cm]?[jt]sx?$/.test(extname(name))
