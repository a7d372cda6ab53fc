import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'vite'

/** Builds a file of the project for Node, into a temporary folder; gives the folder, and what to start. */
export async function builtForNode(file: string): Promise<{ readonly folder: string; readonly main: string }> {
  const root = resolve(import.meta.dirname, '../../..')
  const folder = await mkdtemp(join(tmpdir(), 'built-'))
  await build({
    root,
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: join(root, file),
      outDir: folder,
      target: 'node20',
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'main.mjs' } },
    },
  })
  return { folder, main: join(folder, 'main.mjs') }
}
