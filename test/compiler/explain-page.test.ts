import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { step } from '../../bench/programs/matching.ts'
import { describe as describeKernels } from '../../compiler/explain/describe.ts'
import { explain } from '../../compiler/explain/explain.ts'
import { profileOf } from '../../compiler/explain/profile.ts'
import { f32, program, scan } from '../../dsl/index.ts'
import { findChromium, startChromium } from '../browser/chromium.ts'
import type { Browser, Page } from '../browser/devtools.ts'
import { executableOf } from './differential.ts'
import { compileProgram } from './fuse/compile-program.ts'

const compilation = compileProgram(step, { n: 8 }, 'wgsl')
const { code } = executableOf(compilation)
const explained = describeKernels(compilation, code, true)
const nanoseconds = [explained.kernels.map(({ index }) => 1000 * (index + 1))]
const profile = profileOf(explained, 'a GPU', nanoseconds)
const html = await explain(compilation, code, { format: 'html', profile })

test('the page has all kernels and needs nothing beside it', () => {
  expect(html).toMatch(/^<!doctype html>/)
  expect(html).not.toMatch(/\b(src|href)="(?!#)|@import|url\((?!#)|https?:/)
  for (const { index } of explained.kernels) {
    expect(html).toContain(`data-kernel="${index}"`)
    expect(html).toContain(`id="about-${index}"`)
  }
  const between = explained.tensors.flatMap(({ madeBy, readBy }) =>
    madeBy === undefined ? [] : readBy.map((reader) => `data-from="${madeBy}" data-to="${reader}"`),
  )
  expect(between.length).toBeGreaterThan(0)
  for (const arrow of between) expect(html).toContain(arrow)
})

test('names are text, never markup', async () => {
  const named = program({ x: f32(8) }, ({ x }) => x.mul(2), { name: '<img src=x onerror="alert(1)">&' })
  const made = compileProgram(named)
  const page = String(await explain(made, executableOf(made).code, { format: 'html' }))
  expect(page).not.toContain('<img')
  expect(page).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;')
})

test('pages of nothing, of one kernel and of loops are whole', async () => {
  const shift = program({ x: f32('n') }, ({ x }) => x.add(1))
  const turns = program({ x: f32(8) }, ({ x }) => scan((c) => [c.sin(), {}] as const, x, {}, { length: 3 })[0])
  for (const made of [compileProgram(shift, { n: 0 }), compileProgram(shift, { n: 4 }), compileProgram(turns)]) {
    const page = String(await explain(made, executableOf(made).code, { format: 'html' }))
    expect(page.slice(0, page.indexOf('<script>'))).not.toMatch(/NaN|Infinity|undefined/)
  }
})

const chromium = await findChromium()
if (chromium.reason !== undefined) console.warn(`the page in a browser: skipped, because ${chromium.reason}`)

describe.skipIf(chromium.executable === undefined)('in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'explained-'))
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    const file = join(folder, 'page.html')
    writeFileSync(file, String(html))
    browser = startChromium(chromium as { executable: string })
    page = await browser.open(`${pathToFileURL(file)}#kernel-2`)
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })
  const shown = () => page.evaluate(`all('article:not([hidden])').map(({ id }) => id)`)

  test('it shows the kernel that the address names, then the one that is clicked', async () => {
    expect(await shown()).toEqual(['about-2'])
    await page.evaluate(`document.querySelector('[data-kernel="4"]').dispatchEvent(new MouseEvent('click'))`)
    expect(await shown()).toEqual(['about-4'])
    expect(await page.evaluate(`all('.kernel.chosen').map((one) => one.dataset.kernel)`)).toEqual(['4'])
    const made = explained.kernels[4]!.reads.flatMap((number) => explained.tensors[number]!.madeBy ?? [])
    expect(await page.evaluate(`all('.arrow.chosen-in').map((one) => Number(one.dataset.from)).sort()`)).toEqual(
      [...new Set(made)].sort(),
    )
    await page.evaluate(`document.querySelector('#about-4 a[href^="#kernel-"]').click()`)
    expect(await shown()).toEqual([`about-${made[0]}`])
  })

  test('boxes are as long as what is chosen', async () => {
    const widths = async (measure: string) => {
      await page.evaluate(`document.querySelector('[data-measure="${measure}"]').click()`)
      return (await page.evaluate(`all('.box').map((one) => Number(one.getAttribute('width')))`)) as number[]
    }
    const times = await widths('time')
    const most = Math.max(...times)
    const last = explained.kernels.length
    for (const [kernel, width] of times.entries())
      expect(Math.abs(width / most - (kernel + 1) / last)).toBeLessThan(0.01)
    const flops = await widths('FLOP')
    const largest = explained.kernels.toSorted((a, b) => b.flops - a.flops)[0]!
    expect(flops[largest.index]).toBe(Math.max(...flops))
  })

  test('nothing is wider than the window', async () => {
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  })
})
