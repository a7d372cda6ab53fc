import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { PluginOption } from 'vite'
import { fluxion as plugin } from '../vite/index.ts'

// In this checkout the package is not installed: here its names stand for its sources.

const root = resolve(import.meta.dirname, '..')
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: { readonly [entry: string]: { readonly default: string } }
}

export const alias = Object.entries(exports).map(([entry, { default: built }]) => ({
  find: new RegExp(`^fluxion${entry.slice(1)}$`),
  replacement: join(root, built.replace('./dist/', '').replace(/js$/, 'ts')),
}))

/** The plugin of `fluxion/vite`, and the sources. */
export const fluxion = (): PluginOption => [plugin(), { name: 'checkout', config: () => ({ resolve: { alias } }) }]
