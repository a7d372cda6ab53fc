import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDevice } from '../../index.ts'
import { isFull } from '../full.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { bundled } from './bundled.ts'
import { findChromium, startChromium } from './chromium.ts'
import type { Browser, Page } from './devtools.ts'
import { serve } from './served.ts'
import { fitOn, type Trained, type Training, train } from './train.ts'

// A page that trains, in a real browser, beside Node: the same program, seed and batches. WebGPU is in software in both
// where there is no GPU.

const training: Training = { steps: isFull ? 200 : 80, n: 32, seed: 1 }
const chromium = await findChromium()
if (chromium.reason !== undefined) console.warn(`training in a page: skipped, because ${chromium.reason}`)

describe.skipIf(chromium.executable === undefined)('in a page', () => {
  let browser: Browser
  let page: Page
  let isolated: Page
  let stop: () => Promise<void>
  beforeAll(async () => {
    const { modules } = await bundled("export { fitOn, trainOn } from './test/browser/train.ts'")
    const { url, close } = await serve(modules)
    stop = close
    browser = startChromium(chromium as { executable: string })
    page = await browser.open(url)
    isolated = await browser.open(`${url}/isolated`)
  })
  afterAll(async () => {
    await browser?.close()
    await stop?.()
  })

  const fittedInPage = (kind: 'cpu' | 'webgpu', options: object, where: Page, what: Training) =>
    where.evaluate(
      `import('/page.js').then(({ fitOn }) => fitOn('${kind}', ${JSON.stringify(what)}, ${JSON.stringify(options)}))`,
    ) as Promise<Trained>
  const trainedInPage = (kind: 'cpu' | 'webgpu', options: object = {}, where = page, what = training) =>
    where.evaluate(
      `import('/page.js').then(({ trainOn }) => trainOn('${kind}', ${JSON.stringify(what)}, ${JSON.stringify(options)}))`,
    ) as Promise<Trained>

  test('the CPU gives the losses of Node', async () => {
    const { losses } = await trainedInPage('cpu')
    const device = await openDevice('cpu')
    const inNode = await train(device, training)
    expect(losses).toHaveLength(training.steps)
    expect(apart(losses, inNode.losses)).toBeLessThan(1e-4)
  })

  test('the CPU has threads where the page is isolated, and gives the same to the bit', async () => {
    const large = { steps: 50, n: 512, seed: 1 }
    const inPage = (options: object, where: Page) =>
      trainedInPage('cpu', { ...options, relaxedSimd: false }, where, large)
    const [one, several, alone] = [
      await inPage({ threads: 1 }, isolated),
      await inPage({ threads: 3 }, isolated),
      await inPage({ threads: 3 }, page),
    ]
    expect(several.device).toBe('CPU (WebAssembly SIMD, 3 threads)')
    expect(alone.device).toBe('CPU (WebAssembly SIMD, 1 thread)')
    const device = await openDevice('cpu', { threads: 2, relaxedSimd: false })
    const inNode = await train(device, large)
    device.dispose()
    expect(one.losses.at(-1)).toBeLessThan(one.losses[0]!)
    for (const { losses } of [several, alone, inNode]) expect(losses).toEqual(one.losses)
  })

  test('fit trains there as in Node: on the CPU the same to the bit, whatever threads there are', {
    timeout: 180_000,
  }, async () => {
    const what = { steps: 60, n: 64, seed: 2 }
    const strict = { relaxedSimd: false }
    const { losses } = await fitOn('cpu', what, { ...strict, threads: 2 })
    expect(losses).toHaveLength(what.steps)
    const sum = (some: readonly number[]) => some.reduce((all, loss) => all + loss, 0)
    expect(sum(losses.slice(-20))).toBeLessThan(sum(losses.slice(0, 20)))
    expect((await fittedInPage('cpu', { ...strict, threads: 3 }, isolated, what)).losses).toEqual(losses)
    expect((await fittedInPage('cpu', strict, page, what)).losses).toEqual(losses)
    expect(apart((await fittedInPage('webgpu', {}, page, what)).losses, losses)).toBeLessThan(1e-4)
  })

  test("WebGPU gives the losses of Node's CPU, and of WebGPU in Node", { timeout: 180_000 }, async () => {
    const { device, losses } = await trainedInPage('webgpu')
    expect(device).toMatch(/^WebGPU/)
    const onCpu = await train(await openDevice('cpu'), training)
    expect(onCpu.losses.at(-1)).not.toBe(onCpu.losses[0])
    expect(apart(losses, onCpu.losses)).toBeLessThan(1e-4)
    if (missing(computing, 'WebGPU in Node')) return
    const gpu = await openDevice('webgpu', { gpu: computing.gpu! })
    expect(apart(losses, (await train(gpu, training)).losses)).toBeLessThan(1e-4)
    gpu.dispose()
  })

  test('what a page throws comes here, with what it wrote', async () => {
    await expect(page.evaluate("console.log('before'); throw new Error('no such thing')")).rejects.toThrow(
      /no such thing[\s\S]*before/,
    )
  })
})

/** How far losses are from others, relative to these: the worst of all steps. */
const apart = (losses: readonly number[], from: readonly number[]): number => {
  expect(losses).toHaveLength(from.length)
  return losses.reduce((worst, loss, i) => Math.max(worst, Math.abs(loss / from[i]! - 1)), 0)
}
