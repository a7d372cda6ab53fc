import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { groupsOf, logProbsOf, rowsAtOnce } from '../../cli/logprob/in-parts.ts'
import { hostRandom, type PriorLogProbOptions, rk4 } from '../../models/index.ts'

let said: string[]
beforeEach(() => {
  said = []
  vi.spyOn(console, 'error').mockImplementation((line) => void said.push(line))
})
afterEach(() => vi.restoreAllMocks())

/** Of rows of 64 numbers log p is the first of them. */
function priorThat(asked: PriorLogProbOptions[]) {
  return {
    logProb: async (y: ArrayLike<number>, options: PriorLogProbOptions = {}) => {
      asked.push(options)
      const value = Float32Array.from({ length: y.length / 64 }, (_, row) => y[64 * row]!)
      const error = value.map((first) => (first === 7 ? 0.5 : 0))
      const [fallback, evaluations] = [new Uint32Array(value.length), new Int32Array(value.length).fill(9)]
      return { value, error, noise: Float32Array.from(y), fallback, evaluations, solver: 'rk4(50)' }
    },
  }
}
const first = Float32Array.from({ length: 600 }, (_, row) => row)
const rows = Float32Array.from({ length: 600 * 64 }, (_, at) => (at % 64 === 0 ? first[at / 64]! : -1))

test('rows are asked for in parts, and come in their order; how far it is and what is coarse is told', async () => {
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 6000))
  const asked: PriorLogProbOptions[] = []
  const found = await logProbsOf(priorThat(asked), rows, 64, { solver: rk4(50), probes: 'exact', seed: 0 })
  expect(asked).toHaveLength(3)
  expect(found.value).toEqual(first)
  expect(found.evaluations).toEqual(new Int32Array(600).fill(9))
  expect(said).toEqual([
    'row 256/600  8s left',
    'row 512/600  2s left',
    'warning: rk4(50) is too coarse here: 1 of 600 rows are off by more than 0.05 nats, the worst by about 0.50; take more --steps, or --solver dopri5',
  ])
})

test('each part has directions of its own, and the first those of its seed; what is quick is not told of', async () => {
  const asked: PriorLogProbOptions[] = []
  const many = new Float32Array(2000 * 64)
  const { standardError } = await logProbsOf(priorThat(asked), many, 64, { solver: rk4(50), probes: 1, seed: 5 })
  expect(asked.map(({ divergence }) => divergence)).toEqual([
    { probes: 1, seed: 5 },
    { probes: 1, seed: 5 + 2 ** 32 },
  ])
  expect(standardError).toBeUndefined()
  expect(said).toEqual([])
})

test.each([
  [2, 'exact', 1024],
  [16, 'exact', 1024],
  [100, 'exact', 128],
  [5000, 'exact', 64],
  [5000, 4, 1024],
] as const)('of %s dims, %s: %s rows at a time', (dimension, probes, count) => {
  expect(rowsAtOnce(dimension, probes)).toBe(count)
})

test.each([
  [1, [1]],
  [3, [1, 1, 1]],
  [8, [2, 2, 2, 2]],
  [10, [3, 3, 2, 2]],
  ['exact', ['exact']],
] as const)('%s directions are %j', (probes, groups) => {
  expect(groupsOf(probes)).toEqual(groups)
})

test.each([2, 4, 10])('along %s directions the standard error is how far values are off', async (probes) => {
  const random = hostRandom(0)
  const exact = priorThat([])
  const noisy = {
    async logProb(y: ArrayLike<number>, options: PriorLogProbOptions = {}) {
      const found = await exact.logProb(y, options)
      const { probes } = options.divergence as { readonly probes: number }
      return { ...found, value: found.value.map((value) => value + (3 * random.normal()) / Math.sqrt(probes)) }
    },
  }
  const { value, standardError } = await logProbsOf(noisy, rows, 64, { solver: rk4(50), probes, seed: 0 })
  const meanSquare = (data: Float32Array) => data.reduce((sum, one) => sum + one * one, 0) / data.length
  const off = meanSquare(value.map((one, row) => one - first[row]!))
  expect(off / (9 / probes)).toBeGreaterThan(0.8)
  expect(off / (9 / probes)).toBeLessThan(1.2)
  expect(meanSquare(standardError!) / (9 / probes)).toBeGreaterThan(0.8)
  expect(meanSquare(standardError!) / (9 / probes)).toBeLessThan(1.2)
})
