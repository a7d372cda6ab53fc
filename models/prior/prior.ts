import {
  type AnyProgram,
  type Dim,
  f32,
  foldIn,
  i32,
  type Key,
  key,
  normal,
  program,
  type Resident,
  type Specs,
  type Tensor,
  type Tensors,
} from '../../dsl/index.ts'
import type { Device } from '../../index.ts'
import { seedWords } from '../../runtime/seed.ts'
import type { Numbers } from '../../runtime/tensor.ts'
import { type AlignOptions, align } from '../flow/alignment.ts'
import { type Conditioning, conditionShape } from '../flow/fields/condition.ts'
import type { VelocityField } from '../flow/fields/velocity-field.ts'
import { logProb } from '../flow/likelihood.ts'
import { elbo, type LikelihoodBoundOptions } from '../flow/likelihood-bound.ts'
import { type Parametrisation, velocityOf } from '../flow/parametrisation.ts'
import { linearPath, type Path } from '../flow/path.ts'
import { flow, type StochasticOptions, sampleStochastic, trajectory } from '../flow/sampling.ts'
import { rk4, type Solver, solverName } from '../flow/solvers.ts'
import { guided, type Velocity } from '../flow/velocity.ts'
import { type Column, columnOf, type InRows, inRows } from '../in-rows.ts'
import { rowsOf } from '../metrics/points.ts'
import type { Paths } from '../metrics/straightness.ts'
import { once, type Programs } from '../programs.ts'
import type { AnyField } from '../untyped.ts'

export interface PriorOptions {
  /** What the field tells: its velocity unless given. */
  readonly predicts?: Parametrisation
  /** The path that it was trained on. Linear unless given. */
  readonly path?: Path
}

/** What the field is told beside points and times; nothing unless given. */
export interface ConditionOptions {
  /** For each row: a class, [n], or features, [n, features] row-major. */
  readonly condition?: ArrayLike<number>
  /** How much more it follows them than it was trained to: v_u + guidance (v_c - v_u). 1, not at all, unless given. */
  readonly guidance?: number
}

export interface PriorLogProbOptions extends ConditionOptions {
  /** rk4(50) unless given. */
  readonly solver?: Solver
  /** 'exact' unless given; or Hutchinson's estimate along so many random directions, the same for a whole solve. */
  readonly divergence?: 'exact' | { readonly probes: number; readonly seed: number }
  /** Nats. Where a row's error is estimated to be more there is a warning on the console: 0.05 unless given. */
  readonly warnAbove?: number
}

/** Log densities of n rows, and how they were found. */
export interface LogProbs {
  /** log p(y) in nats, [n]. */
  readonly value: Float32Array
  /** How far each may be off because steps are finite, in nats, [n]: an estimate and no bound. */
  readonly error: Float32Array
  /** Where the flow takes each row: the noise that it would be made of, [n, d]. */
  readonly noise: Float32Array
  /** [n]: 1 where an adaptive solver could not meet its tolerance, and went on with the steps that it was left with. */
  readonly fallback: Uint32Array
  /** [n]: velocities, each with its divergence, that were asked for. */
  readonly evaluations: Int32Array
  /** 'rk4(50)'. */
  readonly solver: string
}

export interface PriorSampleOptions extends ConditionOptions {
  /** Of the noise. 0 unless given. */
  readonly seed?: number
  /** rk4(50) unless given; or the steps of a stochastic equation. */
  readonly solver?: Solver | { readonly stochastic: StochasticOptions }
}

export interface PriorAlignmentOptions extends ConditionOptions, Omit<AlignOptions, 'gradient' | 'path'> {
  /** Of noise and times. 0 unless given. */
  readonly seed?: number
}

export interface PriorElboOptions extends ConditionOptions, Omit<LikelihoodBoundOptions, 'gradient'> {
  /** Of noise and times. 0 unless given. */
  readonly seed?: number
}

/** A `MonteCarloEstimate` of each of n rows, on the host. */
export interface MonteCarloEstimates {
  /** [n] */
  readonly value: Float32Array
  /** Of each value, [n]. */
  readonly standardError: Float32Array
}

/**
 * A flow prior on a device. Points go in and out as row-major numbers, as many rows as there are; what is random is the
 * same for the same seed.
 */
export interface Prior<D extends Dim = Dim, P extends Specs = Specs> {
  readonly field: VelocityField<D, P>
  /** For other programs: `{ params: prior.params }`. */
  readonly params: Resident<Tensors<P>>
  readonly device: Device
  /** Velocities [n, d] at points x [n, d] and times t [n]. */
  velocity(x: ArrayLike<number>, t: ArrayLike<number>, options?: ConditionOptions): Promise<Float32Array>
  /**
   * log p(y) of the rows of y [n, d], by the flow's equation, with an estimate of its error. Warns where that is large.
   */
  logProb(y: ArrayLike<number>, options?: PriorLogProbOptions): Promise<LogProbs>
  /** Samples, [count, d]: the first of more are these. */
  sample(count: number, options?: PriorSampleOptions): Promise<Float32Array>
  /**
   * The alignment loss of each row of y [n, d], [n], a mean over `draws`: summed over dims unless `reduction` says
   * otherwise.
   */
  alignment(y: ArrayLike<number>, options?: PriorAlignmentOptions): Promise<Float32Array>
  /**
   * Estimates of a lower bound on log p(y), in nats, of each row of y [n, d]: without an equation to solve, and by 64
   * draws of noise and times unless given. For a trained prior the bound is that of its stochastic equation.
   */
  elbo(y: ArrayLike<number>, options?: PriorElboOptions): Promise<MonteCarloEstimates>
  /** How `count` samples come about, for `straightness`: where they are after each of so many equal midpoint steps. */
  paths(count: number, options: { readonly steps: number; readonly seed?: number }): Promise<Paths>
  /** Frees its programs; its parameters belong to who made them. */
  dispose(): void
}

/**
 * A prior of a velocity field and its parameters: tensors of a device, as `fitted.state.params`, or numbers, as
 * `fromHost` gives.
 *
 * Whatever is asked of it is compiled when it is first asked for.
 */
export function priorOn<const D extends Dim, P extends Specs, C extends Conditioning | undefined>(
  device: Device,
  field: VelocityField<D, P, C>,
  params: Resident<Tensors<P>> | object,
  { predicts = 'velocity', path = linearPath }: PriorOptions = {},
): Prior<D, P> {
  const d = field.dimension as number
  const plain = field as unknown as AnyField
  const told = field.condition
  const made = new Map<string, InRows>()

  /** A program of the velocity that these conditions make, for the rows of `inputs`. */
  const asked = (
    what: string,
    options: ConditionOptions & { readonly [name in 'solver' | 'probes' | 'steps']?: unknown },
    inputs: object,
    results: (v: Velocity<'n', number>, given: AnyInputs) => object,
  ): InRows => {
    const { condition, guidance = 1, ...rest } = options
    const name = nameOf([what, condition !== undefined, guidance, rest, predicts, path])
    const specs = { params: field.params, ...inputs, ...(condition && told && { condition: specOf(told) }) }
    const body = (given: AnyInputs) => {
      const telling =
        (condition: unknown): Velocity<'n', number> =>
        (x, t) =>
          plain.apply(given.params, x, t, condition)
      const network =
        guidance === 1 ? telling(given.condition) : guided(telling(given.condition), telling(undefined), guidance)
      return results(predicts === 'velocity' ? network : velocityOf(network, predicts, { path }), given)
    }
    const of = () => program(specs, body as never, { name: `prior.${what}` }) as unknown as AnyProgram
    const found = made.get(name) ?? inRows(once(programs, field, name, of), device)
    made.set(name, found)
    return found
  }

  const rows = (caller: string, name: string, data: ArrayLike<number>): Column & { readonly n: number } => {
    const { n } = rowsOf({ data, dimension: d }, `prior.${caller}`, name)
    return { ...columnOf(data instanceof Float32Array ? data : Float32Array.from(data), d), n }
  }

  const conditions = (caller: string, n: number, { condition, guidance }: ConditionOptions) => {
    if (condition === undefined) {
      if (guidance === undefined || guidance === 1) return {}
      throw new Error(`prior.${caller}: expected a condition, to be guided to; give one, or leave out guidance`)
    }
    if (told === undefined)
      throw new Error(`prior.${caller}: this field takes no condition; it was made without { condition }`)
    const { shape, dtype } = conditionShape(told)
    const width = shape[0] ?? 1
    if (condition.length !== n * width)
      throw new Error(
        `prior.${caller}: expected conditions of ${n} rows, ${n * width} numbers; got ${condition.length}`,
      )
    if ('classes' in told) checkClasses(caller, told.classes, condition)
    return { condition: columnOf(dtype === 'i32' ? Int32Array.from(condition) : Float32Array.from(condition), width) }
  }

  return {
    field,
    params: params as Resident<Tensors<P>>,
    device,

    async velocity(x, t, options = {}) {
      const points = rows('velocity', 'x', x)
      if (t.length !== points.n)
        throw new Error(`prior.velocity: expected ${points.n} times, one for each point; got ${t.length}`)
      const run = asked('velocity', options, { x: f32('n', d), t: f32('n') }, (v, { x, t }) => ({ v: v(x, t) }))
      const columns = { x: points, t: columnOf(Float32Array.from(t), 1) }
      const { v } = await run.run(points.n, { ...columns, ...conditions('velocity', points.n, options) }, () => ({
        params,
      }))
      return v as Float32Array
    },

    async logProb(y, { warnAbove = 0.05, ...options } = {}) {
      const points = rows('logProb', 'y', y)
      const { solver = rk4(50), divergence = 'exact', ...rest } = options
      const probes = divergence === 'exact' ? undefined : divergence.probes
      const run = asked(
        'logProb',
        { ...rest, solver, probes },
        { y: f32('n', d), ...(probes && drawn) },
        (v, { y, seed, call }) =>
          logProb(v, y, { solver, ...(probes && { divergence: { probes, key: foldIn(seed, call) } }) }),
      )
      const found = await run.run(points.n, { y: points, ...conditions('logProb', points.n, rest) }, (call) => ({
        params,
        ...(divergence !== 'exact' && { seed: seedWords(divergence.seed), call }),
      }))
      const result = { ...(found as unknown as Omit<LogProbs, 'solver'>), solver: solverName(solver) }
      warnOf(result, warnAbove)
      return result
    },

    async sample(count, { seed = 0, solver = rk4(50), ...options } = {}) {
      checkRows('sample', count)
      const run = asked('sample', { ...options, solver }, { blank: f32('n'), ...drawn }, (v, { blank, seed, call }) => {
        const mine = foldIn(seed, call)
        const x0 = noise(mine, blank, d)
        return {
          y:
            'stochastic' in solver
              ? sampleStochastic(v, x0, foldIn(mine, 1), { path, ...solver.stochastic })
              : flow(v, x0, { solver }),
        }
      })
      const columns = { blank: columnOf(new Float32Array(count), 1) }
      const { y } = await run.run(count, { ...columns, ...conditions('sample', count, options) }, (call) => ({
        params,
        seed: seedWords(seed),
        call,
      }))
      return y as Float32Array
    },

    async alignment(y, { seed = 0, ...options } = {}) {
      const points = rows('alignment', 'y', y)
      const { condition, guidance, ...loss } = options
      const run = asked('alignment', options, { y: f32('n', d), ...drawn }, (v, { y, seed, call }) => ({
        loss: align(v, y, foldIn(seed, call), { ...loss, path }),
      }))
      const found = await run.run(points.n, { y: points, ...conditions('alignment', points.n, options) }, (call) => ({
        params,
        seed: seedWords(seed),
        call,
      }))
      return found.loss as Float32Array
    },

    async elbo(y, { seed = 0, draws = 64, ...options } = {}) {
      if (path !== linearPath)
        throw new Error('prior.elbo: the bound is that of the linear path, and this prior has another; use logProb')
      const points = rows('elbo', 'y', y)
      const { condition, guidance, ...rest } = options
      const all = { ...options, draws }
      const run = asked('elbo', all, { y: f32('n', d), ...drawn }, (v, { y, seed, call }) => ({
        ...elbo(v, y, foldIn(seed, call), { ...rest, draws }),
      }))
      const found = await run.run(points.n, { y: points, ...conditions('elbo', points.n, options) }, (call) => ({
        params,
        seed: seedWords(seed),
        call,
      }))
      return found as unknown as MonteCarloEstimates
    },

    async paths(count, { steps, seed = 0 }) {
      checkRows('paths', count)
      const run = asked('paths', { steps }, { blank: f32('n'), ...drawn }, (v, { blank, seed, call }) => ({
        // [n, steps + 1, d], as rows come first.
        x: trajectory(v, noise(foldIn(seed, call), blank, d), steps).permute([1, 0, 2]),
      }))
      const blank = columnOf(new Float32Array(count), 1)
      const { x } = await run.run(count, { blank }, (call) => ({ params, seed: seedWords(seed), call }))
      return { data: timesFirst(x!, count, steps + 1, d), steps, dimension: d }
    },

    dispose() {
      for (const run of made.values()) run.dispose()
      made.clear()
    },
  }
}

/**
 * Programs by the field that they are of and what they are: all priors of a field have the same, whatever their
 * parameters, and each is compiled once.
 */
const programs: Programs = new WeakMap()

/** What drawing takes: the key of a seed, and which call it is. */
const drawn = { seed: key(), call: i32() }

/** Rows of noise, as many as `blank` has. */
const noise = (key: Key, blank: Tensor<['n']>, d: number): Tensor<['n', number]> => normal(key, [...blank.shape, d])

const specOf = (told: Conditioning) => ('features' in told ? f32('n', told.features) : i32('n'))

/** Results that lie a row after the other, a time after the other. */
function timesFirst(x: Numbers, n: number, times: number, d: number): Float32Array {
  const turned = new Float32Array(x.length)
  for (let row = 0; row < n; row += 1)
    for (let at = 0; at < times; at += 1)
      turned.set(x.subarray((row * times + at) * d, (row * times + at + 1) * d), (at * n + row) * d)
  return turned
}

function checkRows(caller: string, count: number): void {
  if (!(Number.isSafeInteger(count) && count >= 1))
    throw new Error(`prior.${caller}: expected a whole number of rows above 0; got ${count}`)
}

function warnOf({ value, error, fallback, solver }: LogProbs, warnAbove: number): void {
  const count = (isSo: (row: number) => boolean) => error.reduce((sum, _, row) => sum + (isSo(row) ? 1 : 0), 0)
  const isLost = (row: number) => !Number.isFinite(value[row]) || !Number.isFinite(error[row])
  const lost = count(isLost)
  const rough = count((row) => !isLost(row) && error[row]! > warnAbove)
  const left = count((row) => fallback[row] !== 0)
  const of = (count: number): string => `${count} of ${error.length} rows`
  if (lost > 0)
    console.warn(
      `prior.logProb: ${solver} found no finite log p for ${of(lost)}: the flow takes them beyond what f32 has; look whether they are far from all that the prior was trained on`,
    )
  if (rough > 0) {
    const worst = error.reduce((most, value, row) => (isLost(row) ? most : Math.max(most, value)), 0)
    const finer = solver.startsWith('dopri5') ? 'a smaller tolerance' : 'more steps, or dopri5()'
    console.warn(
      `prior.logProb: ${solver} is too coarse here: ${of(rough)} are off by more than ${warnAbove} nats, the worst by about ${worst.toPrecision(2)}; take ${finer}`,
    )
  }
  if (left > 0)
    console.warn(
      `prior.logProb: ${solver} ran out of steps for ${of(left)}, and covered the rest of their way in equal ones; give it more with maxSteps, or a larger tolerance`,
    )
}

/** The indices of an embedding that are out of range read zeros, which is what a dropped condition reads. */
function checkClasses(caller: string, classes: number, condition: ArrayLike<number>): void {
  for (let row = 0; row < condition.length; row += 1) {
    const given = condition[row]!
    if (!(Number.isInteger(given) && given >= -1 && given < classes))
      throw new Error(
        `prior.${caller}: expected classes from 0 to ${classes - 1}, or -1 for none; got ${given} for row ${row}`,
      )
  }
}

/**
 * Options as a text that two have in common only if they ask for the same program: functions, such as weights, by which
 * they are.
 */
const nameOf = (options: unknown): string =>
  JSON.stringify(options, (_, value) => (typeof value === 'function' ? `function ${numberOf(value)}` : value))
const numbers = new WeakMap<object, number>()
let functions = 0
function numberOf(value: object): number {
  const known = numbers.get(value) ?? functions++
  numbers.set(value, known)
  return known
}

// Which parameters and conditions a field has is known to the caller's types; here they are any.
interface AnyInputs {
  readonly params: unknown
  readonly condition: unknown
  readonly x: Tensor<['n', number]>
  readonly t: Tensor<['n']>
  readonly y: Tensor<['n', number]>
  readonly blank: Tensor<['n']>
  readonly seed: Key
  readonly call: Tensor<[], 'i32'>
}
