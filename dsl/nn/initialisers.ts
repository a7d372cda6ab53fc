import { full } from '../create.ts'
import { checkFinite, checkNotNegative } from '../option.ts'
import * as random from '../random/index.ts'
import { type Extents, type Shape, show } from '../shape/dim.ts'
import { inOrder } from '../shape/random.ts'
import type { AnyTensor, Key, Tensor } from '../tensor.ts'
import { bindDims, check, fail } from '../trace/trace.ts'
import { orthogonalRows } from './orthogonal.ts'

// How parameters start. Weights are [in, out], those of convolutions [kernel.., in, out]: with r taps in the kernel the
// fan-in is r in and the fan-out r out.

/** Makes a tensor of a shape from a key of its own. */
export type Draw = <const S extends Shape>(key: Key, shape: readonly [...S]) => Tensor<S>
const draw = (make: (key: Key, shape: Shape) => AnyTensor): Draw => make as unknown as Draw

export function constant(value: number): Draw {
  checkFinite('constant', 'the value', value)
  return draw((_key, shape) => full(shape as [...Shape], value))
}
export const zeros: Draw = constant(0)
export const ones: Draw = constant(1)

/** On [-bound, bound). */
export function uniform(bound = 1): Draw {
  checkNotNegative('uniform', 'the bound', bound)
  return draw((key, shape) => random.uniform(key, shape as [...Shape], { min: -bound, max: bound }))
}

/** Of mean 0. */
export function normal(std = 1): Draw {
  checkFinite('normal', 'std', std)
  return draw((key, shape) => scaled(random.normal(key, shape as [...Shape]), std))
}

/**
 * Of mean 0, within two standard deviations unless bounds are given; `std` is that of the normal distribution that is
 * cut, as in JAX and PyTorch.
 */
export function truncatedNormal(std = 1, lower = -2, upper = 2): Draw {
  checkFinite('truncatedNormal', 'std', std)
  check(inOrder('truncatedNormal', lower, upper))
  return draw((key, shape) => scaled(random.truncatedNormal(key, lower, upper, shape as [...Shape]), std))
}

/** Variance 1 / fan-in (LeCun et al. 1998). */
export const lecunUniform = (): Draw => varianceUniform('lecunUniform', ({ fanIn }) => 1 / fanIn)
export const lecunNormal = (): Draw => varianceNormal('lecunNormal', ({ fanIn }) => 1 / fanIn)

/** Variance 2 / (fan-in + fan-out), also called Xavier (Glorot and Bengio 2010). */
export const glorotUniform = (): Draw => varianceUniform('glorotUniform', ({ fanIn, fanOut }) => 2 / (fanIn + fanOut))
export const glorotNormal = (): Draw => varianceNormal('glorotNormal', ({ fanIn, fanOut }) => 2 / (fanIn + fanOut))

/** Variance 2 / fan-in, for relu; also called Kaiming (He et al. 2015). */
export const heUniform = (): Draw => varianceUniform('heUniform', ({ fanIn }) => 2 / fanIn)
export const heNormal = (): Draw => varianceNormal('heNormal', ({ fanIn }) => 2 / fanIn)

/**
 * A uniformly random matrix with orthonormal columns times `scale`, or with orthonormal rows where it has fewer of
 * these (Saxe et al. 2014). A shape of more axes is seen as the matrix of its last axis and all others together.
 */
export function orthogonal(scale = 1): Draw {
  checkFinite('orthogonal', 'the scale', scale)
  return draw((key, shape) => {
    const extents = bindDims('orthogonal', shape)
    const { rows, columns } = matrixOf('orthogonal', extents)
    const tall = rows >= columns
    const vectors = orthogonalRows(random.normal(key, tall ? [columns, rows] : [rows, columns]))
    const matrix = tall ? vectors.transpose() : vectors
    return scaled(matrix.reshape([...shape]) as AnyTensor, scale)
  })
}

interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}
/** A uniform distribution on (-b, b) has the variance b^2 / 3. */
const varianceUniform = (op: string, variance: (fans: Fans) => number): Draw =>
  draw((key, shape) => uniform(finite(Math.sqrt(3 * variance(fansOf(op, shape)))))(key, shape))
const varianceNormal = (op: string, variance: (fans: Fans) => number): Draw =>
  draw((key, shape) => normal(finite(Math.sqrt(variance(fansOf(op, shape)))))(key, shape))

/** A tensor without elements may have no fan. */
const finite = (std: number): number => (Number.isFinite(std) ? std : 0)

function fansOf(op: string, shape: Shape): Fans {
  const { rows, columns, inputs } = matrixOf(op, bindDims(op, shape))
  const taps = inputs === 0 ? 0 : rows / inputs
  return { fanIn: rows, fanOut: taps * columns }
}

function matrixOf(op: string, shape: Extents) {
  if (shape.length < 2)
    throw fail(`shape error: ${op}: ${show(shape)} is not a weight; needs [in, out] or [kernel.., in, out]`)
  const sizes = shape.map(({ size }) => size)
  const rows = sizes.slice(0, -1).reduce((a, b) => a * b, 1)
  return { rows, columns: sizes.at(-1)!, inputs: sizes.at(-2)! }
}

const scaled = (x: AnyTensor, by: number): AnyTensor => (by === 1 ? x : (x as Tensor<Shape>).mul(by))
