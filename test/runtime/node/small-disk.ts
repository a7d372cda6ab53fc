import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtForNode } from './built.ts'

/** Mounts a disk of 64 KiB, which is there for one process and its children only, and gone with it. */
const mounted = (folder: string, command: string): readonly string[] => [
  ...['--mount', '--map-root-user', 'sh', '-c'],
  `mount -t tmpfs -o size=64k tmpfs '${folder}' && ${command}`,
]

/** Why this machine cannot mount a disk, if it cannot. */
export function noSmallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'fluxion-disk-'))
  try {
    execFileSync('unshare', [...mounted(folder, 'true')], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `no small disk can be mounted here: ${error instanceof Error ? error.message.split('\n').slice(0, 2).join(' ') : error}`
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Runs code with all that a file of the project exports as `library`, and a full disk's path as `disk`; `readOnly()`
 * makes the disk so. What it logs.
 */
export async function onSmallDisk(file: string, code: string): Promise<string> {
  const { folder, main } = await builtForNode(file)
  const disk = mkdtempSync(join(folder, 'disk-'))
  try {
    writeFileSync(
      join(folder, 'script.mjs'),
      `import * as library from '${main}'
      import { execFileSync } from 'node:child_process'
      const disk = '${disk}'
      const readOnly = () => execFileSync('mount', ['-o', 'remount,ro', disk])
      ${code}`,
    )
    return await new Promise((done, failed) => {
      const script = `'${process.execPath}' '${join(folder, 'script.mjs')}'`
      execFile('unshare', [...mounted(disk, script)], (error, stdout, stderr) =>
        error ? failed(new Error(`${error.message}${stderr}`)) : done(stdout),
      )
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
