import type { InlineConfig, Plugin } from 'vite'

/** What a module exports, and the files that it is made of. */
export interface RunModule {
  readonly exports: { readonly [name: string]: unknown }
  /** Absolute paths: its own, and those of all modules that were run before it or for it, of packages not. */
  readonly files: readonly string[]
}

/**
 * Runs modules of JavaScript and TypeScript in this process. They share what they import: a module that two of them
 * import is run once.
 */
export interface Runner {
  /** Rejects with what Vite says of it, and what it throws. */
  run(path: string): Promise<RunModule>
  close(): Promise<void>
}

/** Style sheets are for pages: what is imported of one is empty here. */
const withoutStyles: Plugin = {
  name: 'fluxion-without-styles',
  enforce: 'pre',
  resolveId: (id) =>
    /\.(css|less|pcss|postcss|sass|scss|styl|stylus|sss)(\?.*)?$/.test(id) ? '\0empty style sheet' : null,
  load: (id) => (id === '\0empty style sheet' ? 'export default {}' : null),
}

/** What Vite's own `runnerImport` does, for more than one module. */
export async function openRunner(
  vite: typeof import('vite'),
  config: Pick<InlineConfig, 'plugins' | 'resolve'>,
): Promise<Runner> {
  // Else errors and kernels name lines of what Vite made of the file.
  process.setSourceMapsEnabled(true)
  const resolved = await vite.resolveConfig(
    {
      configFile: false,
      envDir: false,
      cacheDir: process.cwd(),
      logLevel: 'silent',
      ...config,
      plugins: [withoutStyles, ...(config.plugins ?? [])],
      // Nothing is drawn here: elements are objects, of whatever library they would be, and where a project leaves them
      // to others.
      oxc: { jsx: { runtime: 'classic', pragma: 'Object', pragmaFrag: 'Object' } },
      resolve: { tsconfigPaths: true, ...config.resolve },
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
  const environment = vite.createRunnableDevEnvironment('inline', resolved, {
    runnerOptions: { hmr: { logger: false } },
    hot: false,
  })
  await environment.init()
  const { runner } = environment
  return {
    async run(path) {
      const exports: RunModule['exports'] = await runner.import(path)
      const own = [...runner.evaluatedModules.urlToIdModuleMap.values()]
        .filter(({ meta }) => meta && !('externalize' in meta))
        .map(({ file }) => file)
      return { exports, files: [...new Set([path, ...own])] }
    },
    close: () => environment.close(),
  }
}

/** Runs one module as it is now, whatever has been run before. */
export async function runModule(
  vite: typeof import('vite'),
  path: string,
  config: Pick<InlineConfig, 'plugins' | 'resolve'>,
): Promise<RunModule> {
  const runner = await openRunner(vite, config)
  try {
    return await runner.run(path)
  } finally {
    await runner.close()
  }
}
