import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run as build } from '../../cli/build.ts'
import { openDevice } from '../../index.ts'
import { printed } from '../cli/printed.ts'
import { bundled } from './bundled.ts'
import { findChromium, startChromium } from './chromium.ts'
import type { Browser } from './devtools.ts'
import { serve } from './served.ts'

// A page with the runtime and a program that was built ahead of time, in a real browser.

const chromium = await findChromium()
if (chromium.reason !== undefined) console.warn(`a built program in a page: skipped, because ${chromium.reason}`)

const model = `import { f32, program } from 'fluxion'
export const decay = program(
  { state: { x: f32('n') }, rate: f32() },
  ({ state, rate }) => {
    const x = state.x.mul(rate).add(0.25)
    return { state: { x }, norm: x.square().sum().sqrt() }
  },
  { name: 'decay' },
)
`
const page = (built: string): string => `
import { openDevice } from './runtime/index.ts'
import { decay } from ${JSON.stringify(built)}

export async function norms(kind) {
  const device = await openDevice(kind, { relaxedSimd: false })
  const run = await decay(device)
  const { history } = run.steps(3, { state: await run.init({ seed: 0 }), rate: 0.5 }, { history: true })
  const norms = [...await history.norm.read()]
  device.dispose()
  return norms
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
    writeFileSync(join(folder, 'decay.js'), model)
    await printed(build, join(folder, 'decay.js'), '--dims', 'n=5', '--out', join(folder, 'made'))
    const bundle = await bundled(page(join(folder, 'made/decay.js')))
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

  test('there is the runtime alone, and both devices give what the CPU gives in Node', async () => {
    expect([...files.keys()].filter((file) => /^(compiler|dsl|index\.ts)/.test(file))).toEqual([])
    const { decay } = (await import(join(folder, 'made/decay.js'))) as { decay: (device: unknown) => Promise<Decay> }
    const run = await decay(await openDevice('cpu', { relaxedSimd: false }))
    const { history } = run.steps(3, { state: await run.init({ seed: 0 }), rate: 0.5 }, { history: true })
    const norms = [...(await history.norm.read())]
    expect(norms[2]).toBeGreaterThan(0.9)
    const tab = await browser.open(url)
    const inPage = (kind: string) => tab.evaluate(`import('/page.js').then(({ norms }) => norms('${kind}'))`)
    expect(await inPage('cpu')).toEqual(norms)
    for (const [i, norm] of ((await inPage('webgpu')) as readonly number[]).entries())
      expect(norm).toBeCloseTo(norms[i]!, 6)
  })
})

interface Decay {
  init(options: { readonly seed: number }): Promise<unknown>
  steps(count: number, inputs: object, options: object): { history: { norm: { read(): Promise<Float32Array> } } }
}
