import { type AnyProgram, f32, key, normal, program, type Sizes, split, uniform } from '../index.ts'
import { hostRandom } from '../models/index.ts'
import { flowPriorStep } from './programs/flow-prior.ts'
import { mlpStep } from './programs/mlp.ts'
import { residualMlpStep } from './programs/residual-mlp.ts'

/** Numbers and their shape, row-major. */
export interface Numbers {
  readonly data: Float32Array
  readonly shape: readonly number[]
}

/** What is measured: the same for every engine. */
export interface Task {
  readonly name: string
  readonly kind: 'matmul' | 'mlp' | 'residual' | 'flow'
  /** Additions and multiplications of a step: of a training step 6 n times the number of weights. */
  readonly flop: number
  readonly learningRate: number
  readonly program: AnyProgram
  readonly sizes: Sizes
  /** What stays the same from step to step. Of a product they are its factors. */
  readonly inputs: { readonly [name: string]: Numbers }
}

/** A product of square matrices. The factors are state, which stays on the device. */
export function matmulTask(size: number): Task {
  const square = f32(size, size)
  return {
    name: `matmul ${size}`,
    kind: 'matmul',
    flop: 2 * size ** 3,
    learningRate: 0,
    program: program(
      { state: { a: square, b: square } },
      ({ state }) => ({ state, product: state.a.matmul(state.b) }),
      { name: 'matmul' },
    ),
    sizes: {},
    inputs: { a: numbers(1, size, size), b: numbers(2, size, size) },
  }
}

/** The network 2-256-256-256-2. */
export const mlpTask = (n: number): Task => ({
  name: `mlp 2-256-256-256-2, n = ${n}`,
  kind: 'mlp',
  flop: 6 * n * (2 * 256 + 2 * 256 * 256 + 256 * 2),
  learningRate: 1e-3,
  program: mlpStep,
  sizes: { n },
  inputs: { x: numbers(3, n, 2), y: numbers(4, n, 2) },
})

/** Blocks of two linear layers, with a linear layer before and after them. */
export const residualTask = (width: number, depth: number, n: number): Task => ({
  name: `residual mlp, ${depth} x 2 x ${width} x ${width}, n = ${n}`,
  kind: 'residual',
  flop: 6 * n * (2 * depth + 2) * width ** 2,
  learningRate: 1e-3,
  program: residualMlpStep(width, width, depth, { norm: false }),
  sizes: { n },
  inputs: { x: numbers(5, n, width), y: numbers(6, n, width) },
})

/** Flow matching with a field of adaLN blocks. */
export const flowTask = (dim: number, width: number, depth: number, n: number): Task => ({
  name: `flow prior, ${depth} blocks of ${width}, ${dim} dims, n = ${n}`,
  kind: 'flow',
  flop: 6 * n * (2 * dim * width + 256 * width + width ** 2 + 5 * depth * width ** 2 + 2 * width ** 2),
  learningRate: 1e-4,
  program: flowPriorStep(dim, width, depth),
  sizes: { n },
  inputs: { x1: numbers(7, n, dim) },
})

const numbers = (seed: number, ...shape: readonly number[]): Numbers => {
  const random = hostRandom(seed)
  return { data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()), shape }
}

/**
 * What each of the first steps of a flow prior draws from its key, for who draws nothing: its state is { key }, and
 * noise and times are its results.
 */
export const drawsOf = (n: number, dim: number): AnyProgram =>
  program({ state: { key: key() } }, ({ state }) => {
    const [next, forNoise, forTimes] = split(state.key, 3)
    return { state: { key: next }, noise: normal(forNoise, [n, dim]), times: uniform(forTimes, [n]) }
  })
