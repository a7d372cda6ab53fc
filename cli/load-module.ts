import { stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fluxion } from '../vite/index.ts'

/** What a module exports. */
export type Exports = { readonly [name: string]: unknown }

/**
 * Runs a module of an author, of JavaScript or TypeScript, in this process. TypeScript is run through Vite, where it is installed: imports without extensions, `enum`s and the names of programs are then as in a page; else by Node, where that reads it.
 *
 * Rejects with an Error where there is no such file, nothing here runs TypeScript, or the module throws: what it threw is the cause.
 */
export async function loadModule(file: string): Promise<Exports> {
  const path = resolve(file)
  if (!(await stat(path).catch(() => undefined))?.isFile()) throw new Error(`there is no module '${file}'`)
  try {
    return await (/\.[cm]?tsx?$/.test(path) ? typeScript(path) : import(pathToFileURL(path).href))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION')
      throw new Error(
        `'${file}' is TypeScript, which Node ${process.versions.node} does not run: npm install --save-dev vite, take Node 22.18, or give the JavaScript that it is compiled to`,
        { cause: error },
      )
    throw new Error(`'${file}' does not load: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

async function typeScript(path: string): Promise<Exports> {
  const vite = await import('vite').catch(() => undefined)
  if (!vite) return import(pathToFileURL(path).href)
  // Else errors and kernels name lines of what Vite made of the file.
  process.setSourceMapsEnabled(true)
  const { module } = await vite.runnerImport<Exports>(path, {
    configFile: false,
    envFile: false,
    logLevel: 'silent',
    plugins: [fluxion()],
  })
  return module
}

/** Whether it names a module, by its extension. */
export const isModule = (name: string): boolean => /^\.[cm]?[jt]sx?$/.test(extname(name))
