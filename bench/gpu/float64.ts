import { evaluate } from '../../compiler/ir/evaluate.ts'
import type { Dense } from '../../compiler/ir/primitive.ts'
import { f32, grad, isLeaf, type Leaf, program, scan, type Tree, tracedLeaves, traceProgram } from '../../dsl/index.ts'
import { layerNorm } from '../../dsl/nn/index.ts'
import type { AnyProgram, Device, Sizes } from '../../index.ts'
import { hostRandom } from '../../models/index.ts'
import { compileAny } from '../engine.ts'
import { flowPriorStep } from '../programs/flow-prior.ts'
import { mlpStep } from '../programs/mlp.ts'
import { residualMlpStep } from '../programs/residual-mlp.ts'

/** A program on a device beside the float64 evaluator. */
export interface Compared {
  readonly name: string
  /** The largest difference of any output, relative to the largest element of that output. */
  readonly error: number
  readonly allowed: number
  /** Why there is no error to compare. */
  readonly failure?: string
}

const square = (n: number) => f32(n, n)
const normalised = layerNorm(96, { affine: false })

/**
 * Every kind of kernel: products of sizes that tiles fit and do not fit, rows, whole sums, loops, and the training
 * steps with their gradients and random numbers.
 */
const cases: readonly { readonly name: string; readonly program: AnyProgram; readonly sizes: Sizes }[] = [
  ...[1, 7, 64, 129, 256].map((n) => ({
    name: `matmul ${n}`,
    program: program({ a: square(n), b: square(n) }, ({ a, b }) => a.matmul(b)),
    sizes: {},
  })),
  {
    name: 'product at B transposed, and its gradient',
    program: program({ a: f32(70, 45), b: f32(33, 45) }, ({ a, b }) =>
      grad((x: typeof a) => x.matmul(b.transpose()).square().mean())(a),
    ),
    sizes: {},
  },
  {
    name: 'softmax of layer norm',
    program: program({ x: f32('n', 96) }, ({ x }) => normalised.apply({}, x).softmax(1)),
    sizes: { n: 130 },
  },
  { name: 'mean of 100,000', program: program({ x: f32('n') }, ({ x }) => x.square().mean()), sizes: { n: 100_000 } },
  {
    name: 'scan of 50 steps',
    program: program(
      { x: f32(40) },
      ({ x }) => scan((h: typeof x) => [h.mul(0.9).sin(), {}], x, {}, { length: 50 })[0],
    ),
    sizes: {},
  },
  { name: 'mlp step', program: mlpStep, sizes: { n: 33 } },
  { name: 'residual mlp step', program: residualMlpStep(40, 40, 2, { norm: true }), sizes: { n: 20 } },
  { name: 'flow prior step', program: flowPriorStep(6, 32, 2), sizes: { n: 20 } },
]
/** Of the largest element. Times are embedded as angles up to 1000, of which f32 has 6e-5. */
const allowed = 2e-4

/** Runs each program once on a device, and in float64 on the same inputs. */
export async function compareWithFloat64(device: Device): Promise<readonly Compared[]> {
  const found: Compared[] = []
  for (const one of cases) {
    try {
      found.push({ name: one.name, error: await errorOf(device, one.program, one.sizes), allowed })
    } catch (error) {
      const failure = error instanceof Error ? error.message : `${error}`
      found.push({ name: one.name, error: Number.POSITIVE_INFINITY, allowed, failure })
    }
  }
  return found
}

async function errorOf(device: Device, program: AnyProgram, sizes: Sizes): Promise<number> {
  const { graph, inputs, outputs } = traceProgram(program, sizes)
  const random = hostRandom(11)
  const given = new Map(
    tracedLeaves(inputs).map(({ path }, i): [string, Dense] => {
      const { type } = graph.inputs[i]!
      const length = type.shape.reduce((a, b) => a * b, 1)
      // Adam divides by the root of its mean squares, which are state: near 0 they would make much of little. What is
      // no float is a key or a count.
      const element = () => (path.startsWith('state.opt.v') ? 0.5 + random.normal() ** 2 : 0.3 * random.normal())
      return [
        path,
        { ...type, data: Float64Array.from({ length }, type.dtype === 'f32' ? () => Math.fround(element()) : () => 7) },
      ]
    }),
  )
  const expected = evaluate(graph, [...given.values()])
  const run = await compileAny(program, device, sizes)
  const results = new Map(readable(run(fed(inputs, given))))
  let worst = 0
  for (const [i, { path }] of tracedLeaves(outputs).entries())
    worst = Math.max(worst, relativeError(await results.get(path)!.read(), expected[i]!.data))
  run.dispose()
  return worst
}

function relativeError(actual: ArrayLike<number>, expected: Float64Array): number {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE)
  return expected.reduce((worst, value, i) => {
    const error = Math.abs(actual[i]! - value) / scale
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error)
  }, 0)
}

/** Inputs as a program takes them. */
function fed(tree: Tree<Leaf>, given: ReadonlyMap<string, Dense>): object {
  if (isLeaf(tree)) {
    const { dtype, data } = given.get(tree.path)!
    return dtype === 'f32' ? Float32Array.from(data) : dtype === 'i32' ? Int32Array.from(data) : Uint32Array.from(data)
  }
  return Object.fromEntries(Object.entries(tree).map(([name, part]) => [name, fed(part, given)]))
}

/** The tensors of a result, by their paths. */
function readable(tree: object, path = ''): readonly (readonly [string, { read(): Promise<ArrayLike<number>> }])[] {
  if ('read' in tree) return [[path, tree as { read(): Promise<ArrayLike<number>> }]]
  return Object.entries(tree).flatMap(([name, part]) => readable(part, path === '' ? name : `${path}.${name}`))
}
