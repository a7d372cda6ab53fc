import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type PreviewServer, preview } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../browser/bundled.ts'
import { findChromium, startChromium } from '../browser/chromium.ts'
import type { Browser } from '../browser/devtools.ts'

// The page as Vite builds it, with its own configuration, in a real browser.

const page = join(root, 'examples/page')
const chromium = await findChromium()
if (chromium.reason !== undefined) console.warn(`the example's page: skipped, because ${chromium.reason}`)

describe.skipIf(chromium.executable === undefined)('the page', () => {
  let outDir: string
  let server: PreviewServer
  let browser: Browser
  beforeAll(async () => {
    outDir = mkdtempSync(join(tmpdir(), 'page-'))
    await build({ root: page, logLevel: 'warn', build: { outDir, emptyOutDir: true } })
    server = await preview({ root: page, logLevel: 'warn', build: { outDir }, preview: { port: 0, host: '127.0.0.1' } })
    browser = startChromium(chromium as { executable: string })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    rmSync(outDir, { recursive: true })
  })

  test('trains, with numbers that fall, and draws; and says what is wrong with a file', {
    timeout: 120_000,
  }, async () => {
    const opened = await browser.open(`${server.resolvedUrls!.local[0]}?steps=100`)
    const { status, device, seen, colours } = (await opened.evaluate(watched)) as Watched
    expect(status).toBe('Done')
    expect(device).toMatch(/^Computed by (CPU|WebGPU)/)
    for (const name of ['loss', 'reconstruction', 'regulariser', 'psnr', 'energy', 'noise', 'alarms'])
      expect(seen[name]!.every(Number.isFinite), name).toBe(true)
    for (const name of ['loss', 'reconstruction', 'energy'])
      expect(seen[name]!.at(-1), name).toBeLessThan(seen[name]![0]!)
    expect(seen.psnr!.at(-1)! - seen.psnr![0]!).toBeGreaterThan(3)
    expect(seen.energy!.length).toBeGreaterThan(3)
    for (const [name, count] of Object.entries(colours)) expect(count, name).toBeGreaterThan(10)
    // Another file is chosen, and is none.
    expect(await opened.evaluate(choosing)).toBe(
      "DataError: mine.npy, byte 0: expected a .npy file, which begins with '\\x93NUMPY'",
    )
  })
})

interface Watched {
  readonly status: string
  readonly device: string
  readonly seen: { readonly [name: string]: readonly number[] }
  readonly colours: { readonly [canvas: string]: number }
}

const watched = `new Promise((done) => {
  const seen = {}
  const look = () => {
    for (const { id, textContent } of document.querySelectorAll('dd'))
      if ((seen[id] ??= []).at(-1) !== Number(textContent)) seen[id].push(Number(textContent))
    const status = document.getElementById('status')
    if (status.textContent !== 'Done' && !status.classList.contains('failed')) return setTimeout(look, 20)
    const colours = [...document.querySelectorAll('canvas')].map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      return [canvas.id, new Set(new Uint32Array(data.buffer)).size]
    })
    const device = document.getElementById('device').textContent
    done({ status: status.textContent, device, seen, colours: Object.fromEntries(colours) })
  }
  look()
})`

const choosing = `new Promise((done) => {
  const status = document.getElementById('status')
  const input = document.getElementById('file')
  const chosen = new DataTransfer()
  chosen.items.add(new File([new Uint8Array(9)], 'mine.npy'))
  input.files = chosen.files
  input.dispatchEvent(new Event('change'))
  const look = () => status.classList.contains('failed') ? done(status.textContent) : setTimeout(look, 20)
  look()
})`
