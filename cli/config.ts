import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { parseJson } from '../runtime/node/data/json-file.ts'
import { type RunFile, readRun } from '../runtime/node/index.ts'
import { loadModule } from './load-module.ts'
import { type Config, type configOptions, type Options, type Read, readArguments } from './options.ts'

/**
 * What a command line says, and where it says nothing the config that it names: a file, or where `ofRun` tells the
 * options that a run was begun with, the folder of one. Undefined where it asks for help.
 *
 * Rejects with an Error where the command line or the config is wrong.
 */
export async function readConfigured<const O extends Options & typeof configOptions>(
  args: readonly string[],
  places: readonly string[],
  options: O,
  ofRun?: (about: RunFile, folder: string) => Config['values'],
): Promise<Read<O> | undefined> {
  const first = readArguments(args, places, options)
  const place = (first?.given as { readonly config?: string } | undefined)?.config
  if (place === undefined) return first
  const config =
    ofRun && (await isFolder(place))
      ? { file: place, values: ofRun((await readRun(place)).about, place) }
      : await loadConfig(place)
  return readArguments(args, places, options, config)
}

/** The file that `--config` names, where it names one. */
export const configFiles = ({ config }: { readonly config: string | undefined }): readonly string[] =>
  config === undefined ? [] : [config]

/**
 * What a config file says: JSON, or the default export of a module of JavaScript or TypeScript.
 *
 * Rejects with an Error where it cannot be read, or has no object.
 */
export async function loadConfig(file: string): Promise<Config> {
  if (await isFolder(file)) throw new Error(`'${file}' is a folder; expected a file of options: config.json, config.ts`)
  const values = extname(file) === '.json' ? await fromJson(file) : (await loadModule(file)).default
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new Error(`'${file}' has no options: expected an object, as { "latent": 16 }`)
  return { file, values: values as Config['values'] }
}

const isFolder = async (place: string): Promise<boolean> =>
  (await stat(place).catch(() => undefined))?.isDirectory() ?? false

async function fromJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? `there is no '${file}'` : `'${file}' cannot be read: ${error.message}`)
  })
  return parseJson(file, text)
}
