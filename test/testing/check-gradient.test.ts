import { describe, expect, test } from 'vitest'
import { f32, i32, program, where } from '../../dsl/index.ts'
import { noiseOf, slopesOf } from '../../testing/differences.ts'
import {
  array,
  checkGradient,
  compareGradient,
  evaluateProgram,
  programs,
  tensors,
  Undecided,
} from '../../testing/index.ts'
import type { RandomProgram } from '../../testing/programs/programs.ts'
import { field, flowMatching } from '../dsl/listing.ts'
import * as fc from '../fc.ts'
import { times } from '../full.ts'
import { aside } from './aside.ts'
import { tanhOff, tanhReverseOnly } from './planted.ts'

const relu = program({ x: f32('n') }, ({ x }) => x.maximum(0).sum(), { name: 'relu' })

const wrongOnes = (program: RandomProgram['program'], inputs: RandomProgram['inputs']) =>
  compareGradient(program, inputs).derivatives.filter(({ verdict }) => verdict === 'wrong')

describe('right gradients pass', () => {
  test('of flow matching', () => {
    fc.assert(
      fc.property(tensors(flowMatching), (inputs) => checkGradient(flowMatching, inputs)),
      { numRuns: 25 * times },
    )
  })

  test('of random programs', { timeout: 120_000 * times }, () => {
    fc.assert(
      fc.property(programs({ loss: true }), ({ program, inputs }) => {
        const { data } = evaluateProgram(program, inputs) as { data: Float64Array }
        fc.pre(Number.isFinite(data[0]))
        // Random inputs have ties, where kinks meet: what derivatives of parts make up may lie beyond both slopes, and
        // two kinks may make up none. Beside them it is right.
        const wrong = wrongOnes(program, inputs)
        for (const { reverse, forward, where } of wrong) expect(close(reverse, forward ?? reverse), where).toBe(true)
        if (wrong.length === 0) return
        const beside = aside(inputs)
        fc.pre(Number.isFinite((evaluateProgram(program, beside) as { data: Float64Array }).data[0]))
        const places = new Set(wrongOnes(program, beside).map(({ where }) => where))
        for (const { where } of wrong) expect(places.has(where), where).toBe(false)
      }),
      { numRuns: 100 * times },
    )
  })

  test('but where kinks meet they may lie beyond both slopes, and that is said', () => {
    // Where elements are equal, the gradient of the greatest goes to one of them and that of maximum to both sides in
    // halves; its slope is that of whichever is greatest then.
    const meeting = program({ x: f32('n', 3) }, ({ x }) => {
      const v = x.neg()
      return v.topK(1).values.maximum(v).sum().add(x.clamp(-0.5, 0.5).sum())
    })
    checkGradient(meeting, {
      x: [
        [0.1, 0.4, 0.2],
        [0.9, 0.3, 0.7],
      ],
    })
    const tied = {
      x: [
        [0, 0.5, 0],
        [1, 0, 1],
      ],
    }
    expect(() => checkGradient(meeting, tied)).toThrow('Several kinks may meet at these inputs')
    const wrong = compareGradient(meeting, tied).derivatives.filter(({ verdict }) => verdict === 'wrong')
    for (const { differences, reverse, forward } of wrong) {
      expect(differences.kind).toBe('kink')
      expect(close(reverse, forward!)).toBe(true)
    }
  })

  test('two kinks that make up none are told of, too', () => {
    const none = program({ x: f32('n') }, ({ x }) => x.maximum(0).minimum(x).sum())
    checkGradient(none, { x: [0.5, -0.5] })
    expect(() => checkGradient(none, { x: [0] })).toThrow('Where kinks meet, derivatives of the parts need not make up')
  })

  test('whatever the loss is multiplied by', () => {
    const scaled = program({ x: f32('n'), by: f32() }, ({ x, by }) => x.square().sigmoid().sum().mul(by))
    const sizes = { dims: { n: { min: 1 } } }
    fc.assert(
      fc.property(tensors(scaled, sizes), fc.integer({ min: -30, max: 30 }), ({ x }, power) =>
        checkGradient(scaled, { x, by: array(10 ** power) }, { wrt: 'x' }),
      ),
    )
  })

  test('near kinks, at every distance', () => {
    fc.assert(
      fc.property(fc.integer({ min: -160, max: 10 }), fc.boolean(), (power, below) => {
        const distance = 10 ** (power / 10) * (below ? -1 : 1)
        // The second element always counts.
        const { derivatives } = compareGradient(relu, { x: [distance, 1] })
        expect(derivatives.map(({ verdict }) => verdict)).not.toContain('wrong')
        expect(derivatives[1]!.verdict).toBe('right')
      }),
    )
  })

  test('where forward mode does not exist, against differences alone', () => {
    const loss = program({ x: f32(2) }, ({ x }) => tanhReverseOnly(x).sum())
    const { derivatives, noForward } = compareGradient(loss, { x: [0.5, 2] })
    expect(noForward).toContain('nobody wrote it')
    expect(derivatives.map(({ forward, verdict }) => [forward, verdict])).toEqual(
      derivatives.map(() => [undefined, 'right']),
    )
  })
})

describe('wrong gradients are found', () => {
  for (const where of ['reverse', 'forward', 'both'] as const) {
    test(`in ${where === 'both' ? 'both modes' : `${where} mode`}, by however little`, () => {
      const values = { x: { min: -0.5, max: 0.5 } }
      fc.assert(
        fc.property(
          fc.integer({ min: -40, max: 10 }),
          tensors({ x: f32('n', 3) }, { dims: { n: { min: 1 } }, values }),
          (power, { x }) => {
            const tanh = tanhOff(1 + 10 ** (power / 10), where)
            const loss = program({ x: f32('n', 3) }, ({ x }) =>
              x
                .square()
                .sum(1)
                .add(tanh(x.sum(1)))
                .sum(),
            )
            expect(() => checkGradient(loss, { x })).toThrow('the gradient is wrong at x[0, 0]')
          },
        ),
      )
    })
  }

  const message = (loss: Parameters<typeof checkGradient>[0], inputs: object): string => {
    try {
      checkGradient(loss as never, inputs as never)
    } catch (error) {
      return (error as Error).message
    }
    return 'nothing'
  }

  test('and the message has all numbers, and says where to look', () => {
    const planted = (where: 'reverse' | 'forward' | 'both') =>
      program({ deep: { x: f32(2, 2) }, y: f32() }, ({ deep, y }) => tanhOff(2, where)(deep.x).sum().add(y), {
        name: 'planted',
      })
    const inputs = {
      deep: {
        x: [
          [0, 0],
          [0, 0],
        ],
      },
      y: 1,
    }
    const text = message(planted('both') as never, inputs)
    expect(text).toMatch(
      /^checkGradient planted: the gradient is wrong at deep\.x\[0, 0\]\n {2}reverse {6}2\n {2}forward {6}2\n {2}differences {2}(1|1\.0000000\d+|0\.9999999\d+) ± \d\.\de-\d+\n {2}5 of 6 derivatives are wrong\n {2}Look for a gradient that is stopped or customised/,
    )
    expect(message(planted('reverse') as never, inputs)).toContain('Forward mode is right: look at the reverse rule')
    expect(message(planted('forward') as never, inputs)).toContain('Reverse mode is right: look at the forward rule')
  })

  test('a gradient that is NaN where the loss is not', () => {
    const norm = program({ x: f32('n') }, ({ x }) => x.square().sum().sqrt())
    expect(message(norm as never, { x: [0, 0] })).toContain('The loss is finite and its gradient is not')
    checkGradient(norm, { x: [3, 4] })
  })

  test('at a kink, beyond both slopes', () => {
    // Its slopes at 0 are 0 and 1; the planted gradient is 2 / 2 + 1.
    const loss = program({ x: f32(1) }, ({ x }) => tanhOff(3, 'both')(x.maximum(0)).sum())
    const [derivative] = compareGradient(loss, { x: [0] }).derivatives
    expect(derivative).toMatchObject({ differences: { kind: 'kink' }, verdict: 'wrong', reverse: 1.5 })
  })

  test('in a tensor too large for each element to be looked at', () => {
    const loss = program({ x: f32(400) }, ({ x }) => tanhOff(1.01, 'both')(x).sum())
    expect(message(loss as never, { x: Array.from({ length: 400 }, (_, i) => i / 200 - 1) })).toContain(
      'is wrong at x[',
    )
  })

  test('and the counterexample shrinks', () => {
    const loss = program({ x: f32('n', 3), y: f32('n') }, ({ x, y }) => tanhOff(1.5, 'both')(x.sum(1)).add(y).sum())
    const { counterexample } = fc.check(
      fc.property(tensors(loss), (inputs) => checkGradient(loss, inputs)),
      { seed: 1 },
    )
    expect(fc.stringify(counterexample)).toBe('[{"x":array([[0, 0, 0]]),"y":array([0])}]')
  })
})

describe('what cannot be decided is said', () => {
  test('an element at a kink is left out, with its slopes', () => {
    const [first, second] = compareGradient(relu, { x: [0, 1] }).derivatives
    expect(first).toMatchObject({ where: 'x[0]', verdict: 'kink' })
    expect(first!.differences.left).toBeCloseTo(0, 9)
    expect(first!.differences.right).toBeCloseTo(1, 9)
    expect(second).toMatchObject({ where: 'x[1]', verdict: 'right' })
    checkGradient(relu, { x: [0, 1] })
  })

  test('a case in which nothing was checked is discarded by fast-check, and an error without it', () => {
    expect(() => checkGradient(relu, { x: [0] })).toThrow(Undecided)
    expect(() => checkGradient(relu, { x: [0] })).toThrow('nothing was checked: x[0] lies at a kink, with slopes')
    expect(() => checkGradient(relu, { x: array([]) })).toThrow('nothing was checked: the inputs have no elements')
    const never = fc.check(
      fc.property(fc.constant({ x: array([0]) }), (inputs) => checkGradient(relu, inputs)),
      { numRuns: 2 },
    )
    expect(never).toMatchObject({ failed: true, numRuns: 0, counterexample: null })
  })

  test('a jump is neither right nor wrong', () => {
    const step = program({ x: f32() }, ({ x }) => where(x.less(0), x, x.add(1)))
    expect(compareGradient(step, { x: 0 }).derivatives[0]!.verdict).toBe('rough')
    expect(compareGradient(step, { x: 0.5 }).derivatives[0]!.verdict).toBe('right')
  })

  test('the end of where a function is finite', () => {
    const root = program({ x: f32() }, ({ x }) => x.sqrt())
    expect(compareGradient(root, { x: 0 }).derivatives[0]!.verdict).toBe('rough')
    checkGradient(root, { x: 1e-4 })
  })

  test('a loss that is not finite is a failure, unless it is one of nothing', () => {
    const mean = program({ x: f32('n') }, ({ x }) => x.log().mean())
    expect(() => checkGradient(mean, { x: [-1] })).toThrow('the loss is NaN at these inputs')
    expect(() => checkGradient(mean, { x: array([]) })).toThrow(Undecided)
  })
})

test('differences keep what they promise: the slope of a smooth function is within the bound', () => {
  const coefficient = fc.integer({ min: -300, max: 300 }).map((hundredths) => hundredths / 100)
  fc.assert(
    fc.property(
      fc.array(coefficient, { minLength: 4, maxLength: 4 }),
      fc.integer({ min: -20, max: 20 }),
      fc.integer({ min: -10, max: 25 }),
      ([a, b, c, d], power, rate) => {
        const [size, w] = [10 ** (power / 2), 10 ** (rate / 10)]
        const f = (t: number) =>
          Float64Array.of(size * (a! + b! * Math.sin(w * t + c!) + d! * Math.exp(t) + t * t * c!))
        const slope = size * (b! * w * Math.cos(c!) + d!)
        const line = { at: f, value: f(0), noise: noiseOf(f, 1), argument: 1, slopes: Float64Array.of(0), onTheWay: 0 }
        const [found] = slopesOf(line)
        if (found!.kind === 'smooth') expect(Math.abs(found!.estimate - slope)).toBeLessThanOrEqual(found!.bound)
        expect(found!.kind).not.toBe('kink')
      },
    ),
    { numRuns: 400 * times },
  )
})

test('which inputs and which result can be named, and what is wrong with a name is said', () => {
  const many = program({ a: { x: f32(2), k: i32() }, y: f32() }, ({ a, y }) => ({
    loss: a.x.sum().mul(y),
    vector: a.x,
    count: a.k,
  }))
  const inputs = { a: { x: [1, 2], k: 3 }, y: 4 }
  const wheres = (options: object) => compareGradient(many, inputs, options).derivatives.map(({ where }) => where)
  expect(wheres({ output: 'loss', wrt: 'a' })).toEqual(['a.x[0]', 'a.x[1]', 'all inputs in a random direction'])
  expect(wheres({ output: 'loss' })).toEqual(['a.x[0]', 'a.x[1]', 'y', 'all inputs in a random direction'])
  const complaint = (options: object) => {
    try {
      checkGradient(many, inputs, options)
    } catch (error) {
      return (error as Error).message.split('\n')[0]
    }
    return 'nothing'
  }
  expect(complaint({})).toMatch(/has several results; name the scalar: \{ output: '\.\.\.' \}, of loss, vector, count$/)
  expect(complaint({ output: 'other' })).toBe(
    'type error: checkGradient: there is no result other; there is loss, vector, count',
  )
  expect(complaint({ output: 'vector' })).toBe('shape error: checkGradient: vector is [2], needs []')
  expect(complaint({ output: 'count' })).toBe('dtype error: checkGradient: count is i32, needs a float')
  expect(complaint({ output: 'loss', wrt: 'a.k' })).toMatch(
    /has no float input a\.k; it takes a\.x \(f32\), a\.k \(i32\), y \(f32\)$/,
  )
})

test('parameters of layers are differentiated by their paths', () => {
  const loss = program({ params: field.params, x: f32(3) }, ({ params, x }) => field.apply(params, x).sum())
  fc.assert(
    fc.property(tensors(loss), (inputs) => checkGradient(loss, inputs, { wrt: 'params.2' })),
    { numRuns: 10 },
  )
})

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))
