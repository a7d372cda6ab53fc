import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run as build } from '../../cli/build.ts'
import { type AnyProgram, compile, openDevice } from '../../index.ts'
import { alignment, arraysOf, listsFor } from '../cli/built-sources.ts'
import { printed } from '../cli/printed.ts'
import { bundled } from './bundled.ts'
import { findChromium, startChromium } from './chromium.ts'
import type { Browser } from './devtools.ts'
import { serve } from './served.ts'

// A page with the runtime and a program that was built ahead of time, in a real browser.

const chromium = await findChromium()
if (chromium.reason !== undefined) console.warn(`a built program in a page: skipped, because ${chromium.reason}`)

const page = (built: string): string => `
import { openDevice } from './runtime/index.ts'
import { alignPoints } from ${JSON.stringify(built)}

export async function objectives(kind, prior) {
  const arrays = (part) => Array.isArray(part) ? Float32Array.from(part) : Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, arrays(inner)]))
  const device = await openDevice(kind, { relaxedSimd: false })
  const run = await alignPoints(device)
  const { history } = run.steps(4, { state: await run.init({ seed: 3 }), given: { prior: arrays(prior) } }, { history: true })
  const found = [...await history.objective.read()]
  device.dispose()
  return found
}
`

describe.skipIf(chromium.executable === undefined)('in a page', () => {
  let folder: string
  let browser: Browser
  let stop: () => Promise<void>
  let url: string
  let files: ReadonlyMap<string, number>
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fluxion-built-'))
    writeFileSync(join(folder, 'alignment.js'), alignment)
    await printed(build, join(folder, 'alignment.js'), '--dims', 'n=6', '--out', join(folder, 'made'))
    const bundle = await bundled(page(join(folder, 'made/alignment.js')))
    files = bundle.files
    const served = await serve(bundle.modules)
    stop = served.close
    url = served.url
    browser = startChromium(chromium as { executable: string })
  })
  afterAll(async () => {
    await browser?.close()
    await stop?.()
    rmSync(folder, { recursive: true })
  })

  test('there is the runtime alone, and the step of an alignment gives there what compile makes of it in Node: on the CPU to the bit', async () => {
    expect([...files.keys()].filter((file) => /^(compiler|dsl|index\.ts)/.test(file))).toEqual([])
    const { alignPoints, field } = (await import(join(folder, 'alignment.js'))) as Source
    const prior = listsFor(field.params)
    const run = (await compile(alignPoints as never, await openDevice('cpu', { relaxedSimd: false }), {
      n: 6,
    } as never)) as unknown as AlignPoints
    const given = { state: await run.init({ seed: 3 }), given: { prior: arraysOf(prior) } }
    const found = [...(await run.steps(4, given, { history: true }).history.objective.read())]
    expect(new Set(found).size).toBe(4)

    const tab = await browser.open(url)
    const inPage = (kind: string) =>
      tab.evaluate(
        `import('/page.js').then(({ objectives }) => objectives('${kind}', ${JSON.stringify(prior)}))`,
      ) as Promise<readonly number[]>
    expect(await inPage('cpu')).toEqual(found)
    for (const [i, objective] of (await inPage('webgpu')).entries())
      expect(Math.abs(objective / found[i]! - 1)).toBeLessThan(1e-5)
  })
})

interface Source {
  readonly alignPoints: AnyProgram
  readonly field: { readonly params: object }
}
interface AlignPoints {
  init(options: { readonly seed: number }): Promise<unknown>
  steps(count: number, inputs: object, options: object): { history: { objective: { read(): Promise<Float32Array> } } }
}
