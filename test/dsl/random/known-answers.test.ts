import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  bernoulli,
  bits,
  categorical,
  choice,
  exponential,
  f32,
  foldIn,
  gumbel,
  type Key,
  key,
  normal,
  permutation,
  rademacher,
  randint,
  type Shape,
  split,
  type Tensor,
  truncatedNormal,
  uniform,
} from '../../../dsl/index.ts'
import { runBody } from '../run.ts'
import { original, partitionable, randomOf, threefry, type Key as Words } from './reference.ts'

interface Vector {
  readonly what: string
  readonly source: string
  readonly layout: 'partitionable' | 'original'
  readonly key: Words
  readonly shape: number[]
  readonly args: {
    readonly min: number
    readonly max: number
    readonly lower: number
    readonly upper: number
    readonly p: number & number[]
    readonly data: number
    readonly counter: Words
    readonly logits: readonly (readonly number[])[]
    readonly axis: 0 | -1
    readonly n: number
    readonly replace: boolean
  }
  readonly gives: readonly number[]
  readonly tolerance: number
}
const { vectors } = JSON.parse(readFileSync(join(import.meta.dirname, 'known-answers.json'), 'utf8')) as {
  vectors: readonly Vector[]
}

type Reference = ReturnType<typeof randomOf>
interface Answers {
  reference(random: Reference, key: Words, count: number, vector: Vector): readonly (number | Words)[]
  /** What an author writes, with a tensor of `input` where there is one. */
  readonly program?: (seed: Key, vector: Vector, x: Tensor<Shape>) => unknown
  readonly input?: (vector: Vector) => readonly (readonly number[])[] | undefined
  /** What is said of its numbers. */
  readonly summary?: (numbers: number[], shape: readonly number[]) => number[]
}

/** Rows of logits along an axis of a matrix, and where row i's class k stands in it. */
const alongAxis = (logits: readonly (readonly number[])[], axis: 0 | -1) => {
  const columns = logits[0]!.length
  return axis === -1
    ? { rows: logits, place: (i: number, k: number) => i * columns + k }
    : { rows: logits[0]!.map((_, j) => logits.map((row) => row[j]!)), place: (j: number, k: number) => k * columns + j }
}

const covariance = (numbers: number[], [rows, columns]: readonly number[]): number[] => {
  const parts = Array.from({ length: rows! }, (_, i) => numbers.slice(i * columns!, (i + 1) * columns!))
  const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length
  const off = parts.map((part) => part.map((x) => x - mean(part)))
  return off.flatMap((a) => off.map((b) => a.reduce((sum, x, i) => sum + x * b[i]!, 0) / (columns! - 1)))
}

const answers: { readonly [what: string]: Answers } = {
  threefry: { reference: (_, key, _count, { args }) => [threefry(key, args.counter)] },
  split: {
    reference: (random, key, count) => random.split(key, count),
    program: (seed, { shape }) => split(seed, shape),
  },
  foldIn: {
    reference: (random, key, _, { args }) => [random.foldIn(key, args.data)],
    program: (seed, { args }) => foldIn(seed, args.data),
  },
  bits: { reference: (random, key, count) => random.bits(key, count), program: (seed, { shape }) => bits(seed, shape) },
  uniform: {
    reference: (random, key, count, { args: { min = 0, max = 1 } }) => random.uniform(key, count, min, max),
    program: (seed, { shape, args }) => uniform(seed, shape, args),
  },
  normal: {
    reference: (random, key, count) => random.normal(key, count),
    program: (seed, { shape }) => normal(seed, shape),
  },
  'covariance of normal': {
    reference: (random, key, count) => random.normal(key, count),
    program: (seed, { shape }) => normal(seed, shape),
    summary: covariance,
  },
  'normal of split': {
    reference: (random, key, count) => random.split(key, count).flatMap((part) => random.normal(part, 1)),
    program: (seed, { shape }) => split(seed, shape[0]!).map((part) => normal(part, [])),
  },
  truncatedNormal: {
    reference: (random, key, count, { args }) => random.truncatedNormal(key, count, args.lower, args.upper),
    program: (seed, { shape, args }) => truncatedNormal(seed, args.lower, args.upper, shape),
  },
  bernoulli: {
    reference: (random, key, count, { args }) => random.bernoulli(key, count, args.p),
    program: (seed, { shape, args }) => bernoulli(seed, args.p as number, shape),
  },
  rademacher: {
    reference: (random, key, count) => random.rademacher(key, count),
    program: (seed, { shape }) => rademacher(seed, shape),
  },
  exponential: {
    reference: (random, key, count) => random.exponential(key, count),
    program: (seed, { shape }) => exponential(seed, shape),
  },
  gumbel: {
    reference: (random, key, count) => random.gumbel(key, count),
    program: (seed, { shape }) => gumbel(seed, shape),
  },
  randint: {
    reference: (random, key, count, { args }) => random.randint(key, count, args.min, args.max),
    program: (seed, { shape, args }) => randint(seed, shape, args.min, args.max),
  },
  categorical: {
    reference(random, key, _, { args }) {
      const { rows, place } = alongAxis(args.logits, args.axis)
      return random.categorical(key, rows, place)
    },
    program: (seed, { args }, logits) => categorical(seed, logits, args.axis),
    input: ({ args }) => args.logits,
  },
  permutation: {
    reference: (random, key, _, { args }) => random.permutation(key, args.n),
    program: (seed, { args }) => permutation(seed, args.n),
  },
  choice: {
    reference: (random, key, count, { args }) => random.choice(key, args.n, count, args.replace, args.p),
    program: (seed, { args: { n, replace, p }, shape }, x) =>
      choice(seed, n, shape, p ? { replace, p: x.reshape([n]) } : { replace }),
    input: ({ args: { p } }) => p && [p],
  },
}

function agrees(found: number[], { what, shape, gives, tolerance }: Vector): void {
  const said = answers[what]!.summary?.(found, shape) ?? found
  expect(said.length).toBe(gives.length)
  const off = gives.filter((value, i) => !(Math.abs(said[i]! - value) <= tolerance * Math.max(1, Math.abs(value))))
  expect(off).toEqual([])
}

describe.each(vectors.map((vector, i) => ({ ...vector, i })))('$i: $what of $layout keys, $source', (vector) => {
  const { what, layout, key: words, shape } = vector
  const { reference, program, input } = answers[what]!

  test('the reference has it', () => {
    const random = randomOf(layout === 'original' ? original : partitionable)
    const count = shape.reduce((a, b) => a * b, 1)
    agrees([...reference(random, words, count, vector)].flat(), vector)
  })

  if (layout === 'partitionable' && program)
    test('and so have programs', () => {
      const rows = input?.(vector) ?? [[0]]
      const specs = { seed: key(), x: f32(rows.length, rows[0]!.length) }
      const result = runBody(specs, ({ seed, x }) => program(seed, vector, x), { seed: words, x: rows.flat() })
      agrees([result as unknown as number[]].flat(2), vector)
    })
})

test('the vectors are those of distributions that are compared, from both layouts', () => {
  expect(vectors.filter(({ what }) => !(what in answers))).toEqual([])
  expect(new Set(vectors.map(({ layout }) => layout))).toEqual(new Set(['partitionable', 'original']))
})
