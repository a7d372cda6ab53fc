import { f32, type Spec, type Tensor, type Tensors } from '../../dsl/index.ts'
import { type Layer, layer } from '../../dsl/nn/index.ts'
import type { Projection } from './projection.ts'

/** The tensors of a projection as inputs of a program. */
export type ProjectionSpecs<F extends number = number, D extends number = number> = {
  readonly mean: Spec<[F]>
  readonly std: Spec<[F]>
  readonly weights: Spec<[F, D]>
  readonly scale: Spec<[]>
  readonly shift: Spec<[D]>
}

/** A projection as a layer: `params` are inputs of a program, `values` what is given for them. */
export interface ProjectionLayer<F extends number, D extends number>
  extends Layer<Tensor<[F]>, Tensor<[D]>, ProjectionSpecs<F, D>> {
  readonly values: {
    readonly mean: Float32Array
    readonly std: Float32Array
    readonly weights: Float32Array
    readonly scale: Float32Array
    readonly shift: Float32Array
  }
}

/**
 * A projection for use inside programs. A program has no constants of this size, so its tensors are inputs: `program({
 * map: layer.params, x: f32('n', 784) }, ({ map, x }) => layer.apply(map, x))`, given `{ map: layer.values, x }`; to
 * `fit`, as `inputs`, where they are not trained. Leading dims pass through. Where the projection has sizes in its
 * type, the program has, too.
 */
export function projectionLayer<F extends number, D extends number>(
  projection: Projection<F, D>,
): ProjectionLayer<F, D> {
  const { featureDim, latentDim, normalisation, weights, scale, shift } = projection
  const params: ProjectionSpecs = {
    mean: f32(featureDim),
    std: f32(featureDim),
    weights: f32(featureDim, latentDim),
    scale: f32(),
    shift: f32(latentDim),
  }
  const made = layer(params, (given, x: Tensor<[number]>) => mapped(given, x))
  const { mean, std } = normalisation
  const values = { mean, std, weights, scale: Float32Array.of(scale), shift }
  return { ...made, values } as unknown as ProjectionLayer<F, D>
}

/**
 * Latents, [n, D], of rows of features, [n, F], in a program; `given` are the tensors that
 * `projectionLayer(projection).params` describes. Differentiable in all of them. In f32 it is what `project` gives up
 * to the rounding of sums of F products.
 */
export const applyProjection = <N extends number | string, F extends number, D extends number>(
  given: Tensors<ProjectionSpecs<F, D>>,
  x: Tensor<[N, F]>,
): Tensor<[N, D]> => mapped(given, x as unknown as Tensor<[number, number]>) as unknown as Tensor<[N, D]>

const mapped = <X extends Tensor<[number]> | Tensor<[number, number]>>(
  { mean, std, weights, scale, shift }: Tensors<ProjectionSpecs>,
  x: X,
) => x.sub(mean).div(std).matmul(weights).mul(scale).add(shift)
