import { f32, key, normal, program, split, type Tensor, type Tensors, uniform, valueAndGrad } from '../../dsl/index.ts'
import { layerNorm, linear, silu, timestepEmbedding } from '../../dsl/nn/index.ts'
import { adam } from '../../dsl/optim/index.ts'

/** Vectors of some size, one a row. */
type Rows = Tensor<['n', number]>

/** Channels of the sinusoidal embedding of time. */
const frequencies = 256

/**
 * SimpleMLPAdaLN, the velocity field of a flow prior: residual blocks of two linear layers on vectors, each modulated
 * by the time (adaLN). Li et al. 2024, "Autoregressive image generation without vector quantization", arXiv 2406.11838,
 * whose diffusion head it is.
 */
export function adaLnMlp(dim: number, width: number, depth: number) {
  const first = linear(dim, width)
  const time = { in: linear(frequencies, width), out: linear(width, width) }
  const block = adaLnBlock(width)
  const last = { modulation: linear(width, 2 * width), out: linear(width, dim) }
  const norm = layerNorm(width, { affine: false, eps: 1e-6 })
  const blocks: { readonly [index: `${number}`]: typeof block.params } = Object.fromEntries(
    Array.from({ length: depth }, (_, i) => [`${i}`, block.params]),
  )
  const params = {
    first: first.params,
    time: { in: time.in.params, out: time.out.params },
    blocks,
    last: { modulation: last.modulation.params, out: last.out.params },
  }
  return {
    params,
    apply(given: Tensors<typeof params>, x: Rows, t: Tensor<['n']>): Rows {
      const waves = timestepEmbedding(t.mul(1000), frequencies)
      const condition = silu(time.out.apply(given.time.out, silu(time.in.apply(given.time.in, waves))))
      let h: Rows = first.apply(given.first, x)
      for (const own of Object.values(given.blocks)) h = block.apply(own, h, condition)
      const [shift, scale] = last.modulation.apply(given.last.modulation, condition).split(2, 1)
      return last.out.apply(given.last.out, modulated(norm.apply({}, h), shift, scale))
    },
  }
}

/** x + gate f(modulated norm of x), where the condition gives shift, scale and gate. */
function adaLnBlock(width: number) {
  const norm = layerNorm(width, { affine: false, eps: 1e-6 })
  const [modulation, first, second] = [linear(width, 3 * width), linear(width, width), linear(width, width)]
  const params = { modulation: modulation.params, first: first.params, second: second.params }
  return {
    params,
    apply(given: Tensors<typeof params>, x: Rows, condition: Rows): Rows {
      const [shift, scale, gate] = modulation.apply(given.modulation, condition).split(3, 1)
      const h = modulated(norm.apply({}, x), shift, scale)
      const change = second.apply(given.second, silu(first.apply(given.first, h)))
      return x.add(gate.mul(change))
    },
  }
}

const modulated = (x: Rows, shift: Rows, scale: Rows): Rows => x.mul(scale.add(1)).add(shift)

/**
 * One step of flow matching with Adam on n vectors of `dim` numbers; noise and times are drawn from the key in the
 * state.
 */
export function flowPriorStep(dim: number, width: number, depth: number) {
  const field = adaLnMlp(dim, width, depth)
  const optimiser = adam({ learningRate: 1e-4 })
  return program(
    { state: { params: field.params, opt: optimiser.state(field.params), key: key() }, x1: f32('n', dim) },
    ({ state, x1 }) => {
      const [next, forNoise, forTimes] = split(state.key, 3)
      const x0 = normal(forNoise, x1.shape)
      const t = uniform(forTimes, ['n'])
      const xt = x0.lerp(x1, t.expand(1))
      const [loss, gradients] = valueAndGrad((params: typeof state.params) =>
        field.apply(params, xt, t).sub(x1.sub(x0)).square().sum(1).mean(),
      )(state.params)
      const { params, opt } = optimiser.update(gradients, state.opt, state.params)
      return { state: { params, opt, key: next }, loss }
    },
    { name: 'flowPriorStep' },
  )
}
