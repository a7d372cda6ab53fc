import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Device, openDevice, fit as train } from '../../../index.ts'
import {
  loadCheckpoint,
  loadSafetensors,
  type RunFolderOptions,
  readRun,
  runFolder,
} from '../../../runtime/node/index.ts'
import { points, step } from '../train/regression.ts'
import { builtForNode } from './built.ts'

let device: Device
let root: string
let folder: string
let count = 0
beforeAll(async () => {
  device = await openDevice('cpu', { threads: 1 })
  root = await mkdtemp(join(tmpdir(), 'runs-'))
})
beforeEach(() => {
  folder = join(root, `run-${count++}`)
})
afterAll(async () => {
  device.dispose()
  await rm(root, { recursive: true })
})

const quiet: RunFolderOptions = { progress: false, config: { width: 8 } }
const options = {
  data: points(50).set,
  inputs: { noise: 0.1 },
  steps: 40,
  seed: 5,
  save: { every: 10 },
  log: { every: 10 },
}
const run = (folderOptions: RunFolderOptions = {}, more: object = {}) =>
  train(step, device, { n: 16 }, { ...options, ...more, record: runFolder(folder, { ...quiet, ...folderOptions }) })
const failure = (of: Promise<unknown>): Promise<Error> =>
  of.then(
    () => Promise.reject(new Error('no error')),
    (error: Error) => error,
  )
const checkpoints = async () => (await readdir(join(folder, 'checkpoints'))).sort()

test('a run leaves its config, environment, metrics and latest checkpoints', async () => {
  using fitted = await run()
  const about = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'))
  expect(about).toMatchObject({
    format: 1,
    program: 'step',
    seed: 5,
    steps: 40,
    config: { width: 8 },
    environment: { fluxion: '0.1.0', node: process.version, device: device.name },
    parameters: 2 * 8 + 8 + 8 + 1,
    data: { rows: 50, batch: 16 },
    status: 'done',
    step: 40,
  })
  expect(about.memory).toBeGreaterThan(0)
  const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toEqual(fitted.entries)
  expect(await checkpoints()).toEqual([
    'step-00000020.safetensors',
    'step-00000030.safetensors',
    'step-00000040.safetensors',
  ])
  const file = await loadSafetensors(join(folder, 'checkpoints/step-00000040.safetensors'))
  expect(file.tensor('state.params.0.weight').data).toEqual(await fitted.state.params[0].weight.read())
  expect((await readdir(folder)).sort()).toEqual(['checkpoints', 'metrics.jsonl', 'run.json'])
})

test('what belongs to a run and is in no state is saved with it', async () => {
  const projection = { dtype: 'f32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } as const
  using _fitted = await run({ extra: { projection } })
  const { extra, config, step, seed } = await loadCheckpoint(join(folder, 'checkpoints/step-00000040.safetensors'))
  expect(extra.get('projection')).toEqual(projection)
  expect({ config, step, seed }).toEqual({ config: { width: 8 }, step: 40, seed: 5 })
})

describe('the best state', () => {
  const scores = [4, 1, 3, 2, 0]
  const measured = {
    save: { every: 10, best: 'score' },
    evaluate: { every: 10, run: ({ step }: { step: number }) => ({ score: scores[step / 10]! }) },
  }
  const best = () => loadCheckpoint(join(folder, 'checkpoints/best.safetensors'))

  test('lies beside the latest, however many of them are kept', async () => {
    using _part = await run({ keep: 1 }, { ...measured, steps: 30 })
    expect(await checkpoints()).toEqual(['best.safetensors', 'step-00000030.safetensors'])
    expect((await best()).step).toBe(10)
    using _whole = await run({ keep: 1, resume: true }, measured)
    expect(await checkpoints()).toEqual(['best.safetensors', 'step-00000040.safetensors'])
    expect((await best()).tensors).toEqual(
      (await loadCheckpoint(join(folder, 'checkpoints/step-00000040.safetensors'))).tensors,
    )
  })

  test('of a run that has not been kept is no reason to keep none', async () => {
    using _part = await run({}, { ...measured, save: { every: 10 }, steps: 20 })
    using _more = await run({ resume: true }, { ...measured, steps: 30 })
    expect((await best()).step).toBe(30)
  })

  test('is not written over by another run', async () => {
    using _fitted = await run({}, { ...measured, steps: 20 })
    for (const name of ['checkpoints/step-00000010.safetensors', 'checkpoints/step-00000020.safetensors', 'run.json'])
      await rm(join(folder, name))
    expect((await failure(run({}, measured))).message).toBe(
      `${join(folder, 'checkpoints')} has checkpoints, of a run without a run.json; choose another folder, or remove them`,
    )
    expect((await best()).step).toBe(10)
  })
})

test('TensorBoard is told what is logged', async () => {
  using fitted = await run({ tensorboard: true })
  const [file, ...more] = (await readdir(folder)).filter((name) => name.startsWith('events.out.tfevents.'))
  expect(more).toEqual([])
  const text = (await readFile(join(folder, file!))).toString('latin1')
  expect(text.split('train/loss').length - 1).toBe(fitted.entries.length)
  using _more = await run({ tensorboard: true, resume: true }, { steps: 50 })
  const [later] = (await readdir(folder)).filter((name) => name.startsWith('events.out.tfevents.') && name !== file)
  // Field 2, the step: 41. Field 7, of a session: it starts.
  expect((await readFile(join(folder, later!))).toString('latin1')).toContain('\x10\x29\x3a\x02\x08\x01')
})

describe('a folder that has a run', () => {
  test('is not written over', async () => {
    using _fitted = await run()
    const before = await readFile(join(folder, 'run.json'), 'utf8')
    expect((await failure(run())).message).toBe(
      `${folder} has a run already (done, step 40 of 40); go on with it: runFolder('${folder}', { resume: true }), or choose another folder`,
    )
    expect(await readFile(join(folder, 'run.json'), 'utf8')).toBe(before)
  })

  test('goes on, also when it was done and more steps are asked for', async () => {
    using _first = await run({ resume: true })
    using again = await run({ resume: true })
    expect(again).toMatchObject({ step: 40, status: 'done' })
    using more = await run({ resume: true }, { steps: 60 })
    using whole = await train(step, device, { n: 16 }, { ...options, steps: 60 })
    expect(await more.state.params[0].weight.read()).toEqual(await whole.state.params[0].weight.read())
    expect(await again.state.params[0].weight.read()).toEqual(
      (await loadCheckpoint(join(folder, 'checkpoints/step-00000040.safetensors'))).tensors.get(
        'state.params.0.weight',
      )!.data,
    )
    expect((await failure(run({ resume: true }, { steps: 50 }))).message).toMatch(
      /step-00000060\.safetensors is of step 60, and 50 steps are asked for; ask for more$/,
    )
  })

  test('goes on only as it was begun', async () => {
    using _fitted = await run()
    expect((await failure(run({ resume: true, config: { width: 9, deep: true } }, { seed: 6 }))).message).toBe(
      `${folder} was begun as another run, and would not go on as it began:
  seed: 5 there, 6 here
  config.width: 8 there, 9 here
  config.deep: nothing there, true here
go on with what it was begun with, or choose another folder`,
    )
  })

  test('is of one process at a time, and of the next when that is gone', async () => {
    const record = runFolder(folder, quiet)
    const about = { program: 'step', seed: 0, steps: 1, device: '', memory: 0, parameters: 0 }
    await record.begin!(about)
    expect((await failure(run({ resume: true }))).message).toContain(
      `${folder} is in use by process ${process.pid} on `,
    )
    await record.end!({ status: 'interrupted', step: 0, seconds: 0 })
    const dead = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => dead.on('exit', resolve))
    const { hostname } = await import('node:os')
    await writeFile(join(folder, '.lock'), JSON.stringify({ host: hostname(), pid: dead.pid, began: 0 }))
    using _fitted = await run({ resume: true }, { seed: 0, steps: 1 }).catch((error) => Promise.reject(error))
  })
})

test('a run ends once: what comes after it leaves alone what may be of another process by then', async () => {
  const about = { program: 'step', seed: 5, steps: 1, device: '', memory: 0, parameters: 0 }
  const failed = { status: 'failed', step: 0, seconds: 0, message: 'too late' } as const
  const record = runFolder(folder, quiet)
  await record.begin!(about)
  await record.log!({ step: 0, seconds: 0, kind: 'train', values: {} })
  await record.end!({ status: 'interrupted', step: 0, seconds: 0 })
  const next = runFolder(folder, { ...quiet, resume: true })
  await next.begin!(about)
  await record.end!(failed)
  expect(await readRun(folder)).toMatchObject({ status: 'interrupted' })
  expect((await failure(run({ resume: true }))).message).toContain('is in use by process')
  await next.end!(failed)
  expect(await readdir(folder)).not.toContain('.lock')
})

test('a run whose metrics could not be written has failed, and says why', async () => {
  const record = runFolder(folder, quiet)
  await record.begin!({ program: 'step', seed: 5, steps: 1, device: '', memory: 0, parameters: 0 })
  await record.log!({ step: 0, seconds: 0, kind: 'train', values: {} })
  const metrics = join(folder, 'metrics.jsonl')
  await rm(metrics)
  await mkdir(metrics)
  await record.log!({ step: 1, seconds: 0, kind: 'train', values: {} })
  const said = await failure(Promise.resolve(record.end!({ status: 'done', step: 1, seconds: 0 })))
  expect(said.message).toMatch(/metrics\.jsonl: not written, since .*EISDIR/)
  expect(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'))).toMatchObject({
    status: 'failed',
    message: said.message,
  })
})

describe('a checkpoint that is not what was saved', () => {
  const path = (step: number) => join(folder, `checkpoints/step-000000${step}.safetensors`)

  test.each([
    ['cut off', (file: string) => truncate(file, 300), /expected .* found/],
    ['empty', (file: string) => truncate(file, 0), /expected .* found/],
    [
      'changed in a byte',
      async (file: string) => {
        const bytes = await readFile(file)
        bytes[bytes.length - 5]! ^= 1
        await writeFile(file, bytes)
      },
      /expected the checksum [0-9a-f]{64}, found [0-9a-f]{64}: the file is not what was saved/,
    ],
    ['something else', (file: string) => writeFile(file, '{"weights": [1, 2, 3]}'), /expected .* found/],
  ])('is refused with a reason when %s, and the one before is taken', async (_, spoil, reason) => {
    using whole = await run()
    await spoil(path(40))
    expect((await failure(loadCheckpoint(path(40)))).message).toMatch(reason)
    using again = await run({ resume: true })
    expect(await again.state.params[0].weight.read()).toEqual(await whole.state.params[0].weight.read())
    await loadCheckpoint(path(40))
    for (const step of [20, 30, 40]) await spoil(path(step))
    expect((await failure(run({ resume: true }))).message).toMatch(
      /^no checkpoint in .* can be used:\n(.*\n){3}remove them to begin anew$/,
    )
  })

  test('is refused when it is of another program', async () => {
    using _fitted = await run()
    const before = await readRun(folder)
    const other = await import('../../../index.ts')
    const small = other.program(
      { state: { params: other.f32(2) } },
      ({ state }) => ({ state: { params: state.params.add(1) } }),
      { name: 'step' },
    )
    const message = (
      await failure(
        train(small, device, {}, { steps: 50, seed: 5, record: runFolder(folder, { ...quiet, resume: true }) }),
      )
    ).message
    // Nothing of the run that is there has changed.
    expect(await readRun(folder)).toEqual(before)
    expect(message).toMatch(
      /step-00000040\.safetensors is the state of another program: it has not state\.params; this program has not state\.opt\.m\.0\.bias, .* and 11 more$/,
    )
  })
})

describe('where nothing can be written', () => {
  test('a full disk is said to be one; training goes on, the last checkpoint is intact, and the end is an error', async () => {
    using _fitted = await run()
    const warnings: string[] = []
    const record = runFolder(folder, { ...quiet, resume: true })
    let full = true
    const disk = {
      ...record,
      save: async (checkpoint: Parameters<NonNullable<typeof record.save>>[0]) => {
        if (!full) return record.save!(checkpoint)
        // As the disk says it.
        await access('/dev/full', constants.W_OK)
        await writeFile('/dev/full', 'x')
      },
      warn: (message: string) => void warnings.push(message),
    }
    const said = await failure(train(step, device, { n: 16 }, { ...options, steps: 60, record: disk }))
    expect(said.message).toContain('ENOSPC')
    expect(warnings).toHaveLength(2)
    await loadCheckpoint(join(folder, 'checkpoints/step-00000040.safetensors'))
    full = false
    using again = await run({ resume: true }, { steps: 60 })
    expect(again.step).toBe(60)
  })
})

test('Ctrl-C ends a process after the steps at hand, saved, and says how to go on', async () => {
  const { folder: built, main } = await builtForNode('test/runtime/node/trained.ts')
  try {
    const child = spawn(process.execPath, [main, folder, '10000000', 'told'])
    let [printed, said] = ['', '']
    let sent = false
    child.stdout.on('data', (data) => {
      printed += data
      if (!sent && printed.split('\n').length > 5) sent = child.kill('SIGINT')
    })
    child.stderr.on('data', (data) => {
      said += data
    })
    const code = await new Promise((resolve) => child.on('exit', resolve))
    expect(code, said).toBe(0)
    const at = Number(/interrupted at (\d+)/.exec(printed)![1])
    expect(await checkpoints()).toContain(`step-${`${at}`.padStart(8, '0')}.safetensors`)
    expect(said).toContain('ending after the steps at hand, and saving; once more ends at once')
    expect(said).toContain(
      `stopped at step ${at} of 10000000, saved; runFolder('${folder}', { resume: true }) goes on from there`,
    )
    expect(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'))).toMatchObject({
      status: 'interrupted',
      step: at,
    })
  } finally {
    await rm(built, { recursive: true })
  }
}, 60_000)
