import { decode } from 'fast-png'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ModelResults, Results } from '../../../studies/align/results.ts'
import { reportOf } from '../../../studies/report/report.ts'
import { colours } from '../../../studies/report/style.ts'
import { everyNth } from '../../full.ts'
import { fakeResults, kinds, small } from './fake.ts'
import { cellsOf, flawsOf, textOf } from './markup.ts'

const results = fakeResults(kinds, small)
let page: string
beforeAll(async () => {
  page = await reportOf(results)
})

const withModel = (change: (model: ModelResults, i: number) => ModelResults, of = results): Results => ({
  ...of,
  models: of.models.map(change),
})

describe('a page', () => {
  test('needs nothing beside it: the paper is its only link outwards, pictures are in it, nothing is loaded or run', () => {
    expect([...page.matchAll(/https?:\/\/[^"\s<]*/g)].map(([url]) => url)).toEqual(['https://arxiv.org/abs/2506.05240'])
    expect(page).toContain('<a href="https://arxiv.org/abs/2506.05240">')
    for (const [, source] of page.matchAll(/\bsrc="([^"]*)"/g)) expect(source).toMatch(/^data:image\/png;base64,/)
    for (const [, target] of page.matchAll(/url\(([^)]*)\)/g)) expect(target).toMatch(/^#/)
    expect(page).not.toMatch(/<(script|link|iframe|object)\b|@import|\bon\w+=/)
  })

  test('is well formed, and the same whenever it is made', async () => {
    expect(flawsOf(page)).toEqual([])
    expect(await reportOf(results)).toBe(page)
  })

  test('has headings in order, a text for each picture, and tables whose heads have scopes', () => {
    const levels = [...page.matchAll(/<h(\d)/g)].map(([, level]) => Number(level))
    expect(levels[0]).toBe(1)
    levels.forEach((level, i) => {
      if (i > 0) expect(level).toBeLessThanOrEqual(levels[i - 1]! + 1)
    })
    for (const [picture] of page.matchAll(/<img [^>]*>/g)) expect(picture).toMatch(/ alt="[^"]{10,}"/)
    for (const [picture] of page.matchAll(/<svg [^>]*>/g)) expect(picture).toMatch(/role="img" aria-label="[^"]{10,}"/)
    for (const [head] of page.matchAll(/<th\b[^>]*>/g)) expect(head).toMatch(/scope="(col|row)"/)
    expect(page.match(/<table>/g)).toHaveLength(page.match(/<caption>/g)!.length)
  })

  test('draws with colours of the scheme alone', () => {
    const svgs = [...page.matchAll(/<svg [\s\S]*?<\/svg>/g)].map(([svg]) => svg.replace(/<defs[\s\S]*?<\/defs>/g, ''))
    expect(svgs.length).toBeGreaterThan(10)
    for (const svg of svgs)
      for (const [, colour] of svg.matchAll(/(?:fill|stroke)="([^"]*)"/g))
        expect(colour).toMatch(/^(none|var\(--\w+\))$/)
  })

  test.each(['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', 'a & b &lt; c'])(
    'shows a title as it is written: %s',
    async (title) => {
      const named = withModel((model) => ({
        ...model,
        title,
        name: title,
        curves: [{ name: title, points: [[1, 2]] }],
      }))
      const given = {
        ...named,
        command: title,
        device: title,
        caveats: [title],
        priors: named.priors.map((prior) => ({ ...prior, title, name: title, solver: title, projection: title })),
      }
      const html = await reportOf(given)
      expect(flawsOf(html)).toEqual([])
      expect(html).not.toMatch(/<script|<img src=x/)
      expect(textOf(html).split(title).length).toBeGreaterThan(20)
    },
  )
})

describe('numbers', () => {
  test('the table of results has those of the JSON', () => {
    const plain = results.models[0]!
    const rows = cellsOf(page, /Models on/)
    expect(rows).toHaveLength(results.models.length)
    results.models.forEach((model, i) => {
      const [, psnr, ssim, probe, reconstructed, generated, precision, recall, cost] = rows[i]!.map((cell) =>
        cell.replace(' (best)', ''),
      )
      expect(psnr).toBe(`${model.psnr.value.toFixed(2)} ± ${model.psnr.error.toFixed(2)}`)
      expect(ssim).toBe(`${model.ssim.value.toFixed(3)} ± ${model.ssim.error.toFixed(3)}`)
      expect(probe).toBe(model.probe.toFixed(3))
      const { value, floor } = model.reconstructionFrechet
      expect(reconstructed).toBe(`${value.toFixed(2)} noise ${floor.toFixed(2)}`)
      const { frechet } = model.generated
      expect(generated).toBe(`${frechet.value.toFixed(2)} noise ${frechet.floor.toFixed(2)}`)
      expect(precision).toBe(model.generated.precision.toFixed(3))
      expect(recall).toBe(model.generated.recall.toFixed(3))
      expect(cost).toBe(`${(model.millisecondsPerStep / plain.millisecondsPerStep).toFixed(2)}×`)
    })
  })

  test('that of priors has those of the JSON, and an error where there is one', async () => {
    const priors = results.priors.map((prior) => ({
      ...prior,
      energy: { value: 0.0123, floor: 0.0045, error: 0.0021 },
    }))
    const rows = cellsOf(await reportOf({ ...results, priors }), /Priors/)
    priors.forEach((prior, i) => {
      expect(rows[i]!.slice(3, 7)).toEqual([
        prior.intrinsicDimension.toFixed(1),
        prior.distortion.toFixed(3),
        `${prior.heldOutNll.value.toFixed(2)} ± ${prior.heldOutNll.error.toFixed(2)}`,
        '0.0123 ± 0.0021 noise 0.0045',
      ])
    })
  })

  // One of each kind, where numbers that stand in lists are of one kind.
  const one = fakeResults([kinds[0]!, kinds[4]!], small)
  const leaves = new Map(
    numbersIn(one).map((path) => [path.map((key) => (/^\d+$/.test(key) ? '*' : key)).join('.'), path]),
  )
  let before: string
  beforeAll(async () => {
    before = await reportOf(one)
  })
  leaves.delete('format')
  test.each(everyNth([...leaves], 3))('the page changes with %s', async (_, path) => {
    expect(await reportOf(changed(one, path))).not.toBe(before)
  })

  test('what is no number is said in words, and is an alarm', async () => {
    const broken = withModel((model, i) => {
      if (i === 1) return { ...model, generated: { ...model.generated, frechet: { value: Number.NaN, floor: 0.4 } } }
      if (i === 2)
        return {
          ...model,
          psnr: { value: Number.NEGATIVE_INFINITY, error: Number.NaN },
          curves: [
            {
              name: 'loss',
              points: [
                [1, 4],
                [7, Number.POSITIVE_INFINITY],
                [9, Number.NaN],
              ],
            },
          ],
          planes: [{ method: 'PCA', latents: [[Number.NaN, 1, 3]], target: [] }],
        }
      return model
    })
    const html = await reportOf(broken)
    expect(flawsOf(html)).toEqual([])
    expect(html).not.toMatch(/\bNaN\b|\bundefined\b|(?<!-)\bInfinity\b/)
    const rows = cellsOf(html, /Models on/)
    expect(rows[1]![5]).toBe('not a number noise 0.40')
    expect(rows[2]![1]).toBe('minus infinity ± not a number')
    const alarms = textOf(/<section id="alarms"[\s\S]*?<\/section>/.exec(html)![0])
    expect(alarms).toContain('KL to N(0, I) : the Fréchet distance of generated digits is not a number')
    expect(alarms).toContain('matched to word vectors : PSNR is minus infinity')
    expect(alarms).toContain('matched to word vectors : ‘loss’ in training had values that are not finite')
    expect(textOf(html)).toContain('matched to word vectors is infinity at step 7')
    expect(textOf(html)).toContain('PCA: 1 latents; not drawn, since not finite: 1')
  })
})

describe('pictures', () => {
  test('have the bytes of the images', () => {
    const { images } = results.models[0]!
    const source = /src="data:image\/png;base64,([^"]*)"[^>]*alt="3 digits that the generator of plain draws"/.exec(
      page,
    )
    const png = decode(Buffer.from(source![1]!, 'base64'))
    expect([png.width, png.height, png.channels]).toEqual([3 * 28 + 2 * 2, 28, 1])
    images.samples.forEach((image, i) => {
      const drawn = image.map((_, p) => png.data[Math.floor(p / 28) * png.width + i * 30 + (p % 28)])
      expect(drawn).toEqual(image)
    })
  })

  test('originals stand once where all models have the same, and with each where they differ', async () => {
    const originals = (html: string) => html.match(/alt="digits that were held out"/g)!.length
    expect(originals(page)).toBe(1)
    const other = withModel((model, i) =>
      i === 0 ? { ...model, images: { ...model.images, originals: model.images.reconstructions } } : model,
    )
    expect(originals(await reportOf(other))).toBe(results.models.length)
  })
})

describe('the plane', () => {
  const { toy } = results
  test('says how each objective ends, and is left out where it was not computed', async () => {
    const section = textOf(/<section id="toy"[\s\S]*?<\/section>/.exec(page)![0])
    expect(section).toContain(
      'Collapsed after 300 steps, by ‘likelihood’ and ‘mode width’: -log p is −2.83, 3.35 below',
    )
    expect(section).toContain('No alarm after 300 steps: -log p is −0.61')
    expect(section).toContain('it is 2.24 at a minimiser, 1.04 standard deviations from the mean of its mode, and 2.55')
    const { toy: _, ...others } = results
    expect(await reportOf(others)).not.toContain('<section id="toy"')
  })

  test('of maps with holes and points that are nowhere is drawn without them', async () => {
    const [map, ...maps] = toy!.landscapes.maps
    const holes = { ...map!, values: map!.values.map((row) => row.map((value, i) => (i === 0 ? Number.NaN : value))) }
    const [first, ...others] = toy!.objectives
    const nowhere = first!.snapshots.map((snapshot) => ({ ...snapshot, points: [[Number.NaN, 1]] as const }))
    const html = await reportOf({
      ...results,
      toy: {
        ...toy!,
        landscapes: { ...toy!.landscapes, maps: [holes, ...maps] },
        objectives: [{ ...first!, snapshots: nowhere }, ...others],
      },
    })
    expect(flawsOf(html)).toEqual([])
    expect(html).not.toMatch(/\bNaN\b/)
    expect(textOf(html)).toContain('At first , 1 not in the picture')
  })
})

describe('models', () => {
  test('one, without a prior, is shown alone', async () => {
    const html = await reportOf({ ...fakeResults(kinds.slice(0, 1), small), priors: [], caveats: [] })
    expect(flawsOf(html)).toEqual([])
    expect(cellsOf(html, /Models on/)).toHaveLength(1)
    expect(textOf(html)).toContain('One model was trained')
    expect(html).not.toContain('(best)')
  })

  test('eight have lines that differ', async () => {
    const eight = [...kinds, ...kinds.slice(1, 4).map((kind) => ({ ...kind, title: `${kind.title}, again` }))]
    const html = await reportOf(fakeResults(eight, small))
    expect(flawsOf(html)).toEqual([])
    const legend = /<h3>Autoencoders<\/h3>\s*<ul class="legend">(.*?)<\/ul>/s.exec(html)![1]!
    const looks = [...legend.matchAll(/style="([^"]*)"/g)].map(([, look]) => look)
    expect(new Set(looks).size).toBe(8)
  })

  test('without a plain one have no cost beside it', async () => {
    const html = await reportOf(fakeResults(kinds.slice(2), small))
    for (const row of cellsOf(html, /Models on/)) expect(row.at(-1)).toBe('–')
    expect(textOf(html)).toContain('There is no plain autoencoder beside it.')
  })
})

describe('alarms', () => {
  test('stand before the results, in words, escaped', async () => {
    const html = await reportOf(
      withModel((model, i) =>
        i === 0 ? { ...model, latents: { ...model.latents, alarms: ['too <narrow>'] } } : model,
      ),
    )
    expect(html.indexOf('too &lt;narrow&gt;')).toBeGreaterThan(0)
    expect(html.indexOf('too &lt;narrow&gt;')).toBeLessThan(html.indexOf('<table>'))
    expect(html).toContain('<h2>2 alarms</h2>')
  })

  test('are said to be none where there are none', async () => {
    const html = await reportOf(fakeResults(kinds.slice(0, 4), small))
    expect(html).not.toContain('class="alarms"')
    expect(textOf(html)).toContain('None: no latents have collapsed')
  })
})

test.each(Object.entries(colours))('text and marks are told from what they stand on: %s', (_, scheme) => {
  for (const text of [scheme.text, scheme.muted, scheme.link]) {
    expect(contrast(text, scheme.card)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(text, scheme.back)).toBeGreaterThanOrEqual(4.5)
  }
  for (const text of [scheme.text, scheme.warn]) expect(contrast(text, scheme['warn-back'])).toBeGreaterThanOrEqual(4.5)
  for (const [name, colour] of Object.entries(scheme))
    if (/^c\d$/.test(name)) expect(contrast(colour, scheme.card), name).toBeGreaterThanOrEqual(3)
})

/** By WCAG 2. */
function contrast(a: string, b: string): number {
  const [low, high] = [a, b].map(luminance).sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const part = Number.parseInt(colour.slice(i, i + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

/** The paths of all numbers; of lists the last has its path kept. */
function numbersIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value === 'number') return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => numbersIn(part, [...path, key]))
}

/** The same with one number changed by about a third, as can be seen; labels and bytes stay what they are. */
function changed<T>(value: T, [key, ...rest]: readonly string[]): T {
  if (key === undefined) {
    const number = value as number
    return (Number.isInteger(number) && number <= 255 && number > 0 ? number - 1 : number * 1.37 + 1) as T
  }
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as T & { [key: string]: unknown }
  copy[key as keyof typeof copy] = changed(copy[key], rest) as never
  return copy
}
