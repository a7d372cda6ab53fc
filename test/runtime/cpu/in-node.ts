import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundled } from '../../browser/bundled.ts'

/**
 * Runs a script in a Node process of its own, which may import what pages train with as './page.js', and gives what it
 * prints. Throws where the process does not end by itself within half a minute.
 */
export async function runInNode(script: string, { flags = [], evaluated = false }: InNode = {}): Promise<string> {
  const { modules } = await bundled("export { trainOn } from './test/browser/train.ts'")
  const folder = await mkdtemp(join(tmpdir(), 'in-node-'))
  try {
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await mkdir(join(folder, 'assets'))
    for (const [name, code] of modules) await writeFile(join(folder, name), code)
    await writeFile(join(folder, 'main.js'), script)
    const what = evaluated ? ['--input-type=module', '--eval', script] : ['main.js']
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...what], {
      cwd: folder,
      timeout: 30_000,
    })
    return stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}

export interface InNode {
  readonly flags?: readonly string[]
  /** Whether it is given on the command line, as text. */
  readonly evaluated?: boolean
}
