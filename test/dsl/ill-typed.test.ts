import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as language from '../../dsl/index.ts'
import { bool, FluxionError, f16, f32, i32, key, program, traceProgram, u32 } from '../../dsl/index.ts'
import * as nn from '../../dsl/nn/index.ts'
import * as optim from '../../dsl/optim/index.ts'
import { TracedTensor } from '../../dsl/traced-tensor.ts'
import { times } from '../full.ts'

// Any function of the language, or any method of a tensor, on anything at all: it gives something, or says in the language's own words what is wrong.

const specs = {
  x: f32('n', 3),
  y: f32(3),
  none: f32(0, 2),
  s: f32(),
  half: f16(2),
  k: i32('n'),
  u: u32(2, 2),
  c: bool('n', 3),
  seed: key(),
  deep: f32(1, 2, 1, 2),
}
const tensorNames = Object.keys(specs)

/** What is a part of the language but is not called while tracing, or takes the arguments of tests and tools. */
const notCalled = [
  'FluxionError',
  'traceInit',
  'traceProgram',
  'program',
  'mapLeaves',
  'tracedLeaves',
  'isLeaf',
  'dimsOf',
]
const functions = [language, nn, optim]
  .flatMap((room: object) => Object.entries<unknown>(room as never))
  .filter(([name, value]) => typeof value === 'function' && !notCalled.includes(name))
  .map(([name, value]) => [name, value as (...args: unknown[]) => unknown] as const)
const methods = Object.getOwnPropertyNames(TracedTensor.prototype).filter((name) => name !== 'constructor')

type Make = (tensors: { readonly [name: string]: unknown }) => unknown
const constant = (value: unknown): fc.Arbitrary<Make> => fc.constant(() => value)
const argument: fc.Arbitrary<Make> = fc.letrec<{ any: Make }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2 },
    {
      weight: 8,
      arbitrary: fc.constantFrom(...tensorNames).map(
        (name): Make =>
          (tensors) =>
            tensors[name],
      ),
    },
    {
      weight: 6,
      arbitrary: fc.constantFrom(0, 1, 2, 3, -1, -2, 1.5, -0.5, Number.NaN, Number.POSITIVE_INFINITY, 7).map(
        (value): Make =>
          () =>
            value,
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom('n', 'm', 'f32', 'i32', 'key', 'x', '', 'ij,jk->ik', 'same', 'y.0').map(
        (value): Make =>
          () =>
            value,
      ),
    },
    constant(undefined),
    constant(null),
    constant(true),
    constant({}),
    constant([]),
    constant(f32(2)),
    constant(program({ x: f32('q') }, ({ x }) => x.square().sum())),
    constant((x: unknown) => x),
    constant((a: unknown, b: unknown) => [a, b]),
    constant(() => 1),
    constant((x?: { sum?(): unknown }) => x?.sum?.()),
    fc.array(tie('any'), { maxLength: 3 }).map(
      (parts): Make =>
        (tensors) =>
          parts.map((part) => part(tensors)),
    ),
    fc
      .dictionary(
        fc.constantFrom('a', 'axis', 'keepdims', 'length', 'x', 'inAxes', 'eps', 'learningRate'),
        tie('any'),
        { maxKeys: 2 },
      )
      .map(
        (record): Make =>
          (tensors) =>
            Object.fromEntries(Object.entries(record).map(([name, part]) => [name, part(tensors)])),
      ),
  ),
})).any

const call = fc.oneof(
  fc.record({
    name: fc.constantFrom(...methods),
    on: fc.constantFrom(...tensorNames),
    args: fc.array(argument, { maxLength: 3 }),
  }),
  fc.record({
    name: fc.constantFrom(...functions.map(([name]) => name)),
    on: fc.constant(undefined),
    args: fc.array(argument, { maxLength: 4 }),
  }),
)

/** The words of JavaScript itself are no answer. */
const raw =
  /undefined is not|is not a function|is not iterable|cannot read propert|reduce of empty|invalid array length|maximum call stack/i

test('whatever is called with whatever gives a value or an error of the language', { timeout: 120_000 * times }, () => {
  let [refused, made] = [0, 0]
  fc.assert(
    fc.property(call, ({ name, on, args }) => {
      const of = program(
        specs as never,
        (tensors: { readonly [name: string]: { [method: string]: (...args: unknown[]) => unknown } }) => {
          const given = args.map((make) => make(tensors))
          const result =
            on === undefined ? functions.find(([other]) => other === name)![1](...given) : tensors[on]![name]!(...given)
          // What a transform or a layer is made of runs when it is called.
          if (typeof result === 'function') result(...given)
          return tensors.s
        },
      )
      try {
        traceProgram(of as never, { n: 2 })
        made++
      } catch (error) {
        refused++
        const at = `${on ?? ''}.${name}`
        expect(error, `${at}: ${error instanceof Error ? error.stack : error}`).toBeInstanceOf(FluxionError)
        expect((error as Error).message, at).not.toMatch(raw)
      }
    }),
    { numRuns: 4000 * times },
  )
  // Neither way is rare.
  expect(Math.min(refused, made)).toBeGreaterThan(300)
})
