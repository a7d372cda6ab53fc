import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../cli/align.ts'
import { run as runStudy } from '../../cli/study.ts'
import { studies } from '../../studies/align/plans.ts'
import { readResults } from '../../studies/report/read.ts'
import { isFull } from '../full.ts'
import { folderOf, fromSources, root, typeErrorsOf } from '../listings.ts'
import { heard } from './printed.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxion-align-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What `align` or another command prints; `hear` is told of each line as it comes. */
const printed = (args: readonly string[], hear: (line: string) => void = () => {}, command = run) =>
  heard(command, args, hear)

const small = [
  ...['--train', '512', '--held-out', '256', '--samples', '256', '--batch', '64', '--device', 'cpu'],
  ...['--autoencoder-steps', '40', '--prior-steps', '20', '--generator-steps', '20'],
]

if (isFull)
  test('a study of all priors from two seeds ends in means with intervals', { timeout: 1_200_000 }, async () => {
    const out = join(folder, 'study')
    const said = await printed(['priors', ...small, '--seeds', '2', '--out', out], undefined, runStudy)
    expect(said).toContain('means over 2 seeds')
    const { models, repeats, priors } = await readResults(join(out, 'results.json'))
    expect(models).toHaveLength(studies.priors.models.length)
    expect(repeats.map(({ seed }) => seed)).toEqual([1])
    expect(priors.map(({ name }) => name)).toEqual(['vae', 'digits', 'words', 'codes', 'pixels'])
    for (const [i, { name, psnr }] of models.entries()) {
      const other = repeats[0]!.models[i]!
      expect(other.name).toBe(name)
      expect(other.psnr.value).not.toBe(psnr.value)
    }
  })

test('what is wrong is said before anything is trained or written', async () => {
  const out = join(folder, 'wrong')
  await expect(printed(['--models', 'plian', '--out', out])).rejects.toThrow("did you mean 'plain'?")
  await expect(printed(['--train', '20000', '--out', out])).rejects.toThrow(
    'there are 10000 digits, and 20000 to train on and 2000 to hold out were asked for; take fewer',
  )
  await expect(printed(['--batch', '9000', '--out', out])).rejects.toThrow(
    'a batch of 9000 is more than the 8000 digits',
  )
  await expect(printed(['--samples', '1000000000', '--out', out])).rejects.toThrow('take at most 684784')
  await expect(printed(['--latent', '101', '--out', out])).rejects.toThrow(
    "the prior 'words' is of word vectors (GloVe), which are of 100 dims, and latents are to be of 101; take --latent 100",
  )
  const own = join(folder, 'own.json')
  writeFileSync(own, JSON.stringify({ models: ['plain', { name: 'plain-generator' }] }))
  await expect(printed(['--config', own, '--out', out])).rejects.toThrow(
    "a model cannot be called 'plain-generator': there is 'plain', and the run of its generator is called",
  )
  const file = join(folder, 'file')
  writeFileSync(file, '')
  await expect(printed(['--out', join(file, 'run')])).rejects.toThrow(`cannot make the folder '${join(file, 'run')}'`)
  expect(existsSync(out)).toBe(false)
  expect(await printed(['--help'])).toContain("aligned with digit features by the paper's loss")
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends a job after the steps at hand',
  { timeout: 60_000 },
  async (signal) => {
    const out = join(folder, signal)
    const before = process.exitCode
    const said = await printed(['--models', 'plain', ...small, '--out', out], () => {
      if (process.exitCode !== 130 && process.listenerCount(signal) > 0) process.emit(signal)
    })
    expect(process.exitCode).toBe(130)
    process.exitCode = before
    expect(said).toContain('ending after the steps at hand, which are saved; once more ends at once')
    expect(said).toContain('stopped; the same command goes on from there')
    expect(existsSync(join(out, 'results.json'))).toBe(false)
  },
)

test('studies say what they are of', async () => {
  const study = (...args: string[]) => printed(args, undefined, runStudy)
  expect(await study()).toContain('priors        which features make the best prior')
  expect(await study('priors', '--help')).toContain('codes             matched to a VQ codebook: match codes')
  await expect(study('prior')).rejects.toThrow("there is no study 'prior'; did you mean 'priors'?")
  expect(JSON.parse(await study('projections', '--print-config'))).toMatchObject({ seeds: 3, train: 8000 })
})

describe('a config', () => {
  const config = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return printed(['--config', file, '--print-config', '--latent', '8'])
  }
  const mine = { name: 'mine', title: 'mine', regulariser: { prior: 'words/pca', objective: 'match', weight: 0.1 } }

  test.each([
    ['a.json', JSON.stringify({ latent: 4, heldOut: 300, models: ['plain', mine] })],
    ['a.mjs', `export default { latent: 4, heldOut: 300, models: ['plain', ${JSON.stringify(mine)}] }`],
    [
      'a.ts',
      `const latent: number = 4\nexport default { latent, heldOut: 300, models: ['plain', ${JSON.stringify(mine)}] }`,
    ],
  ])('gives options and models, and the command line has the last word: %s', async (name, text) => {
    const said = await config(name, text)
    expect(JSON.parse(said)).toMatchObject({
      latent: 8,
      heldOut: 300,
      train: 8000,
      models: [{ name: 'plain', title: 'plain autoencoder' }, mine],
    })
    // What it prints is a config that says the same.
    expect(await config('printed.json', said)).toBe(said)
  })

  test.each([
    ['[1]', 'has no options: expected an object'],
    ['{"latent": 4', 'expected JSON, found: '],
    ['{"latents": 4}', "has 'latents', which is no option; did you mean 'latent'?"],
    ['{"latent": "many"}', "latent takes a whole number from 1, was given 'many'"],
    ['{"quick": 1}', 'quick is true or false, was given 1'],
    ['{"models": "plain"}', 'models is a list, was given "plain"'],
    ['{"models": ["plian"]}', "did you mean 'plain'?"],
    ['{"models": [{"name": "a b"}]}', 'models[0].name is to be letters, digits'],
    ['{"models": ["plain", {"name": "plain"}]}', "models has 'plain' twice, of which one is your own"],
    ['{"models": [{"name": "a", "weight": 1}]}', "models[0] has 'weight'; a model has name, title and regulariser"],
    [
      '{"models": [{"name": "a", "regulariser": {"objective": "matching", "weight": 1}}]}',
      'objective is to be kl, match',
    ],
    [
      '{"models": [{"name": "a", "regulariser": {"objective": "match", "weight": 1}}]}',
      "prior is to be a name such as 'words'",
    ],
    [
      '{"models": [{"name": "a", "regulariser": {"objective": "kl", "prior": "words", "weight": 1}}]}',
      'KL is to N(0, I)',
    ],
    [
      '{"models": [{"name": "a", "regulariser": {"objective": "match", "prior": "word", "weight": 1}}]}',
      "did you mean 'words'?",
    ],
    [
      '{"models": [{"name": "a", "regulariser": {"objective": "match", "prior": "words/pac", "weight": 1}}]}',
      "did you mean 'pca'?",
    ],
    [
      '{"models": [{"name": "a", "regulariser": {"objective": "kl", "weight": 0}}]}',
      'weight is to be a number above 0, was given 0',
    ],
  ])('that is wrong is refused: %s', async (text, message) => {
    await expect(config('wrong.json', text)).rejects.toThrow(message)
  })

  test('is typed: the listing of docs/studies.md is one', { timeout: 60_000 }, async () => {
    const page = readFileSync(join(root, 'docs/studies.md'), 'utf8')
    const listing = fromSources(/```ts\n((?:(?!```)[\s\S])*)```/.exec(page)![1]!)
    const wrong = listing.replace('latent: 8', "latent: '8'")
    const typed = folderOf({ 'right.ts': listing, 'wrong.ts': wrong })
    try {
      let said = ''
      try {
        typeErrorsOf(typed)
      } catch (error) {
        said = (error as { stdout: string }).stdout
      }
      expect(said.match(/^\S+\.ts\(.*error TS\d+/gm)).toEqual([expect.stringMatching(/wrong\.ts\(.*TS2322$/)])
      expect(JSON.parse(await printed(['--config', join(typed, 'right.ts'), '--print-config']))).toMatchObject({
        latent: 8,
        models: [{ name: 'plain' }, { name: 'mine', regulariser: { prior: 'words/pca', weight: 0.5 } }],
      })
    } finally {
      rmSync(typed, { recursive: true })
    }
  })

  test('that is not there is told of', async () => {
    await expect(printed(['--config', join(folder, 'none.json')])).rejects.toThrow(/there is no '.*none.json'/)
  })
})
