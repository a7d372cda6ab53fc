import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Port, Tree } from '../../compiler/plan/plan.ts'
import { openCpu } from '../../runtime/cpu/device.ts'
import type { Device } from '../../runtime/device.ts'
import { matchInputs } from '../../runtime/inputs.ts'
import { type Bound, bind } from '../../runtime/run.ts'
import type { DeviceTensor } from '../../runtime/tensor.ts'
import { openWebGpu } from '../../runtime/webgpu/index.ts'
import { turnsOf } from '../../runtime/webgpu/turns.ts'
import * as fc from '../fc.ts'
import { InterpretedDevice } from './interpreted-device.ts'
import { n, executable as onCpu, onGpu, plan } from './step.ts'
import { computing, missing } from './webgpu/gpus.ts'

interface State {
  w: DeviceTensor | Float32Array
  count: DeviceTensor | Int32Array | number
  key: DeviceTensor | Uint32Array
}
interface Result {
  state: { w: DeviceTensor; count: DeviceTensor; key: DeviceTensor }
  before: DeviceTensor
  chosen: DeviceTensor
  latest: DeviceTensor
}

const fresh = (w: readonly number[] = [1, 2, 3, 4]): State => ({
  w: Float32Array.from(w),
  count: 0,
  key: Uint32Array.of(7, 9),
})
const inputs = (state: State, x: readonly number[] = [1, 1, 1, 1]) => ({
  state,
  x: Float32Array.from(x),
  rate: 10,
  mask: [Uint32Array.of(1, 0), Uint32Array.of(5, 6)],
})

const values = async (tensor: DeviceTensor): Promise<number[]> => [...(await tensor.read())]

/** The number of the line on which this is called. */
const line = (): number => Number(/run\.test\.ts:(\d+)/.exec(new Error().stack!.split('\n')[2]!)![1])

const gpu = missing(computing, 'calls on a GPU')
const openGpu = () => openWebGpu(computing.gpu!)

describe.skipIf(gpu)('on a GPU', () => {
  test('the outputs of as many calls lie beside each other as are said to', () => {
    for (const slots of [1, 2, 3, 100]) expect(turnsOf(onGpu(slots).plan).slots).toBe(slots)
  })
})

describe.each([
  ['an interpreter', async () => new InterpretedDevice(), onCpu],
  ['the CPU', openCpu, onCpu],
  ['the CPU, of a thread that may not wait', () => openCpu({ threads: 2 }, false), onCpu],
  ...(gpu
    ? []
    : ([
        ['a GPU', openGpu, onGpu(100)],
        ['a GPU whose outputs are copied aside before each call', openGpu, onGpu(1)],
        ['a GPU whose outputs are copied aside before every third call', openGpu, onGpu(3)],
      ] as const)),
] as const)('on %s', (_, open, executable) => {
  let device: Device
  let step: Bound
  const call = (given: unknown): Result => step.call(given) as Result
  beforeAll(async () => {
    device = await open()
  })
  beforeEach(async () => {
    step = bind(executable, await device.load(executable), device)
  })
  afterAll(() => device.dispose())

  test('a call takes nested arrays and numbers and gives nested tensors', async () => {
    const { state, before, chosen } = call(inputs(fresh()))
    expect(await state.w.read()).toEqual(Float32Array.of(11, 12, 13, 14))
    expect(await state.count.read()).toEqual(Int32Array.of(1))
    expect(await state.key.read()).toEqual(Uint32Array.of(9, 7))
    expect(await before.read()).toEqual(Float32Array.of(1, 2, 3, 4))
    expect(await chosen.read()).toEqual(Uint32Array.of(5, 0))
    expect([before.shape, before.dtype, state.key.shape, state.key.dtype]).toEqual([[n], 'f32', [], 'key'])
    expect(await state.count.item()).toBe(1)
    await expect(before.item()).rejects.toThrow('item() is for tensors of one element; this one is f32 [4]: use read()')
  })

  test('scalars go in as numbers or as arrays of one, and a negative i32 comes back', async () => {
    const { state } = call({ ...inputs({ ...fresh(), count: Int32Array.of(-5) }), rate: Float32Array.of(2) })
    expect(await state.count.item()).toBe(-4)
    expect(await values(state.w)).toEqual([3, 4, 5, 6])
  })

  test('any number but 0 is true', async () => {
    const { chosen } = call({ ...inputs(fresh()), mask: [Uint32Array.of(0, 256), Uint32Array.of(5, 6)] })
    expect(await values(chosen)).toEqual([0, 6])
  })

  test('NaN is a value', async () => {
    const { state } = call(inputs(fresh([Number.NaN, 1, Number.POSITIVE_INFINITY, -1])))
    expect(await values(state.w)).toEqual([Number.NaN, 11, Number.POSITIVE_INFINITY, 9])
  })

  test('outputs keep their value, whatever runs later', async () => {
    const first = call(inputs(fresh()))
    const second = call(inputs(first.state))
    const third = call(inputs(second.state, [5, 5, 5, 5]))
    expect(await values(first.before)).toEqual([1, 2, 3, 4])
    expect(await values(second.before)).toEqual([11, 12, 13, 14])
    expect(await values(third.before)).toEqual([21, 22, 23, 24])
    expect(await values(third.state.w)).toEqual([71, 72, 73, 74])
    expect(await third.state.count.item()).toBe(3)
  })

  test('a donated tensor names the call that took it', async () => {
    const { state } = call(inputs(fresh()))
    step.call(inputs(state))
    const at = line() - 1
    const message = `this tensor was donated to step(...) at ${import.meta.filename}:${at}; use the state it returned`
    await expect(state.w.read()).rejects.toThrow(message)
    await expect(state.count.item()).rejects.toThrow(message)
    expect(() => call(inputs(state))).toThrow(`state.w: ${message}`)
    expect(() => call(inputs({ ...fresh(), key: state.key }))).toThrow(`state.key: ${message}`)
  })

  test('a read that began before a donation gives what was there', async () => {
    const { state } = call(inputs(fresh()))
    const reading = state.w.read()
    const later = call(inputs(state))
    const readingLater = later.state.w.read()
    call(inputs(fresh([0, 0, 0, 0])))
    expect([...(await reading)]).toEqual([11, 12, 13, 14])
    expect([...(await readingLater)]).toEqual([21, 22, 23, 24])
  })

  test('state that is left without being donated keeps its value and can be taken up again', async () => {
    const a = call(inputs(fresh()))
    const b = call(inputs(fresh([0, 0, 0, 0])))
    expect(await values(a.state.w)).toEqual([11, 12, 13, 14])
    expect(await values(b.state.w)).toEqual([10, 10, 10, 10])
    const c = call(inputs(a.state))
    expect(await values(b.state.w)).toEqual([10, 10, 10, 10])
    expect(await values(c.state.w)).toEqual([21, 22, 23, 24])
    // Copied in, not donated: it can be used as often as one likes.
    expect(await values(a.state.w)).toEqual([11, 12, 13, 14])
    expect(await values(call(inputs(a.state)).state.w)).toEqual([21, 22, 23, 24])
  })

  test('a state may be part resident and part new', async () => {
    const a = call(inputs(fresh()))
    const b = call(inputs({ w: a.state.w, count: 40, key: a.state.key }))
    expect(await b.state.count.item()).toBe(41)
    expect(await values(b.state.w)).toEqual([21, 22, 23, 24])
    expect(await values(b.state.key)).toEqual([7, 9])
    expect(await a.state.count.item()).toBe(1)
    await expect(a.state.w.read()).rejects.toThrow('donated')
  })

  test('a tensor can go in anywhere that its type fits, also where it does not lie', async () => {
    const a = call(inputs(fresh()))
    const b = step.call({ ...inputs(a.state), x: a.state.w }) as Result
    expect(await values(b.state.w)).toEqual([121, 132, 143, 154])
    const c = step.call({ ...inputs({ ...b.state, w: b.before }), x: b.state.w }) as Result
    expect(await values(c.state.w)).toEqual([1221, 1332, 1443, 1554])
    expect(await values(b.state.w)).toEqual([121, 132, 143, 154])
    expect(await values(b.before)).toEqual([11, 12, 13, 14])
  })

  test('a tensor of another executable can go in, resident or not, and stays what it is', async () => {
    const other = bind(executable, await device.load(executable), device)
    const a = other.call(inputs(fresh([7, 7, 7, 7]))) as Result
    const b = call({ ...inputs(a.state), x: a.before })
    expect(await values(b.state.w)).toEqual([87, 87, 87, 87])
    expect(await values(a.state.w)).toEqual([17, 17, 17, 17])
    const c = other.call(inputs(a.state)) as Result
    expect(await values(c.state.w)).toEqual([27, 27, 27, 27])
    expect(await values(b.state.w)).toEqual([87, 87, 87, 87])
  })

  test('any order of calls, from any state that is left, gives what values would', async () => {
    const from = fc.array(fc.record({ from: fc.nat(20), x: fc.integer({ min: -9, max: 9 }), mixed: fc.boolean() }), {
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(from, async (calls) => {
        const own = bind(executable, await device.load(executable), device)
        const known: { state: Result['state']; w: number; count: number }[] = []
        const before: { tensor: DeviceTensor; w: number }[] = []
        for (const { from: pick, x, mixed } of calls) {
          const usable = known.filter(
            ({ state }) => state.w.storage.kind !== 'gone' && state.count.storage.kind !== 'gone',
          )
          const start = usable[pick % (usable.length + 1)]
          const w = start?.w ?? 5
          const count = mixed ? 100 : (start?.count ?? 0)
          const given = start ? (mixed ? { ...start.state, count } : start.state) : { ...fresh([w, w, w, w]), count }
          if (given.key !== undefined && 'storage' in given.key && given.key.storage.kind === 'gone') continue
          const result = own.call(inputs(given, [x, x, x, x])) as Result
          known.push({ state: result.state, w: w + 10 * x, count: count + 1 })
          before.push({ tensor: result.before, w })
        }
        for (const { state, w, count } of known) {
          if (state.w.storage.kind !== 'gone') expect(await values(state.w)).toEqual([w, w, w, w])
          if (state.count.storage.kind !== 'gone') expect(await state.count.item()).toBe(count)
        }
        for (const { tensor, w } of before) expect(await values(tensor)).toEqual([w, w, w, w])
      }),
      { numRuns: 60 },
    )
  })

  test('steps are as many calls, to the bit', async () => {
    const shape = fc.record({
      start: fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: n, maxLength: n }),
      x: fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: n, maxLength: n }),
      counts: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 3 }),
      history: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(shape, async ({ start, x, counts, history }) => {
        const calls: Result[] = []
        const latest: DeviceTensor[] = []
        let state: State = fresh(start)
        for (const count of counts) {
          for (let i = 0; i < count; i++) {
            const result = call(inputs(state, x))
            state = result.state
            latest.push(result.latest)
            if (i === count - 1) calls.push(result)
          }
        }
        const wanted = await readAll(calls)
        const wantedLatest = await Promise.all(latest.map((tensor) => tensor.item()))

        const steps: Result[] = []
        const stacks: DeviceTensor[] = []
        state = fresh(start)
        for (const count of counts) {
          const result = history
            ? (step.steps(count, inputs(state, x), { history }) as { last: Result; history: { latest: DeviceTensor } })
            : { last: step.steps(count, inputs(state, x)) as Result, history: undefined }
          state = result.last.state
          steps.push(result.last)
          if (result.history) stacks.push(result.history.latest)
        }
        expect(await readAll(steps)).toEqual(wanted)
        if (history) {
          expect(stacks.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
            counts.map((count) => ({ shape: [count], dtype: 'i32' })),
          )
          expect((await Promise.all(stacks.map(values))).flat()).toEqual(wantedLatest)
        }
      }),
      { numRuns: 30 },
    )
  })

  /** Donated state cannot be read any more, but for that of the last. */
  const readAll = (results: readonly Result[]) =>
    Promise.all(
      results.map(async ({ state, before, chosen, latest }, i) => ({
        w: i === results.length - 1 ? await values(state.w) : [],
        key: i === results.length - 1 ? await values(state.key) : [],
        outputs: await Promise.all([before, chosen, latest].map(values)),
      })),
    )

  test('a history is a tensor like others, of the scalars that are no state, and nothing more', async () => {
    const { last, history } = step.steps(5, inputs(fresh()), { history: true }) as {
      last: Result
      history: { latest: DeviceTensor }
    }
    expect(Object.keys(history)).toEqual(['latest'])
    expect(await values(history.latest)).toEqual([1, 2, 3, 4, 5])
    expect(await values(last.before)).toEqual([41, 42, 43, 44])
    const again = call(inputs(last.state))
    expect(await again.latest.item()).toBe(6)
    history.latest.dispose()
    await expect(history.latest.read()).rejects.toThrow('this tensor was disposed')
  })

  test('steps say what is wrong, and have changed nothing then', async () => {
    const a = call(inputs(fresh()))
    for (const count of [0, -1, 1.5, Number.NaN])
      expect(() => step.steps(count, inputs(a.state))).toThrow(
        `step.steps: the count is ${count}; it must be a whole number above 0`,
      )
    expect(() => step.steps(2, { ...inputs(a.state), x: new Float32Array(1) })).toThrow('x needs')
    expect(await values(a.state.w)).toEqual([11, 12, 13, 14])
    step.steps(2, inputs(a.state))
    await expect(a.state.w.read()).rejects.toThrow('donated to step(...)')
  })

  test('steps of a program without state are refused', async () => {
    const stateless = { ...executable, plan: { ...executable.plan, outputs: { record: {} } } }
    const bound = bind(stateless, await device.load(stateless), device)
    expect(() => bound.steps(2, inputs(fresh()))).toThrow(
      "step.steps: step has no state that one step could hand to the next; call it, or name an input and an output 'state'",
    )
  })

  describe('inputs that were uploaded', () => {
    type Uploaded = { x: DeviceTensor; mask: [DeviceTensor, DeviceTensor] }
    const upload = (some: unknown): Uploaded => step.upload(some) as Uploaded

    test('are given call after call, as the arrays would be, and can be read', async () => {
      const x = Float32Array.of(1, 2, 3, 4)
      const { mask } = inputs(fresh())
      const held = upload({ x, mask })
      x.fill(0)
      let { state } = call({ ...inputs(fresh([0, 0, 0, 0])), ...held })
      for (let i = 0; i < 3; i++) ({ state } = call({ ...inputs(state), ...held }))
      const { last } = step.steps(3, { ...inputs(state), ...held }, { history: true }) as { last: Result }
      expect(await values(last.state.w)).toEqual([70, 140, 210, 280])
      expect(await values(held.x)).toEqual([1, 2, 3, 4])
      expect(await values(held.mask[1])).toEqual([5, 6])
    })

    test('keep their value where others take their place, and come back', async () => {
      const { x } = upload({ x: Float32Array.of(1, 2, 3, 4) })
      const a = call(inputs(fresh([0, 0, 0, 0]), [9, 9, 9, 9]))
      expect(await values(x)).toEqual([1, 2, 3, 4])
      const other = upload({ x: Float32Array.of(5, 5, 5, 5) })
      const b = call({ ...inputs(a.state), x })
      expect(await values(b.state.w)).toEqual([100, 110, 120, 130])
      const c = call({ ...inputs(b.state), ...other })
      expect(await values(c.state.w)).toEqual([150, 160, 170, 180])
      // What was uploaded is uploaded again at no cost, and what came out of a call can be.
      expect(upload({ x: upload({ x: c.before }).x }).x.shape).toEqual([n])
      const d = call({ ...inputs(c.state), ...upload({ x: c.before }) })
      expect(await values(d.state.w)).toEqual([1150, 1260, 1370, 1480])
    })

    test('are as good as arrays, in any order of uploads and calls', async () => {
      const numbers = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n, maxLength: n })
      const turn = fc.oneof(
        fc.record({ upload: numbers }),
        fc.record({ give: fc.oneof(numbers, fc.constant('uploaded' as const), fc.constant('first' as const)) }),
      )
      await fc.assert(
        fc.asyncProperty(numbers, fc.array(turn, { maxLength: 8 }), async (first, turns) => {
          let state = fresh([0, 0, 0, 0])
          let want = [0, 0, 0, 0]
          let latest = { numbers: first, x: upload({ x: Float32Array.from(first) }).x }
          const before = latest
          for (const turn of turns) {
            if ('upload' in turn) latest = { numbers: turn.upload, x: upload({ x: Float32Array.from(turn.upload) }).x }
            else {
              const held = turn.give === 'uploaded' ? latest : before
              const given =
                typeof turn.give === 'string' ? held : { numbers: turn.give, x: Float32Array.from(turn.give) }
              want = want.map((w, i) => w + 10 * given.numbers[i]!)
              state = call({ ...inputs(state), x: given.x }).state
            }
          }
          expect([...(state.w instanceof Float32Array ? state.w : await state.w.read())]).toEqual(want)
          expect(await values(latest.x)).toEqual(latest.numbers.map((value) => value + 0))
          expect(await values(before.x)).toEqual(before.numbers.map((value) => value + 0))
        }),
        { numRuns: 40 },
      )
    })

    test('say what is wrong', async () => {
      expect(() => upload({ state: fresh() })).toThrow(
        'step.upload: state.w is state, which stays in memory from call to call; give it to a call',
      )
      expect(() => upload({ y: 1 })).toThrow('step has no input y: it takes state, x, rate, mask')
      expect(() => upload({ x: new Float32Array(1) })).toThrow('x needs 4 f32 values ([n] with n = 4), was given 1')
      expect(() => upload(3)).toThrow(
        'step.upload takes a record of some of state, x, rate, mask, was given the number 3',
      )
      const { x } = upload({ x: Float32Array.of(1, 2, 3, 4) })
      step.dispose()
      await expect(x.read()).rejects.toThrow(
        'this tensor was in the memory of step, which has been disposed; read it before that',
      )
      expect(() => upload({ x: new Float32Array(n) })).toThrow('step has been disposed')
    })
  })

  test('wrong inputs are told what was needed and what came', () => {
    const good = inputs(fresh())
    const message = (given: unknown): string => {
      try {
        step.call(given)
        return 'no error'
      } catch (error) {
        return (error as Error).message
      }
    }
    const { x: _x, ...withoutX } = good
    const cases: readonly (readonly [unknown, string])[] = [
      [{ ...good, x: new Float32Array(3) }, 'x needs 4 f32 values ([n] with n = 4), was given 3'],
      [
        { ...good, x: new Float64Array(4) },
        'x needs a tensor or a Float32Array of 4 f32 values ([n] with n = 4), was given a Float64Array',
      ],
      [
        { ...good, x: [1, 2, 3, 4] },
        'x needs a tensor or a Float32Array of 4 f32 values ([n] with n = 4), was given a list of 4',
      ],
      [
        { ...good, rate: 'fast' },
        'rate needs a number, a tensor or a Float32Array of 1 f32 value ([]), was given the string fast',
      ],
      [{ ...good, rate: true }, 'rate needs a number (f32), was given true'],
      [
        { ...good, state: { ...fresh(), count: 1.5 } },
        'state.count needs a whole number of 32 bits (i32), was given 1.5',
      ],
      [
        { ...good, state: { ...fresh(), key: 5 } },
        'state.key needs a tensor or a Uint32Array of 2 u32 values ([]), was given the number 5',
      ],
      [{ ...good, state: { ...fresh(), key: Uint32Array.of(1) } }, 'state.key needs 2 u32 values ([]), was given 1'],
      [{ ...good, state: { w: fresh().w, key: fresh().key } }, 'step needs the input state.count: i32 []'],
      [withoutX, 'step needs the input x: f32 [n] with n = 4'],
      [{ ...good, y: 1 }, 'step has no input y: it takes state, x, rate, mask'],
      [{ ...good, state: { ...fresh(), v: 1 } }, 'step has no input state.v: state takes w, count, key'],
      [
        { ...good, state: Promise.resolve(fresh()) },
        'state takes a record of w, count, key, was given a promise: await it first',
      ],
      [{ ...good, mask: [new Uint32Array(2)] }, 'mask takes a list of 2, was given one of 1'],
      [{ ...good, mask: {} }, 'mask takes a list of 2, was given a record of '],
      [undefined, 'step(...) takes a record of state, x, rate, mask, was given undefined'],
    ]
    for (const [given, wanted] of cases) expect(message(given)).toBe(wanted)
    const { before, chosen } = call(good)
    expect(message({ ...good, x: chosen })).toBe('x needs f32 [n] with n = 4, was given a tensor of u32 [2]')
    expect(message({ ...good, rate: before })).toBe('rate needs f32 [], was given a tensor of f32 [4]')
  })

  test('a call that is refused has changed nothing', async () => {
    const a = call(inputs(fresh()))
    expect(() => step.call({ ...inputs(a.state), x: new Float32Array(1) })).toThrow('x needs')
    expect(await values(a.state.w)).toEqual([11, 12, 13, 14])
    expect(await values(call(inputs(a.state)).state.w)).toEqual([21, 22, 23, 24])
  })

  test('a disposed tensor is an error to use; the rest goes on', async () => {
    const a = call(inputs(fresh()))
    a.before.dispose()
    a.before.dispose()
    a.state.w.dispose()
    await expect(a.before.read()).rejects.toThrow('this tensor was disposed')
    expect(() => call(inputs(a.state))).toThrow('state.w: this tensor was disposed')
    const b = call(inputs({ ...a.state, w: Float32Array.of(0, 0, 0, 0) }))
    expect(await b.state.count.item()).toBe(2)
  })

  test('a disposed executable takes its state along, and nothing else', async () => {
    const a = call(inputs(fresh()))
    step.dispose()
    step.dispose()
    expect(await values(a.before)).toEqual([1, 2, 3, 4])
    const message = 'this tensor was in the memory of step, which has been disposed; read it before that'
    await expect(a.state.w.read()).rejects.toThrow(message)
    expect(() => call(inputs(fresh()))).toThrow('step has been disposed')
    const other = bind(executable, await device.load(executable), device)
    expect(() => other.call(inputs(a.state))).toThrow(`state.w: ${message}`)
  })

  test('a tensor of another device is refused, with a way out', async () => {
    const elsewhere = new InterpretedDevice()
    const other = bind(onCpu, await elsewhere.load(onCpu), elsewhere)
    const a = other.call(inputs(fresh())) as Result
    expect(() => step.call({ ...inputs(fresh()), x: a.before })).toThrow(
      `x: this tensor is on another device (interpreter, and step runs on ${device.name}); give what its read() gives`,
    )
  })
})

test('resident state is copied neither in nor out', async () => {
  const device = new InterpretedDevice()
  const step = bind(onCpu, await device.load(onCpu), device)
  const { state } = step.call(inputs(fresh())) as Result
  device.log.length = 0
  step.call(inputs(state))
  // x, rate and the two masks go in; the three outputs that are not state come out.
  expect(device.log).toEqual(['write', 'write', 'write', 'write', 'run', 'keep', 'keep', 'keep'])
})

test('what was uploaded is not copied again', async () => {
  const device = new InterpretedDevice()
  const step = bind(onCpu, await device.load(onCpu), device)
  const { state, mask, ...rest } = inputs(fresh())
  const held = step.upload(rest) as object
  device.log.length = 0
  step.call({ state: (step.call({ state, mask, ...held }) as Result).state, mask, ...held })
  const ofState = ['write', 'write', 'write']
  const ofCall = ['write', 'write', 'run', 'keep', 'keep', 'keep']
  expect(device.log).toEqual([...ofState, ...ofCall, ...ofCall])
})

test('copies that were made for one call are freed by it', async () => {
  const device = new InterpretedDevice()
  const step = bind(onCpu, await device.load(onCpu), device)
  const { state } = step.call(inputs(fresh())) as Result
  const copies = device.copies.size
  const result = step.call({ ...inputs(state), x: state.w }) as Result
  expect(device.copies.size).toBe(copies + 3)
  result.before.dispose()
  expect(device.copies.size).toBe(copies + 2)
})

test('a name that every object has is a name like any other', async () => {
  const device = new InterpretedDevice()
  const step = bind(onCpu, await device.load(onCpu), device)
  expect(() => step.call({ ...inputs(fresh()), toString: 1 })).toThrow('step has no input toString')

  const { record } = plan.inputs as { readonly record: { readonly [name: string]: Tree<Port> } }
  const renamed = { ...plan, inputs: { record: { ...record, valueOf: record.rate! } } }
  const made = { ...onCpu, plan: renamed }
  const other = bind(made, await device.load(made), device)
  expect(() => other.call(inputs(fresh()))).toThrow('step needs the input valueOf: f32 []')
})

test('what is given for f16 is rounded to it, in whatever form it comes', () => {
  const h: Port = { path: 'h', dtype: 'f16', shape: [3], dims: [3], place: { region: 0, offset: 0 } }
  const half = { ...plan, inputs: { leaf: h } }
  // Not every platform has the real one.
  const Float16Array = { Float16Array: class extends Float32Array {} }.Float16Array
  const values = [0.1, -1e5, 2 ** -25 + 2 ** -40]
  for (const given of [values, Float32Array.from(values), Float16Array.from(values)]) {
    const value = matchInputs(half, given)[0]!.value as Float32Array
    expect(value).toEqual(Float32Array.of(0.0999755859375, Number.NEGATIVE_INFINITY, 2 ** -24))
    expect(value.constructor).toBe(Float32Array)
  }
  const one = { ...half, inputs: { leaf: { ...h, shape: [], dims: [] } } }
  expect(matchInputs(one, 0.1)[0]!.value).toEqual(Float32Array.of(0.0999755859375))
  for (const given of [[1, 2, '3'], new Float64Array(3), new Uint16Array(3)])
    expect(() => matchInputs(half, given)).toThrow(
      'h needs a tensor or a Float32Array of 3 f16 values ([3]), was given',
    )
})
