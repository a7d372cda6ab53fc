import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openFastCpu } from '../../cli/device.ts'
import { readFeatures } from '../../cli/feature-file.ts'
import { run as logprob } from '../../cli/logprob.ts'
import { targetOf } from '../../cli/prior/train.ts'
import { run as prior } from '../../cli/prior.ts'
import { run as sample } from '../../cli/sample.ts'
import { savedPrior } from '../../cli/saved-prior.ts'
import type { Device } from '../../index.ts'
import { featureTarget, gaussianProjection, heun, hostRandom, priorOn, project, unproject } from '../../models/index.ts'
import { loadCsv, loadNpy, saveNpy } from '../../runtime/node/index.ts'
import { checkpointFile, readRun } from '../../runtime/node/run-files.ts'
import { isFull } from '../full.ts'
import { printed } from './printed.ts'

const [rows, width, latent] = [160, 6, 2]
const small = ['--steps', '0', '--batch', '32', '--width', '8', '--blocks', '1', '--device', 'cpu']
const onCpu = ['--device', 'cpu']

let device: Device
let folder: string
let features: Float32Array
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  device = await openFastCpu()
  folder = mkdtempSync(join(tmpdir(), 'fluxion-prior-'))
  const random = hostRandom(0)
  features = Float32Array.from({ length: rows * width }, (_, i) => 5 + (1 + (i % width)) * random.normal())
  await saveNpy(at('rows.npy'), { dtype: 'f32', shape: [rows, width], data: features })
  await saveNpy(at('two.npy'), { dtype: 'f32', shape: [rows * 3, 2], data: features })
  const holed = features.slice()
  holed[7 * width + 2] = Number.NaN
  await saveNpy(at('holed.npy'), { dtype: 'f32', shape: [rows, width], data: holed })
  const flat = features.map((value, i) => (i % width === 4 ? 2 : value))
  await saveNpy(at('flat.npy'), { dtype: 'f32', shape: [rows, width], data: flat })
  mkdirSync(at('empty'))
})
afterAll(() => {
  device.dispose()
  rmSync(folder, { recursive: true })
})

/** -log p and its error of each row, as they are written. */
const beside = ({ value, error }: { readonly value: Float32Array; readonly error: Float32Array }) =>
  Float32Array.from({ length: 2 * value.length }, (_, i) => (i % 2 ? error[i >> 1]! : -value[i >> 1]!))

/** The prior of a run, from its files. */
async function of(run: string) {
  const saved = await savedPrior(at(run), device)
  return { saved, prior: priorOn(device, saved.field, saved.params) }
}

describe('of a run of fluxion prior', () => {
  beforeAll(async () => {
    const begun = await printed(prior, at('rows.npy'), '--latent', `${latent}`, '--run', at('run'), ...small)
    expect(begun).toContain(`${rows} rows of ${width}, projected to ${latent} (random); 0 steps of 32`)
    const said = await printed(prior, at('rows.npy'), '--run', at('run'), '--resume', '--steps', '8', ...onCpu)
    expect(said).toContain(`${rows} rows of ${width}, projected to ${latent} (random); 8 steps of 32`)
    expect(said).toMatch(/loss of the last steps +[\d.]+ +a sum over 2 dims/)
    expect(said).toMatch(
      /-log p of 16 held-out rows, nats \(rk4\(50\), exact divergence\) +[\d.]+ \+- [\d.]+ +[\d.]+ of N/,
    )
    expect(said).toMatch(/energy distance of 144 samples to 16 held-out rows +-?[\d.]+e[-+]\d+ +[\d.]+e/)
    expect(said).toMatch(/distortion of squared distances by the projection +[\d.]+ +1\.000 of a random one/)
    expect(said).toContain(`fluxion sample ${at('run')} -n 1000 --features --out samples.npy`)
  })

  test('it was resumed with what it was begun with, and each checkpoint has the projection that the library fits', async () => {
    const { about, entries } = await readRun(at('run'))
    expect(about).toMatchObject({
      ...{ status: 'done', step: 8, steps: 8 },
      config: {
        ...{ network: 'simpleMlpAdaLN', dimension: latent, width: 8, blocks: 1, timeScale: 10, averaging: 0.99 },
        ...{ batch: 32, projection: 'random', data: { file: at('rows.npy'), rows, width } },
      },
    })
    const evaluated = entries.filter(({ kind }) => kind === 'evaluation').map(({ step }) => step)
    expect(evaluated).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    const target = featureTarget({
      ...{ features, dimension: width, name: 'rows' },
      projection: (train) => gaussianProjection(train, latent),
    })
    const { saved } = await of('run')
    expect(saved).toMatchObject({ step: 8, projection: target.projection })
  })

  test('samples that are written are those of the library, as latents and as features', async () => {
    const { saved, prior } = await of('run')
    const wanted = await prior.sample(20, { seed: 3, solver: heun(4) })
    const how = ['-n', '20', '--seed', '3', '--solver', 'heun', '--steps', '4', ...onCpu]
    expect(await printed(sample, at('run'), '--out', at('y.csv'), ...how)).toBe(
      `wrote ${at('y.csv')}: 20 samples of 2 latents, of the prior in ${at('run')} after 8 steps`,
    )
    const read = await loadCsv(at('y.csv'), { columns: { y: { from: ['y0', 'y1'] } } })
    expect((await read.rows(Uint32Array.from({ length: 20 }, (_, i) => i))).y).toEqual(wanted)
    await printed(sample, at('run'), '--features', '--out', at('x.npy'), ...how)
    const made = unproject(saved.projection!, wanted)
    expect(await loadNpy(at('x.npy'))).toEqual({ dtype: 'f32', shape: [20, width], data: made })
  })

  test('densities that are written are those of the library, of features and of latents', async () => {
    const { saved, prior } = await of('run')
    const latents = project(saved.projection!, features)
    const exact = await prior.logProb(latents, { solver: heun(4) })
    const how = ['--solver', 'heun', '--steps', '4', ...onCpu]
    const said = await printed(logprob, at('run'), at('rows.npy'), ...how, '--out', at('nll.npy'))
    expect(await loadNpy(at('nll.npy'))).toEqual({ dtype: 'f32', shape: [rows, 2], data: beside(exact) })
    const mean = exact.value.reduce((sum, log) => sum - log, 0) / rows
    expect(said).toContain(`mean -log p                   ${mean.toFixed(4)} +- `)
    expect(said).toContain(`greatest                      ${(-Math.min(...exact.value)).toFixed(4)}`)
    expect(said).toMatch(/solver +heun\(4\), \d+ velocities a row/)

    const estimated = await prior.logProb(latents, { solver: heun(4), divergence: { probes: 1, seed: 5 } })
    await saveNpy(at('latents.npy'), { dtype: 'f32', shape: [rows, latent], data: latents })
    const along = ['--latents', '--probes', '1', '--seed', '5', ...how]
    expect(await printed(logprob, at('run'), at('latents.npy'), ...along, '--out', at('some.npy'))).toMatch(
      /divergence +along 1 random direction\n/,
    )
    expect((await loadNpy(at('some.npy'))).data).toEqual(beside(estimated))
    expect(estimated.value).not.toEqual(exact.value)

    const two = ['--latents', '--probes', '2', ...how, '--out', at('two-probes.csv')]
    const told = await printed(logprob, at('run'), at('latents.npy'), ...two)
    expect(told).toMatch(/standard error of the directions +[\d.e+-]+ in the middle, [\d.e+-]+ at worst\n/)
    expect(told).toContain('nll, error, divergence_error of each row')
  })

  test('features are not written over, which are asked for or were trained on', async () => {
    const over = at('rows.npy')
    await expect(printed(logprob, at('run'), over, '--out', over, ...onCpu)).rejects.toThrow(
      `--out is '${over}', which is read: it would be lost; give another`,
    )
    await expect(printed(sample, at('run'), '--out', over, ...onCpu)).rejects.toThrow(
      'which is what the prior was trained on: it would be lost',
    )
    expect((await loadNpy(over)).data).toEqual(features)
  })

  test('a damaged checkpoint is passed over for the one before, with a warning; --step takes one', async () => {
    const run = at('damaged')
    cpSync(at('run'), run, { recursive: true })
    const { checkpoints } = await readRun(run)
    const [before, last] = checkpoints.slice(-2) as [number, number]
    const drawn = (...args: readonly string[]) =>
      printed(sample, run, '-n', '2', '--out', at(`${args.length}.npy`), ...args, ...onCpu)
    expect(await drawn('--step', `${before}`)).toContain(`after ${before} steps`)
    await expect(drawn('--step', '99')).rejects.toThrow(
      `${run} has no checkpoint of step 99, but of ${checkpoints.join(', ')}; leave --step out for the last`,
    )
    const damage = (step: number) => {
      const bytes = readFileSync(checkpointFile(run, step))
      bytes[bytes.length - 1]! ^= 1
      writeFileSync(checkpointFile(run, step), bytes)
    }
    damage(last)
    const warned = vi.spyOn(console, 'error').mockImplementation(() => {})
    try {
      expect(await drawn()).toContain(`after ${before} steps`)
      expect(warned.mock.calls.join()).toContain(`the file is not what was saved\nthe one before it is good: `)
    } finally {
      warned.mockRestore()
    }
    await expect(drawn('--step', `${last}`)).rejects.toThrow(`the file is not what was saved; take --step `)
    checkpoints.slice(0, -1).forEach(damage)
    await expect(drawn()).rejects.toThrow('train it again: fluxion prior FILE --run')
  })

  test('it goes on with the same features from another file', async () => {
    cpSync(at('rows.npy'), at('moved.npy'))
    const said = await printed(prior, at('moved.npy'), '--run', at('run'), '--resume', '--steps', '9', ...onCpu)
    expect(said).toContain(
      `the run in ${at('run')} was to have 8 steps: its learning rate, which was to fall to 0 there, now does so at step 9`,
    )
    expect((await readRun(at('run'))).about.config.data).toMatchObject({ file: at('rows.npy'), rows, width })
  })

  test('it does not go on as another', async () => {
    const resumed = (...args: readonly string[]) => printed(prior, ...args, '--run', at('run'), '--resume', ...onCpu)
    await expect(resumed(at('rows.npy'), '--width', '16')).rejects.toThrow('config.width: 8 there, 16 here')
    await expect(resumed(at('flat.npy'))).rejects.toThrow(
      `flat.npy is not what the run in ${at('run')} was begun with: ${rows} rows of ${width} there, other numbers here; --resume goes on with the features of ${at('rows.npy')}`,
    )
    await expect(resumed(at('two.npy'))).rejects.toThrow(`${rows} rows of ${width} there, ${rows * 3} of 2 here`)
    await expect(printed(prior, at('rows.npy'), '--run', at('run'))).rejects.toThrow(
      /has a run already \(done, step \d+ of \d+\); --resume goes on with it, --run FOLDER begins another/,
    )
  })

  test.each([
    [[], 'expected --out FILE.npy or --out FILE.csv, where the samples are written'],
    [['--out', 'a.txt'], "--out takes FILE.npy or FILE.csv, was given 'a.txt'"],
    [['--out', 'none/a.npy'], "there is no folder 'none'; make it, or give another"],
    [['--out', 'a.npy', '--solver', 'dopri5', '--steps', '9'], '--steps is 9, and dopri5 chooses its own steps'],
    [['--out', 'a.npy', '--solver', 'rk5'], "did you mean 'rk4'?"],
    [['--out', 'a.npy', '-n', '0'], "--samples takes a whole number from 1, was given '0'"],
    [['more', '--out', 'a.npy'], "expected RUN; 'more' is one too many: options begin with --"],
  ])('sample with %j says what is wrong', async (args, message) => {
    await expect(printed(sample, at('run'), ...args)).rejects.toThrow(message)
  })

  test('sample writes nothing where there is no prior, and over no folder', async () => {
    const drawn = (run: string, out = at('nothing.npy')) => printed(sample, at(run), '--out', out, ...onCpu)
    await expect(drawn('none')).rejects.toThrow(
      `there is no run '${at('none')}'; fluxion runs lists what there is, and fluxion prior FILE --run ${at('none')} makes one`,
    )
    await expect(drawn('empty')).rejects.toThrow(
      `there is no run in '${at('empty')}', which has no run.json; give the folder of one: fluxion runs FOLDER lists`,
    )
    mkdirSync(at('folder.npy'))
    await expect(drawn('run', at('folder.npy'))).rejects.toThrow('which is a folder; give the name of a file in it')
    expect(existsSync(at('nothing.npy'))).toBe(false)
  })

  test.each([
    [
      ['rows.npy', '--latents'],
      'rows of 2 numbers, as many as the latents of RUN are, found 6: these are features: leave --latents out',
    ],
    [
      ['two.npy'],
      'rows of 6 numbers, as many as the features of RUN are, found 2: if these are latents, say so with --latents',
    ],
    [['holed.npy'], 'expected finite numbers; row 7 has NaN at 2: repair or drop that row'],
    [['rows.npy', '--probes', 'all'], "--probes takes a whole number from 1, or exact; was given 'all'"],
    [['rows.npy', '--steps', '1'], '--steps is 1, from which no density comes'],
    [['rows.npy', '--out', 'none/a.npy'], "there is no folder 'none'"],
    [['none.npy'], 'there is no file'],
  ])('logprob of %j says what is wrong', async ([file, ...args], message) => {
    const said = printed(logprob, at('run'), at(file!), ...args, ...onCpu)
    await expect(said).rejects.toThrow(message.replace('RUN', at('run')))
  })
})

describe('a prior that cannot be trained leaves nothing', () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ['none.npy', [], "none.npy'; expected rows of numbers in .npy, .npz, .safetensors, .csv, or the word 'words'"],
    ['holed.npy', [], 'holed.npy: expected finite numbers; row 7 has NaN at 2: repair or drop that row'],
    [
      'rows.npy',
      ['--batch', '200'],
      'rows.npy has 144 rows to train on (a tenth of 160 is held out): take --batch 128',
    ],
    [
      'rows.npy',
      ['--latent', '3', '--projection', 'none'],
      '--projection none leaves the 6 features of rows.npy as they are, and --latent is 3',
    ],
    [
      'rows.npy',
      ['--latent', '9', '--projection', 'pca'],
      'rows.npy, --projection pca: expected a whole number of latent dimensions from 1 to the 6 of the features; got 9',
    ],
    [
      'flat.npy',
      ['--latent', '2'],
      'feature 4 is 2 in all 144 rows, up to the rounding of f32 (1 of 6 features are constant): drop them, or take --normalisation global',
    ],
    ['rows.npy', ['--projection', 'whitning'], "did you mean 'whitening'?"],
    ['rows.npy', ['--resume'], '--resume goes on with a run, and there is none in'],
    ['rows.npy', ['--lattent', '2'], 'there is no option --lattent; did you mean --latent?'],
  ]
  test.each(cases)('%s %j', async (file, args, message) => {
    await expect(printed(prior, at(file), '--run', at('never'), ...args, ...onCpu)).rejects.toThrow(message)
    expect(existsSync(at('never'))).toBe(false)
  })

  test('nor where its folder is in a file', async () => {
    await expect(printed(prior, at('rows.npy'), '--run', join(at('rows.npy'), 'run'))).rejects.toThrow(
      `${at('rows.npy')} is a file, which no run can be saved in; give another folder`,
    )
  })

  test('help says what there is; without a file it is asked for', async () => {
    expect(await printed(prior, '--help')).toContain('random, orthogonal, hadamard, pca, whitening, average, none')
    expect(await printed(sample, '-h')).toContain('-n, --samples N')
    expect(await printed(logprob, '--help')).toContain('--probes N')
    await expect(printed(prior)).rejects.toThrow('expected FILE; FILE was not given: --help says what it is')
    await expect(printed(logprob, 'run')).rejects.toThrow('expected RUN FILE; FILE was not given')
  })
})

test('latents that lie in a plane are warned of before they are trained on', async () => {
  const warned = vi.spyOn(console, 'error').mockImplementation(() => {})
  try {
    await printed(prior, at('rows.npy'), '--run', at('full'), ...small)
    expect(warned).not.toHaveBeenCalled()
    await printed(prior, at('flat.npy'), '--run', at('flat'), ...small)
    expect(warned).toHaveBeenCalledWith(
      expect.stringMatching(/^warning: flat.npy varies in 5 of the 6 dims .* or take --projection pca --latent 5$/),
    )
    await printed(prior, at('rows.npy'), '--latent', '9', '--run', at('wide'), ...small)
    expect(warned).toHaveBeenLastCalledWith(expect.stringContaining('rows.npy varies in 6 of the 9 dims'))
  } finally {
    warned.mockRestore()
  }
})

test('where the projection can be turned back, the density of features is told as well', async () => {
  const how = ['--solver', 'heun', '--steps', '4', ...onCpu]
  await printed(prior, at('rows.npy'), '--run', at('whole'), ...small, '--steps', '2')
  const said = await printed(logprob, at('whole'), at('rows.npy'), ...how, '--out', at('full.csv'))
  expect(said).toMatch(/mean -log p of features +[\d.]+ \+- [\d.]+ nats\n/)
  expect(said).toContain(`wrote ${at('full.csv')}: nll, error, features_nll of each row`)
  const read = await loadCsv(at('full.csv'), { columns: { nll: {}, features_nll: {} } })
  const { nll, features_nll } = await read.rows([0, 1])
  const { scale, normalisation } = (await of('whole')).saved.projection!
  const stretch = normalisation.std.reduce((sum, std) => sum + Math.log(scale / std), 0)
  for (const row of [0, 1]) expect(features_nll[row]! - nll[row]!).toBeCloseTo(-stretch, 3)
})

test('rows that are not projected are only centred and scaled', async () => {
  const file = await readFeatures(at('rows.npy'), undefined, 1)
  const network = { width: 8, blocks: 1, timeScale: 1, averaging: 0.9, batch: 32, learningRate: 1e-3 }
  const settings = { ...network, latent: width, projection: 'none', normalisation: undefined } as const
  const { projection } = targetOf(file, settings, 0)
  expect(projection).toEqual(featureTarget({ features, dimension: width, name: 'rows' }).projection)
})

test('runs that have no prior are refused', async () => {
  const about = JSON.parse(readFileSync(join(at('run'), 'run.json'), 'utf8'))
  const drawn = async (name: string, config: object) => {
    mkdirSync(at(name))
    writeFileSync(join(at(name), 'run.json'), JSON.stringify({ ...about, program: 'step', config }))
    await printed(sample, at(name), '--out', at('no.npy'), ...onCpu)
  }
  const others = { toy: 'prior', ...about.config, data: undefined }
  writeFileSync(join(at('empty'), 'run.json'), JSON.stringify({ ...about, config: others }))
  await expect(printed(prior, at('rows.npy'), '--run', at('empty'), '--resume')).rejects.toThrow(
    'is a run of another command; fluxion prior goes on with runs of its own',
  )
  await expect(drawn('other', {})).rejects.toThrow("is a run of 'step' whose config names no network of a flow prior")
  await expect(drawn('early', about.config)).rejects.toThrow(
    'has no checkpoint yet; the same command that began it, with',
  )
  const { width: _, ...old } = about.config
  mkdirSync(at('old/checkpoints'), { recursive: true })
  const checkpoint = readdirSync(join(at('run'), 'checkpoints')).at(-1)
  writeFileSync(join(at('old'), 'checkpoints', checkpoint!), readFileSync(join(at('run'), 'checkpoints', checkpoint!)))
  writeFileSync(join(at('old'), 'run.json'), JSON.stringify({ ...about, config: old }))
  await expect(printed(sample, at('old'), '--out', at('no.npy'), ...onCpu)).rejects.toThrow(
    'run.json: the run is of another version of fluxion: expected config.width to be a whole number from 1, found nothing',
  )
})

// Reads 300 MB where they are not in the cache.
if (isFull)
  test('of word vectors', async () => {
    const said = await printed(prior, 'words', '--latent', '4', '--run', at('words'), ...small)
    expect(said).toContain('words on the CPU')
    expect(said).toContain('20000 rows of 100, projected to 4 (random)')
    await expect(printed(prior, 'words', '--column', 'a')).rejects.toThrow('nothing to choose from; leave --column out')
  })
