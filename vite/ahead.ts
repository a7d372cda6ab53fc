import type { InlineConfig } from 'vite'
import type { CompiledModule, Sizes } from '../ahead/index.ts'
import { type AheadRequest, requestOf, targetRequest, writtenQuery } from './request.ts'
import { runModule } from './run-module.ts'

export interface AheadOptions {
  /**
   * Sizes of the named dims, for imports whose query has none; several where programs are compiled for more than one
   * choice.
   */
  readonly dims?: Sizes | readonly Sizes[]
  /** The devices that are compiled for: both unless given. */
  readonly targets?: readonly ('cpu' | 'webgpu')[]
  /** For the CPU, multiply-adds that round once: faster, and not in every engine. */
  readonly relaxedSimd?: boolean
}

export interface Loader {
  /** The module that an import with `?fluxion` stands for; undefined for others. */
  load(id: string): Promise<LoadedModule | undefined>
  /** Forgets what was made of a file. */
  changed(file: string): void
}

interface LoadedModule {
  readonly code: string
  readonly map: string | null
  /** The author's files that it was made of. */
  readonly files: readonly string[]
}

type Config = Pick<InlineConfig, 'plugins' | 'resolve'>

/**
 * Compiles what is imported with `?fluxion`, each choice of sizes of a file once until one of its files changes.
 * `config` is for running the author's modules.
 */
export function aheadLoader(options: AheadOptions, config: () => Config): Loader {
  const made = new Map<string, Promise<Made>>()
  return {
    async load(id) {
      const request = requestOf(id)
      if (!request) return undefined
      const key = JSON.stringify([request.file, request.sizes])
      const making = made.get(key) ?? make(request, options, config())
      made.set(key, making)
      making.catch(() => made.delete(key))
      const { module, files } = await making
      return { ...(await codeOf(request, module, options)), files }
    },
    changed(file) {
      for (const [key, making] of made)
        making.then(
          ({ files }) => files.includes(file) && made.delete(key),
          () => {},
        )
    },
  }
}

interface Made {
  readonly module: CompiledModule
  readonly files: readonly string[]
}

/**
 * The compiler is imported here, when something is to be compiled: a config that only wants names of programs does not
 * load it.
 */
async function make({ file, sizes }: AheadRequest, options: AheadOptions, config: Config): Promise<Made> {
  // Node maps only what is loaded after this, and which frames are the author's is told by where those of the library
  // lie.
  process.setSourceMapsEnabled(true)
  const { buildModules, targetsOf } = await import('../ahead/index.ts')
  const { exports, files } = await runModule(await import('vite'), file, config)
  const name = file.split(/[\\/]/).at(-1)!
  const [module] = await buildModules([{ name, file, exports, docOf: () => '' }], {
    sizes: Object.keys(sizes).length > 0 ? [sizes] : [options.dims ?? []].flat(),
    targets: targetsOf(kindsOf(options)),
    relaxedSimd: options.relaxedSimd ?? false,
    written: (sizes) => `'./${name}${writtenQuery(sizes)}', or in the options of the plugin`,
  })
  return { module: module!, files }
}

async function codeOf(request: AheadRequest, module: CompiledModule, options: AheadOptions) {
  const { mainModule, targetModule, targetsOf } = await import('../ahead/index.ts')
  if (request.target === undefined) {
    const code = mainModule(module, targetsOf(kindsOf(options)), (target) => targetRequest(request, target))
    return { code, map: null }
  }
  const { code, map = null } = targetModule(module, request.target, (file) => file)
  return { code, map }
}

const kindsOf = ({ targets = ['cpu', 'webgpu'] }: AheadOptions) => targets
