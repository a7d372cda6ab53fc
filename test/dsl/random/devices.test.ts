import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bernoulli,
  bits,
  categorical,
  choice,
  exponential,
  f32,
  gumbel,
  type Key,
  key,
  keyOf,
  keyWords,
  normal,
  permutation,
  program,
  rademacher,
  randint,
  split,
  truncatedNormal,
  uniform,
  vmap,
} from '../../../dsl/index.ts'
import { compile, type Device, openDevice } from '../../../index.ts'
import type { DeviceTensor, Numbers } from '../../../runtime/tensor.ts'
import { computing, missing } from '../../runtime/webgpu/gpus.ts'
import { extremes, partitionable, randomOf, type Key as Words } from './reference.ts'

// The numbers of kernels are those of the reference: integers and uniforms equal, other floats to a few units in the
// last place of f32.

const n = 300
const logits = [0.3, -1.2, 2, 0.5]
const weights = [0.1, 0.2, 0.3, 0.4]

const draws = program({ seed: key(), logits: f32(4), weights: f32(4) }, ({ seed, logits, weights }) => {
  const [least, greatest] = [keyOf(extremes[0]![1]), keyOf(extremes[1]![1])]
  return {
    exact: {
      bits: bits(seed, [n]),
      uniform: uniform(seed, [n]),
      bernoulli: bernoulli(seed, 0.3, [n]).cast('i32'),
      rademacher: rademacher(seed, [n]),
      randint: randint(seed, [n], -3, 10),
      randintWide: randint(seed, [n], -(2 ** 31), 2 ** 31),
      permutation: permutation(seed, n),
      categorical: categorical(seed, logits, -1, [n]),
      choice: choice(seed, 5, [n]),
      choiceOnce: choice(seed, n, [10], { replace: false }),
      weighted: choice(seed, 4, [n], { p: weights }),
      weightedOnce: choice(seed, 4, [3], { p: weights, replace: false }),
      mapped: vmap((key: Key) => bits(key, [3]))(split(seed, [n])),
    },
    close: {
      scaled: uniform(seed, [n], { min: -3, max: 7 }),
      normal: normal(seed, [n]),
      truncatedNormal: truncatedNormal(seed, -0.5, 2, [n]),
      exponential: exponential(seed, [n]),
      gumbel: gumbel(seed, [n]),
      leastGumbel: gumbel(least, [1]),
      leastNormal: normal(least, [1]),
      leastTruncated: truncatedNormal(least, 0, 2, [1]),
      greatestGumbel: gumbel(greatest, [1]),
      greatestNormal: normal(greatest, [1]),
      greatestExponential: exponential(greatest, [1]),
    },
  }
})

type Named = { readonly [name: string]: ArrayLike<number> }

function expected(seed: Words): { exact: Named; close: Named } {
  const random = randomOf(partitionable)
  const [least, greatest] = extremes
  const f32 = weights.map(Math.fround)
  return {
    exact: {
      bits: random.bits(seed, n),
      uniform: random.unit(seed, n),
      bernoulli: random.bernoulli(seed, n, 0.3),
      rademacher: random.rademacher(seed, n),
      randint: random.randint(seed, n, -3, 10),
      randintWide: random.randint(seed, n, -(2 ** 31), 2 ** 31),
      permutation: random.permutation(seed, n),
      categorical: random.categorical(
        seed,
        Array.from({ length: n }, () => logits),
        (i, k) => 4 * i + k,
      ),
      choice: random.choice(seed, 5, n, true),
      choiceOnce: random.choice(seed, n, 10, false),
      weighted: random.choice(seed, 4, n, true, f32),
      weightedOnce: random.choice(seed, 4, 3, false, f32),
      mapped: random.split(seed, n).flatMap((key) => random.bits(key, 3)),
    },
    close: {
      scaled: random.uniform(seed, n, -3, 7),
      normal: random.normal(seed, n),
      truncatedNormal: random.truncatedNormal(seed, n, -0.5, 2),
      exponential: random.exponential(seed, n),
      gumbel: random.gumbel(seed, n),
      leastGumbel: random.gumbel(least!, 1),
      leastNormal: random.normal(least!, 1),
      leastTruncated: random.truncatedNormal(least!, 1, 0, 2),
      greatestGumbel: random.gumbel(greatest!, 1),
      greatestNormal: random.normal(greatest!, 1),
      greatestExponential: random.exponential(greatest!, 1),
    },
  }
}

for (const [kind, skipped] of [
  ['cpu', false],
  ['webgpu', missing(computing, 'random numbers on WebGPU')],
] as const)
  describe.skipIf(skipped)(`on ${kind}`, () => {
    const seed = keyWords(2 ** 40 + 17)
    const { exact, close } = expected(seed)
    const found = new Map<string, Numbers>()
    let device: Device
    beforeAll(async () => {
      device = await openDevice(kind, computing.gpu ? { gpu: computing.gpu } : {})
      const run = await compile(draws, device)
      const results = run({
        seed: Uint32Array.from(seed),
        logits: Float32Array.from(logits),
        weights: Float32Array.from(weights),
      })
      for (const group of [results.exact, results.close] as unknown as { [name: string]: DeviceTensor }[])
        for (const [name, tensor] of Object.entries(group)) found.set(name, await tensor.read())
    })
    afterAll(() => device.dispose())

    test.each(Object.keys(exact))('%s is equal', (name) => {
      expect([...found.get(name)!]).toEqual(Array.from(exact[name]!))
    })
    test.each(Object.keys(close))('%s is close', (name) => {
      const [given, needed] = [found.get(name)!, Array.from(close[name]!)]
      const ulps = needed.map((x, i) => Math.abs(given[i]! - x) / (2 ** -23 * Math.max(Math.abs(x), 1)))
      expect(Math.max(...ulps)).toBeLessThan(8)
    })
  })
