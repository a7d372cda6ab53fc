import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { run } from '../../cli/report.ts'
import { parseResults } from '../../studies/report/read.ts'
import { reportOf } from '../../studies/report/report.ts'
import { toJson } from '../../studies/texts.ts'
import { fakeResults, kinds, small } from '../studies/report/fake.ts'

const results = fakeResults(kinds.slice(0, 2), small)
const json = toJson(results)
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxion-report-'))
  writeFileSync(join(folder, 'results.json'), json)
  writeFileSync(join(folder, 'other.json'), json)
  mkdirSync(join(folder, 'empty'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What it prints. */
async function printed(...args: readonly string[]): Promise<string> {
  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line) => lines.push(`${line}`))
  try {
    await run(args)
  } finally {
    log.mockRestore()
  }
  return lines.join('\n')
}
const at = (name: string): string => join(folder, name)
const written = (name: string): string => readFileSync(at(name), 'utf8')

describe('the page is written', () => {
  test('of a folder beside its results, of a file beside it, or where --out says', async () => {
    const page = await reportOf(results)
    expect(await printed(folder)).toBe(`wrote ${at('report.html')}`)
    expect(await printed(at('other.json'))).toBe(`wrote ${at('other.html')}`)
    expect(await printed(folder, '--out', at('empty/a.html'))).toBe(`wrote ${at('empty/a.html')}`)
    for (const name of ['report.html', 'other.html', 'empty/a.html']) expect(written(name)).toBe(page)
    rmSync(at('empty/a.html'))
  })

  test('help says what it takes', async () => {
    expect(await printed('--help')).toContain('fluxion report FOLDER|FILE.json')
    expect(await printed(folder, '--help')).toContain('--out FILE.html')
  })
})

describe('says what is wrong', () => {
  test.each([
    [['no-such-place'], "there is no 'no-such-place'; expected the folder of a run, or the JSON file of its results"],
    [[], 'a report is made of results: fluxion report FOLDER|FILE.json|RUN... [--out FILE.html]'],
    [['--out', 'a.html'], 'expected FOLDER|FILE.json|RUN...; FOLDER|FILE.json|RUN... was not given'],
    [['--ouy', 'a.html'], 'there is no option --ouy; did you mean --out?'],
  ])('%j', async (args, message) => {
    await expect(run(args)).rejects.toThrow(message)
  })

  test('of a folder without results', async () => {
    await expect(run([at('empty')])).rejects.toThrow(
      `there is no results.json in '${at('empty')}'; expected the folder of`,
    )
  })

  test('of a place where the page cannot be written', async () => {
    const to = (out: string) => run([folder, '--out', out])
    await expect(to(at('missing/a.html'))).rejects.toThrow(
      `there is no folder '${at('missing')}'; make it, or give another`,
    )
    await expect(to(at('empty'))).rejects.toThrow('which is a folder; give the name of a file in it')
  })

  test.each([
    ['{}', 'has no results: expected an object with format 1'],
    ['[1, 2]', 'has no results: expected an object with format 1'],
    ['null', 'has no results'],
    ['{"format": 2}', 'has format 2, expected 1; make its report with the version'],
    ['', "'r.json' breaks off after 0 characters"],
    ['<html></html>', "'r.json' is not JSON ("],
    ['{"format": 1}', 'expected created to be a date, found nothing'],
  ])('of a file with %s', (text, message) => {
    expect(() => parseResults(text, 'r.json')).toThrow(message)
  })

  test('of a file that breaks off anywhere', () => {
    const compact = JSON.stringify(results)
    const cut = fc.integer({ min: 1, max: compact.length - 1 }).map((length) => compact.slice(0, length))
    fc.assert(
      fc.property(cut, (text) => {
        expect(() => parseResults(text, 'r.json')).toThrow(`'r.json' breaks off after ${text.length} characters`)
      }),
    )
  })

  test.each([
    ['a text for a number', (r: Loose) => ({ ...r, seed: 'one' }), 'expected seed to be a number, found "one"'],
    [
      'a row too short in a map',
      (r: Loose) => {
        const { maps } = results.toy!.landscapes
        const short = { ...maps[0], values: [...maps[0]!.values.slice(0, -1), [1, 2]] }
        return { ...r, toy: { ...results.toy, landscapes: { ...results.toy!.landscapes, maps: [short] } } }
      },
      'expected toy.landscapes.maps[0].values[7] to have 8 numbers, as there are rows, found 2',
    ],
    ['no models', (r: Loose) => ({ ...r, models: [] }), 'expected models to have one at least, found none'],
    [
      'a field left out',
      model(({ psnr: _, ...rest }) => rest),
      'expected models[1].psnr to be an object, found nothing',
    ],
    [
      'another objective',
      model((m) => ({ ...m, regulariser: { objective: 'l', weight: 1 } })),
      'expected models[1].regulariser.objective to be kl or match or align or likelihood, found "l"',
    ],
    [
      'an image of another size',
      model((m) => ({ ...m, images: { ...m.images, height: 27 } })),
      'expected models[1].images.originals[0] to have 27 x 28 bytes, found 784',
    ],
    [
      'a point of one number',
      model((m) => ({ ...m, curves: [{ name: 'a', points: [[1]] }] })),
      'expected models[1].curves[0].points[0] to be a list of 2 numbers, found [1]',
    ],
  ])('of %s', (_, change, message) => {
    expect(() => parseResults(JSON.stringify(change(results)), 'r.json')).toThrow(message)
  })
})

type Loose = typeof results
type LooseModel = Loose['models'][number]
function model(change: (model: LooseModel) => object): (results: Loose) => object {
  return (r) => ({ ...r, models: r.models.map((m, i) => (i === 1 ? change(m) : m)) })
}

test('what was written is what is read, with numbers that JSON has none for', () => {
  const odd = {
    ...results,
    seconds: Number.POSITIVE_INFINITY,
    models: results.models.map((m) => ({
      ...m,
      probe: Number.NaN,
      psnr: { value: Number.NEGATIVE_INFINITY, error: 1 },
    })),
  }
  expect(parseResults(toJson(odd), 'r.json')).toEqual(odd)
  expect(parseResults(JSON.stringify(odd), 'r.json').models[0]!.probe).toBeNaN()
})

describe('of runs of training', () => {
  const about = (seed: number, more: object = {}): object => ({
    format: 1,
    program: 'step',
    created: '2025-03-04T05:06:07.000Z',
    seed,
    steps: 40,
    config: { width: 8 * (seed + 1), name: '<b>' },
    environment: {
      fluxion: '0.1.0',
      node: 'v20.19.0',
      platform: 'linux x64',
      cpu: 'One, 2 cores',
      device: 'CPU & co',
      command: 'node a.js',
    },
    parameters: 12,
    memory: 4096,
    status: 'done',
    step: 40,
    seconds: 2,
    ...more,
  })
  const runOf = (name: string, run: object, values: readonly (number | string)[] = []): string => {
    mkdirSync(at(name), { recursive: true })
    writeFileSync(at(`${name}/run.json`), JSON.stringify(run))
    const lines = values.map((loss, i) =>
      JSON.stringify({ step: i + 1, seconds: i / 20, kind: 'train', values: { loss } }),
    )
    const last = { step: 40, seconds: 2, kind: 'evaluation', values: { score: 0.25 } }
    writeFileSync(at(`${name}/metrics.jsonl`), `${[...lines, JSON.stringify(last)].join('\n')}\n`)
    return at(name)
  }
  const losses = Array.from({ length: 40 }, (_, i) => 40 - i)

  test('one has its end, its metrics, its curves and its settings', async () => {
    const run = runOf('a/one', about(3), losses)
    expect(await printed(run)).toBe(`wrote ${join(run, 'report.html')}`)
    const page = readFileSync(join(run, 'report.html'), 'utf8')
    expect(page).toContain('<b>one</b>: begun 2025-03-04 05:06 UTC, done, after 40 steps, in 2.0 s; no checkpoint.')
    expect(page).toMatch(/train\/loss<\/th><td>1 <small>at 40<\/small><\/td><td>1 <small>at 40/)
    expect(page).toMatch(/evaluation\/score<\/th><td>0\.25 <small>at 40/)
    expect(page).toContain('loss by step: one ends at 1')
    expect(page).toMatch(/config\.width<\/th><td class="left">32</)
    expect(page).toContain('&lt;b&gt;')
    expect(page).toContain('on CPU &amp; co')
  })

  test('several are beside each other, told apart, with what differs first', async () => {
    const runs = [
      runOf('b/x', about(0), losses),
      runOf('c/x', about(1, { status: 'failed', step: 7, message: 'loss is NaN' }), [3, 2, 'NaN']),
    ]
    expect(await printed(...runs, '--out', at('both.html'))).toBe(`wrote ${at('both.html')}`)
    const page = readFileSync(at('both.html'), 'utf8')
    expect(page).toContain('<b>b/x</b>: begun')
    expect(page).toMatch(
      /<b>c\/x<\/b>: begun [^<]*, failed after 40 steps of 40, in 2\.0 s; no checkpoint\. loss is NaN/,
    )
    expect(page).toContain('c/x is not a number at step 3')
    const settings = [
      ...page.slice(page.indexOf('id="run"')).matchAll(/<th scope="row">([^<]*)(<small>differs<\/small>)?/g),
    ]
    expect(settings.map(([, name, differs]) => [name!.trim(), differs !== undefined])).toEqual([
      ['seed', true],
      ['config.width', true],
      ...['program', 'steps', 'parameters', 'memory', 'config.name'].map((name) => [name, false]),
      ...['fluxion', 'node', 'platform', 'cpu', 'device', 'command'].map((name) => [`environment.${name}`, false]),
    ])
  })

  test('curves of very many points keep their ends and their peaks', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => (i === 12_345 ? 1000 : 100 + Math.sin(i / 50)))
    const run = runOf('many', about(0, { steps: 20_000, step: 20_000 }), many)
    await printed(run)
    const page = readFileSync(join(run, 'report.html'), 'utf8')
    expect(page.length).toBeLessThan(60_000)
    const few = runOf(
      'few',
      about(0, { steps: 20_000, step: 20_000 }),
      many.map((value, i) => (i === 12_345 ? 100 : value)),
    )
    await printed(few)
    // The peak is what the axis goes up to.
    expect(page).toMatch(/>1k</)
    expect(readFileSync(join(few, 'report.html'), 'utf8')).not.toMatch(/>1k</)
  })

  test('what is none is said', async () => {
    await expect(printed(runOf('d', about(0)), at('empty'))).rejects.toThrow(`there is no run in '${at('empty')}'`)
  })
})
