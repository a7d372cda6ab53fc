import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Config } from './options.ts'

/**
 * What a config file says: JSON, or the default export of a module of JavaScript or TypeScript.
 *
 * Rejects with an Error where it cannot be read, or has no object.
 */
export async function loadConfig(file: string): Promise<Config> {
  const values = extname(file) === '.json' ? await fromJson(file) : await fromModule(file)
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new Error(`'${file}' has no options: expected an object, as { "latent": 16 }`)
  return { file, values: values as Config['values'] }
}

async function fromJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? `there is no '${file}'` : `'${file}' cannot be read: ${error.message}`)
  })
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`'${file}' is not JSON: ${(error as Error).message}`, { cause: error })
  }
}

async function fromModule(file: string): Promise<unknown> {
  const path = resolve(file)
  await readFile(path).catch(() => {
    throw new Error(`there is no '${file}'`)
  })
  try {
    return ((await import(pathToFileURL(path).href)) as { default?: unknown }).default
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_FILE_EXTENSION')
      throw new Error(`'${file}' cannot be run: ${(error as Error).message}`, { cause: error })
  }
  // Node reads TypeScript itself from 22.18 on.
  const vite = await import('vite').catch((error: Error) => {
    throw new Error(
      `'${file}' is TypeScript, which Node ${process.versions.node} does not read: use Node 22.18, install vite, or give JSON or JavaScript`,
      { cause: error },
    )
  })
  const loaded = await vite.loadConfigFromFile({ command: 'build', mode: 'production' }, path, undefined, 'silent')
  return loaded?.config
}
