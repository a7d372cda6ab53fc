import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { loadModule } from './load-module.ts'
import type { Config } from './options.ts'

/**
 * What a config file says: JSON, or the default export of a module of JavaScript or TypeScript.
 *
 * Rejects with an Error where it cannot be read, or has no object.
 */
export async function loadConfig(file: string): Promise<Config> {
  const values = extname(file) === '.json' ? await fromJson(file) : (await loadModule(file)).default
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
