import type { InlineConfig } from 'vite'

/** What a module exports, and the files that it is made of. */
export interface RunModule {
  readonly exports: { readonly [name: string]: unknown }
  /** Absolute paths: its own, and those of the modules that it imports, of packages not. */
  readonly files: readonly string[]
}

/** Runs a module of JavaScript or TypeScript in this process, as it is now. Rejects with what Vite says of it, and what it throws. */
export async function runModule(
  vite: typeof import('vite'),
  path: string,
  config: Pick<InlineConfig, 'plugins' | 'resolve'>,
): Promise<RunModule> {
  // Else errors and kernels name lines of what Vite made of the file.
  process.setSourceMapsEnabled(true)
  const { module, dependencies } = await vite.runnerImport<RunModule['exports']>(path, {
    configFile: false,
    envFile: false,
    logLevel: 'silent',
    ...config,
  })
  return { exports: module, files: [...new Set([path, ...dependencies])] }
}
