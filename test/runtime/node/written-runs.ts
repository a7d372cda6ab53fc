import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { RunFile } from '../../../runtime/node/run-files.ts'

/** What run.json says, but for what is given. */
export const about = (given: Partial<RunFile> = {}): RunFile => ({
  format: 1,
  program: 'step',
  created: new Date(2026, 2, 4, 5, 6).toISOString(),
  seed: 0,
  steps: 1000,
  config: {},
  environment: {
    fluxion: '0.1.0',
    node: 'v20.20.0',
    platform: 'linux x64',
    cpu: 'Some CPU, 2 cores',
    device: 'CPU (2 threads)',
    command: 'node train.js',
  },
  parameters: 12,
  memory: 4096,
  status: 'done',
  step: 1000,
  seconds: 12.3,
  ...given,
})

/** A new folder that has these files. Whoever asked for it removes it. */
export function folderWith(files: { readonly [path: string]: string | object }): string {
  const folder = mkdtempSync(join(tmpdir(), 'runs-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

/** metrics.jsonl of the values of one metric, at the steps 100, 200 ... */
export const losses = (kind: 'train' | 'evaluation', values: readonly (number | string)[]): string =>
  values
    .map((loss, i) => `${JSON.stringify({ step: 100 * (i + 1), seconds: i + 1, kind, values: { loss } })}\n`)
    .join('')
