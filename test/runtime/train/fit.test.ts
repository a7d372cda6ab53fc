import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  compile,
  type Device,
  DivergedError,
  type Entry,
  f32,
  openDevice,
  program,
  type Recorder,
  fit as train,
} from '../../../index.ts'
import { dataset } from '../../../runtime/data/index.ts'
import type { Best } from '../../../runtime/train/best.ts'
import { epochs } from '../../../runtime/train/order.ts'
import type { Checkpoint, Resumed } from '../../../runtime/train/recorder.ts'
import { readState } from '../../../runtime/train/state.ts'
import * as fc from '../../fc.ts'
import { computing, missing } from '../webgpu/gpus.ts'
import { loss, points, step } from './regression.ts'

let device: Device
let gpu: Device | undefined
beforeAll(async () => {
  device = await openDevice('cpu', { threads: 1 })
  if (computing.gpu) gpu = await openDevice('webgpu', { gpu: computing.gpu })
})
afterAll(() => {
  device.dispose()
  gpu?.dispose()
})

const bits = async (state: unknown): Promise<Record<string, unknown>> =>
  Object.fromEntries([...(await readState(state as never))].map(([path, { data }]) => [path, data]))

const batch = 16
const { set, x, y } = points(50)
const noise = 0.1

/** The same training, a call a step. */
async function byHand(steps: number, shuffle = true): Promise<{ state: Record<string, unknown>; losses: number[] }> {
  using run = await compile(step, device, { n: batch })
  const order = epochs({ rows: 50, batch, seed: 5, shuffle })
  let state = await run.init({ seed: 5 })
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    const rows = order(i)
    const given = {
      x: Float32Array.from({ length: 2 * batch }, (_, j) => x[2 * rows[j >> 1]! + (j & 1)]!),
      y: Float32Array.from(rows, (row) => y[row]!),
    }
    const result = run({ state, ...given, noise })
    state = result.state
    losses.push(await result.loss.item())
  }
  return { state: await bits(state), losses }
}

describe('fit is a loop of calls, to the bit', () => {
  test.each([
    ['with the data on the device', true, true],
    ['with the data given step by step', false, true],
    ['in the order of the data', undefined, false],
  ])('%s', async (_, resident, shuffle) => {
    const wanted = await byHand(37, shuffle)
    using fitted = await train(
      step,
      device,
      { n: batch },
      {
        data: set,
        inputs: { noise },
        steps: 37,
        seed: 5,
        shuffle,
        log: { every: 10 },
        ...(resident !== undefined && { resident }),
      },
    )
    expect(await bits(fitted.state)).toEqual(wanted.state)
    expect(fitted).toMatchObject({ step: 37, status: 'done' })
    expect(fitted.entries.map(({ step, kind }) => [step, kind])).toEqual(
      [10, 20, 30, 37].map((step) => [step, 'train']),
    )
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(fitted.entries.map(({ values }) => values.loss)).toEqual(
      [
        [0, 10],
        [10, 20],
        [20, 30],
        [30, 37],
      ].map(([from, to]) => mean(wanted.losses.slice(from, to))),
    )
    expect(Object.keys(fitted.entries[0]!.values)).toEqual(['loss', 'size'])
  })

  test('epochs are counted in rows, and the last batch takes rows of the next', async () => {
    using fitted = await train(step, device, { n: batch }, { data: set, inputs: { noise }, epochs: 2, seed: 5 })
    expect(fitted.step).toBe(Math.ceil(100 / batch))
    expect(await bits(fitted.state)).toEqual((await byHand(7)).state)
  })
})

describe('data that is not on the device', () => {
  const options = { inputs: { noise }, steps: 40, seed: 5, log: { every: 1 } }

  test('is streamed for many steps at once, read ahead, and changes no bit', async () => {
    let [asked, late] = [0, 0]
    const slow: typeof set = {
      ...set,
      async rows(indices) {
        // Not the look at the scale of the data.
        asked += Number(indices.length === batch)
        // Some that are asked for later are ready first.
        late = (late + 7) % 10
        await new Promise((done) => setTimeout(done, late))
        return set.rows(indices)
      },
    }
    const done: number[] = []
    const record: Recorder = { progress: ({ step }) => void done.push(step) }
    using fitted = await train(step, device, { n: batch }, { ...options, data: slow, resident: false, record })
    const wanted = await byHand(options.steps)
    expect(await bits(fitted.state)).toEqual(wanted.state)
    // Fewer submissions than steps, and no row is read twice: those beyond the last step were read ahead.
    expect(done.length).toBeLessThan(options.steps)
    expect(asked).toBeGreaterThan(options.steps)
    expect(asked).toBeLessThanOrEqual(2 * options.steps)
  })

  test('is streamed a step at a time where its rows are large', async () => {
    const wide = 2 ** 20
    const sum = program({ state: { params: { w: f32(1) } }, x: f32(5, wide) }, ({ state, x }) => ({
      state: { params: { w: state.params.w.add(x.mean()) } },
      loss: x.mean(),
    }))
    const rows = dataset({ x: { shape: [wide], data: new Float32Array(10 * wide).fill(0.5) } })
    const done: number[] = []
    const record: Recorder = { progress: ({ step }) => void done.push(step), warn: () => {} }
    using fitted = await train(sum, device, {}, { data: rows, steps: 3, resident: false, record })
    expect(done).toEqual([1, 2, 3])
    expect(await fitted.state.params.w.read()).toEqual(Float32Array.of(1.5))
  })

  test('that cannot be read ends training with why', async () => {
    const broken: typeof set = {
      ...set,
      rows: (indices) => (indices[0] === 17 ? Promise.reject(new Error('row 17 is gone')) : set.rows(indices)),
    }
    const long = { ...options, steps: 1000, data: broken, resident: false }
    await expect(train(step, device, { n: batch }, long)).rejects.toThrow('row 17 is gone')
  })
})

/** A recorder that keeps all it is given. */
function memory(resume?: Resumed, signal?: AbortSignal) {
  const saved: Checkpoint[] = []
  const best: Checkpoint[] = []
  const entries: Entry[] = []
  const warnings: string[] = []
  const ends: object[] = []
  const record: Recorder = {
    begin: () => Promise.resolve(resume),
    log: (entry) => void entries.push(entry),
    save: async (checkpoint) => void saved.push(checkpoint),
    saveBest: async (checkpoint) => void best.push(checkpoint),
    warn: (message) => void warnings.push(message),
    end: (how) => void ends.push(how),
    ...(signal && { signal }),
  }
  return { record, saved, best, entries, warnings, ends }
}

const timeless = (entries: readonly Entry[]) => entries.map(({ seconds: _, ...rest }) => rest)
const evaluate = {
  every: 15,
  run: async ({ state, step }: { state: { params: unknown }; step: number }) => {
    using at = await compile(loss, device, { n: 50 })
    return { loss: await at({ params: state.params as never, x, y }).item(), step }
  },
}

test('a run that goes on from any of its checkpoints is the run that did not stop', async () => {
  const options = { data: set, inputs: { noise }, steps: 60, seed: 5, log: { every: 7 }, save: { every: 11 }, evaluate }
  const whole = memory()
  using fitted = await train(step, device, { n: batch }, { ...options, record: whole.record })
  expect(whole.saved.map(({ step }) => step)).toEqual([11, 22, 33, 44, 55, 60])
  const wanted = await bits(fitted.state)
  for (const checkpoint of whole.saved) {
    const entries = whole.entries.filter((entry) => entry.step <= checkpoint.step)
    const part = memory({ ...checkpoint, entries, name: 'checkpoint' })
    using again = await train(step, device, { n: batch }, { ...options, record: part.record })
    expect(await bits(again.state)).toEqual(wanted)
    expect(timeless(again.entries)).toEqual(timeless(fitted.entries))
    expect(again.step).toBe(60)
  }
})

describe.skipIf(missing(computing, 'training on a GPU'))('on a GPU', () => {
  test('it is a loop of calls, stopped and gone on with or not, to the bit', { timeout: 120_000 }, async () => {
    const options = { data: set, inputs: { noise }, steps: 12, seed: 5, save: { every: 5 } }
    using run = await compile(step, gpu!, { n: batch })
    const order = epochs({ rows: 50, batch, seed: 5, shuffle: true })
    let state = await run.init({ seed: 5 })
    for (let i = 0; i < options.steps; i++) {
      const { x, y } = await set.rows(order(i))
      ;({ state } = run({ state, x, y, noise }))
    }
    const wanted = await bits(state)
    const whole = memory()
    using fitted = await train(step, gpu!, { n: batch }, { ...options, record: whole.record })
    expect(await bits(fitted.state)).toEqual(wanted)
    const [, checkpoint] = whole.saved
    using again = await train(
      step,
      gpu!,
      { n: batch },
      { ...options, record: memory({ ...checkpoint!, entries: [], name: 'checkpoint' }).record },
    )
    expect(await bits(again.state)).toEqual(wanted)
    using streamed = await train(step, gpu!, { n: batch }, { ...options, resident: false })
    expect(await bits(streamed.state)).toEqual(wanted)
  })
})

test('a signal ends training after the steps at hand, saved', async () => {
  const stop = new AbortController()
  const part = memory(undefined, stop.signal)
  const record: Recorder = { ...part.record, progress: ({ step }) => step >= 20 && stop.abort() }
  using fitted = await train(
    step,
    device,
    { n: batch },
    { data: set, inputs: { noise }, steps: 100_000, seed: 5, record },
  )
  expect(fitted.status).toBe('interrupted')
  expect(fitted.step).toBeGreaterThanOrEqual(20)
  expect(part.saved.at(-1)!.step).toBe(fitted.step)
  expect(part.ends).toMatchObject([{ status: 'interrupted', step: fitted.step }])
  expect(await bits(fitted.state)).toEqual((await byHand(fitted.step)).state)
})

test('stop is asked after each evaluation, with all of them', async () => {
  const asked: number[][] = []
  using fitted = await train(
    step,
    device,
    { n: batch },
    {
      data: set,
      inputs: { noise },
      steps: 100,
      seed: 5,
      evaluate,
      stop: (evaluations) => {
        asked.push(evaluations.map(({ step }) => step))
        return evaluations.length === 3
      },
    },
  )
  expect(asked).toEqual([[0], [0, 15], [0, 15, 30]])
  expect(fitted).toMatchObject({ status: 'stopped', step: 30 })
})

test('an evaluation without values is not logged', async () => {
  const asked: number[] = []
  using fitted = await train(
    step,
    device,
    { n: batch },
    {
      data: set,
      inputs: { noise },
      steps: 20,
      evaluate: {
        every: 10,
        run: ({ step }) => {
          asked.push(step)
          return step === 0 ? {} : { half: step / 2 }
        },
      },
    },
  )
  expect(asked).toEqual([0, 10, 20])
  expect(fitted.entries.filter(({ kind }) => kind === 'evaluation').map(({ values }) => values)).toEqual([
    { half: 5 },
    { half: 10 },
  ])
})

describe('the best state', () => {
  /** A run of ten evaluations that give these values. */
  const measuring = (values: readonly number[], best: Best, recorder: ReturnType<typeof memory>, last = 9) =>
    train(
      step,
      device,
      { n: batch },
      {
        data: set,
        inputs: { noise },
        steps: last,
        seed: 5,
        save: { every: 4, best },
        evaluate: { every: 1, run: ({ step }) => ({ score: values[step]! }) },
        record: recorder.record,
      },
    )

  test.each([
    ['the lowest', 'score', 1],
    ['the highest', { of: 'score', highest: true }, -1],
  ] as const)('is kept whenever an evaluation is %s so far, also of a run that goes on', async (_, best, sign) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(Number.NaN)), { minLength: 10, maxLength: 10 }),
        fc.boolean(),
        async (values, hasBest) => {
          const wanted = (from: number) =>
            values.flatMap((value, at) => {
              const before = values.slice(from, at).map((other) => sign * other)
              return at >= from && !Number.isNaN(value) && !before.some((other) => other <= sign * value) ? [at] : []
            })
          const whole = memory()
          using _fitted = await measuring(values, best, whole)
          expect(whole.best.map(({ step }) => step)).toEqual(wanted(0))
          const [checkpoint] = whole.saved
          const entries = whole.entries.filter(({ step }) => step <= checkpoint!.step)
          const part = memory({ ...checkpoint!, entries, name: 'checkpoint', hasBest })
          using _again = await measuring(values, best, part)
          // Where the best so far is not kept, the best of the rest is.
          const rest = wanted(hasBest ? 0 : checkpoint!.step + 1).filter((step) => step > checkpoint!.step)
          expect(part.best.map(({ step }) => step)).toEqual(rest)
        },
      ),
      { numRuns: 8 },
    )
  })

  test('is that of the evaluation', async () => {
    const recorder = memory()
    using fitted = await measuring([3, 2, 1], 'score', recorder, 2)
    expect(recorder.best.map(({ step }) => step)).toEqual([0, 1, 2])
    expect(recorder.best.at(-1)!.tensors).toEqual(recorder.saved.at(-1)!.tensors)
    expect(fitted.step).toBe(2)
  })

  test('that cannot be kept is told of, and training goes on', async () => {
    const recorder = memory()
    recorder.record.saveBest = () => Promise.reject(new Error('the disk is full'))
    using fitted = await measuring([3, 2, 1], 'score', recorder, 2)
    expect(fitted.status).toBe('done')
    expect(recorder.warnings).toEqual(
      [0, 1, 2].map((step) => `the best state, of step ${step}, is not kept: the disk is full`),
    )
  })

  test('needs evaluations of that value, and who keeps it', async () => {
    const options = { data: set, inputs: { noise }, steps: 2, save: { best: 'score' } }
    const evaluate = { every: 1, run: () => ({ loss: 1, accuracy: 0 }) }
    const failing = (more: object) => train(step, device, { n: batch }, { ...options, ...more })
    await expect(failing({ record: memory().record })).rejects.toThrow(
      'fit: save.best is of evaluations, and there are none; measure score: { evaluate: { every: 100, run } }',
    )
    await expect(failing({ evaluate })).rejects.toThrow(
      "fit: save.best needs a recorder that keeps the best: { record: runFolder('runs/first') } of fluxion/node",
    )
    await expect(failing({ evaluate, record: memory().record })).rejects.toThrow(
      'fit: save.best is of score, and evaluate.run gave loss, accuracy',
    )
  })
})

test('a program that needs no data runs on its state alone, and starts from what is given', async () => {
  const decay = program({ state: { x: f32('n') }, rate: f32() }, ({ state, rate }) => {
    const x = state.x.mul(rate)
    return { state: { x }, norm: x.square().sum() }
  })
  using fitted = await train(
    decay,
    device,
    { n: 2 },
    { steps: 4, inputs: { rate: 0.5 }, state: { x: Float32Array.of(16, 32) } },
  )
  expect([...(await fitted.state.x.read())]).toEqual([1, 2])
})

describe('a number that is none', () => {
  const shrinking = program(
    { state: { params: { w: f32('n') }, unused: f32() }, rate: f32() },
    ({ state: { params, unused }, rate }) => {
      const w = params.w.sub(rate)
      const loss = w.log().sum()
      return { state: { params: { w }, unused: unused.add(loss.mul(0)) }, loss }
    },
    { name: 'shrinking' },
  )

  test('ends training, names the step, the operation and the last good checkpoint', async () => {
    const part = memory()
    const failed = train(
      shrinking,
      device,
      { n: 3 },
      {
        steps: 100,
        inputs: { rate: 1 },
        state: { params: { w: Float32Array.of(60, 70, 80) }, unused: 0 },
        save: { every: 25 },
        record: part.record,
      },
    )
    const error = await failed.then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(error).toBeInstanceOf(DivergedError)
    expect(error).toMatchObject({ step: 60, saved: 50 })
    expect((error as Error).message).toMatch(
      /^fit: loss is -Infinity in step 60\. The last good checkpoint is of step 50\. It began in step 60: shrinking: the result .* is not finite\. It begins at log \(shrinking, at .*fit\.test\.ts:\d+:\d+\):\n/,
    )
    expect(part.saved.map(({ step }) => step)).toEqual([25, 50])
    expect(part.ends).toMatchObject([{ status: 'failed' }])
  })

  test('is found in the state, too, before that is saved, and where results are good for some steps more', async () => {
    const late = program(
      { state: { params: { w: f32(), v: f32() }, count: f32() } },
      ({ state: { params, count } }) => {
        const w = params.w.sub(1)
        return { state: { params: { w, v: params.v.add(w.sqrt()) }, count: count.add(1) }, loss: count }
      },
      { name: 'late' },
    )
    const error = await train(
      late,
      device,
      {},
      {
        steps: 100,
        state: { params: { w: 12, v: 0 }, count: 0 },
        save: { every: 30 },
        record: memory().record,
      },
    ).then(
      () => undefined,
      (error: unknown) => error as Error,
    )
    expect(error!.message).toMatch(
      /^fit: state\.params\.v is not finite after step 30\. Nothing had been saved before\. It began in step 13: late: .*It begins at sqrt \(late, at /,
    )
    expect(error).toMatchObject({ step: 30, saved: undefined })
  })

  test('names no checkpoint where all that is kept is in memory', async () => {
    const state = { params: { w: Float32Array.of(60, 70, 80) }, unused: 0 }
    const options = { steps: 100, inputs: { rate: 1 }, state, save: { every: 25 } }
    await expect(train(shrinking, device, { n: 3 }, { ...options, record: { warn() {} } })).rejects.toMatchObject({
      step: 60,
      saved: undefined,
      message: expect.stringContaining('Nothing had been saved before.'),
    })
  })
})

test('a step that is trained again, on as much data, is traced once', async () => {
  let traced = 0
  const counted = program({ state: { params: { w: f32() } }, x: f32('n', 2) }, ({ state: { params }, x }) => {
    traced++
    const w = params.w.add(x.mean())
    return { state: { params: { w } }, loss: w }
  })
  const options = { data: set, steps: 3, state: { params: { w: 0 } } }
  for (const seed of [0, 1]) (await train(counted, device, { n: batch }, { ...options, seed })).dispose()
  const once = traced
  for (const seed of [2, 3]) (await train(counted, device, { n: batch }, { ...options, seed })).dispose()
  expect(traced).toBe(once)
  ;(await train(counted, device, { n: batch - 1 }, options)).dispose()
  expect(traced).toBeGreaterThan(once)
})

describe('what fails leaves nothing on the device', () => {
  test.each([true, false])('data that cannot be read (resident: %s)', async (resident) => {
    const { watched, held } = watching(device)
    const broken: typeof set = { ...set, rows: () => Promise.reject(new Error('the disk is gone')) }
    const failing = train(step, watched, { n: batch }, { steps: 3, inputs: { noise }, data: broken, resident })
    await expect(failing).rejects.toThrow('the disk is gone')
    expect(held()).toBe(0)
  })

  test('a record that cannot be ended is ended once', async () => {
    const { watched, held } = watching(device)
    const part = memory()
    const end: Recorder['end'] = (how) => {
      part.ends.push(how)
      throw new Error('no space left')
    }
    const failing = train(
      step,
      watched,
      { n: batch },
      { steps: 3, inputs: { noise }, data: set, record: { ...part.record, end } },
    )
    await expect(failing).rejects.toThrow('no space left')
    expect(part.ends).toMatchObject([{ status: 'done', step: 3 }])
    expect(held()).toBe(0)
  })
})

/** A device that knows how many step programs on it have not been disposed of. */
function watching(device: Device) {
  const open = new Set<object>()
  const watched: Device = {
    ...device,
    async load(executable) {
      const loaded = await device.load(executable)
      const dispose = loaded.dispose.bind(loaded)
      if (executable.plan.regions.some(({ kind }) => kind === 'state')) open.add(loaded)
      loaded.dispose = () => {
        open.delete(loaded)
        dispose()
      }
      return loaded
    },
  }
  return { watched, held: () => open.size }
}

describe('warnings', () => {
  const warningsOf = async (options: object): Promise<readonly string[]> => {
    const part = memory()
    using _fitted = await train(
      step,
      device,
      { n: batch },
      {
        data: set,
        inputs: { noise },
        steps: 4,
        record: part.record,
        ...options,
      },
    )
    return part.warnings
  }

  test('data that is not as it was said to be', async () => {
    expect(await warningsOf({})).toEqual([])
    expect(await warningsOf({ scale: { x: { mean: 0, std: 1 } } })).toEqual([])
    expect(await warningsOf({ scale: { x: { mean: 2, std: 0.3 } } })).toEqual([
      expect.stringMatching(
        /^column x has mean -?0\.\d+ and standard deviation [01]\.\d+, and not 2 and 0\.3 as scale says: is it normalised twice, or not at all\?$/,
      ),
    ])
  })

  test('parameters that do not move', async () => {
    const half = program({ state: { params: { a: f32(2), b: f32(2) } } }, ({ state: { params } }) => ({
      state: { params: { a: params.a.add(1), b: params.b.mul(1) } },
      loss: params.a.sum(),
    }))
    const part = memory()
    using _fitted = await train(half, device, {}, { steps: 30, save: { every: 10 }, record: part.record })
    expect(part.warnings).toEqual([
      'state.params.b has not changed since step 10: the gradient is zero there, or the loss does not depend on it',
    ])
  })

  test('a loss that spikes', async () => {
    const spiky = program({ state: { at: f32() } }, ({ state }) => {
      const at = state.at.add(1)
      return { state: { at }, loss: at.equal(200).cast('f32').mul(100).add(at.mul(0.37).sin().mul(0.1)).add(1) }
    })
    const part = memory()
    using _fitted = await train(spiky, device, {}, { steps: 400, record: part.record })
    expect(part.warnings).toEqual([
      expect.stringMatching(
        /^loss spiked at step 200: 1\d\d\.\d, where the median of the 128 steps before is [01]\.\d+;/,
      ),
    ])
  })
})

test('what does not fit together is said', async () => {
  const options = { data: set, inputs: { noise }, steps: 4 }
  const message = (options: object, of: unknown = step, sizes: object = { n: batch }) =>
    train(of as never, device, sizes as never, options as never).then(
      () => 'no error',
      (error: Error) => error.message.split('\n')[0],
    )
  const { data: _, ...without } = options
  expect(await message({ ...options, steps: undefined })).toBe(
    'fit: say how long to train, by one of them: { steps: 1000 } or { epochs: 10 }',
  )
  expect(await message({ ...options, epochs: 3 })).toBe(
    'fit: say how long to train, by one of them: { steps: 1000 } or { epochs: 10 }',
  )
  expect(await message({ ...options, steps: 1.5 })).toBe('fit: steps is 1.5; it must be a whole number from 0')
  expect(await message({ ...options, save: { every: 0 } })).toBe(
    'fit: save.every is 0; it must be a whole number of steps, from 1',
  )
  expect(await message(without)).toBe(
    'type error: fit: input x of step is neither a column of the data nor given; give it with { inputs: { x: ... } }',
  )
  expect(await message({ data: set, steps: 4 })).toBe(
    'type error: fit: input noise of step is neither a column of the data nor given; give it with { inputs: { noise: ... } }',
  )
  expect(await message(options, step, { n: 51 })).toBe(
    'a batch of 51 is more than the 50 rows of the data; take a batch that is not larger',
  )
  expect(await message(options, step, {})).toBe('type error: dim n of input x has no size; give it one: { n: 256 }')
  const rows = (column: object) => ({ ...set, columns: { ...set.columns, x: column } })
  expect(await message({ ...options, data: rows({ shape: [3], dtype: 'f32' }) })).toBe(
    'shape error: input x takes rows of [2], and the data has rows of [3]',
  )
  expect(await message({ ...options, data: rows({ shape: [2], dtype: 'i32' }) })).toBe(
    'dtype error: input x is f32, and the data has rows of i32',
  )
  expect(await message({ ...options, data: { ...set, columns: {} } })).toBe(
    'type error: no column of the data is an input: the columns are none, and step takes x, y, noise',
  )
  expect(await message(options, loss)).toContain('has no state that one step could hand to the next')
  expect(await message({ ...options, evaluate: { every: 1, run: () => ({ loss: 'low' }) } })).toBe(
    'fit: evaluate.run must give a record of numbers, such as { loss: 0.5 }; loss is a string: await what item() gives',
  )
})
