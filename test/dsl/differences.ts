import { sizeOf } from '../../compiler/ir/graph.ts'
import { type AnyTensor, f32, grad, type Leaf, type Tensor } from '../../dsl/index.ts'
import { closeTo, numbers, runBody, tracing } from './run.ts'

export type Wide = Tensor<number[], 'f32'>

/** The value of f at x and the gradient there of its sum with weights of no symmetry, as the language makes them. */
export function valueAndGradient(f: (x: Wide) => AnyTensor, shape: readonly number[], x: readonly number[]) {
  const spec = f32(...shape)
  const { dims } = tracing({ x: spec }, ({ x }) => f(x as Wide)).outputs as Leaf
  const weights = numbers(sizeOf(dims as number[]), 77)
  const specs = { x: spec, w: f32(...(dims as number[])) }
  const body = ({ x, w }: { x: Wide; w: Wide }) => {
    const loss = (x: Wide) => (f(x) as Wide).mul(w).sum()
    return { value: loss(x), gradient: grad(loss)(x) }
  }
  const found = runBody(specs, body as never, { x, w: weights })
  const { value, gradient } = found as { value: number[]; gradient: number[] }
  return { value: value[0]!, gradient }
}

/** Fails unless the gradient of f at x agrees with central differences in float64 to 1e-6. */
export function agreesWithDifferences(f: (x: Wide) => AnyTensor, shape: readonly number[], x: readonly number[]): void {
  const step = 1e-5
  const valueAt = (moved: readonly number[]) => valueAndGradient(f, shape, moved).value
  const slopes = x.map((e, i) => (valueAt(x.with(i, e + step)) - valueAt(x.with(i, e - step))) / (2 * step))
  closeTo(valueAndGradient(f, shape, x).gradient, slopes, 1e-6)
}
