import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { arch, cpus, platform, release } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a run ran on. */
export type Environment = {
  readonly fluxion: string
  readonly node: string
  readonly platform: string
  readonly cpu: string
  readonly device: string
  /** As it was started. */
  readonly command: string
}

export async function environmentOf(device: string): Promise<Environment> {
  return {
    fluxion: await version(),
    node: process.version,
    platform: `${platform()} ${arch()} ${release()}`,
    cpu: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
    device,
    command: [process.argv0, ...process.execArgv, ...process.argv.slice(1)].join(' '),
  }
}

/** That of the package which this file is in. */
async function version(): Promise<string> {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder)
    if (above === folder) return 'unknown'
    folder = above
  }
  const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  return name === 'fluxion' ? version : 'unknown'
}
