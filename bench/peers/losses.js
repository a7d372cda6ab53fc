// The losses of the programs that are trained, as any library of tensors has them: `o` is its operations. Layers are { weight, bias }, weights [in, out].

const linear = (o, { weight, bias }, x) => o.add(o.matmul(x, weight), bias)

const meanSquare = (o, predicted, y) => o.mean(o.square(o.sub(predicted, y)))

const mlp = (o, params, { x, y }) => {
  let h = x
  for (const [i, layer] of Object.values(params).entries()) h = linear(o, layer, i === 0 ? h : o.silu(h))
  return meanSquare(o, h, y)
}

const residual = (o, params, { x, y }) => {
  let h = linear(o, params.first, x)
  for (const block of Object.values(params.blocks)) {
    const [first, second] = Object.values(block)
    h = o.add(h, linear(o, second, o.silu(linear(o, first, h))))
  }
  return meanSquare(o, linear(o, params.last, h), y)
}

/** Layer norm without parameters, modulated: norm(x) (scale + 1) + shift. */
const modulated = (o, x, shift, scale) => {
  const centred = o.sub(x, o.meanOfRows(x))
  const deviation = o.sqrt(o.plus(o.meanOfRows(o.square(centred)), 1e-6))
  return o.add(o.mul(o.div(centred, deviation), o.plus(scale, 1)), shift)
}

const frequencies = 256

/** Noise and times are given: x0 [n, dim], t [n, 1]. `waves` is 1000 times the frequencies of the embedding, [1, half]. */
const flow = (o, params, { x1, x0, t, waves }) => {
  const xt = o.add(x0, o.mul(o.sub(x1, x0), t))
  const angles = o.mul(t, waves)
  const embedded = linear(o, params.time.in, o.concat([o.cos(angles), o.sin(angles)]))
  const condition = o.silu(linear(o, params.time.out, o.silu(embedded)))
  let h = linear(o, params.first, xt)
  for (const block of Object.values(params.blocks)) {
    const [shift, scale, gate] = o.split(linear(o, block.modulation, condition), 3)
    const inner = linear(o, block.first, modulated(o, h, shift, scale))
    h = o.add(h, o.mul(gate, linear(o, block.second, o.silu(inner))))
  }
  const [shift, scale] = o.split(linear(o, params.last.modulation, condition), 2)
  const v = linear(o, params.last.out, modulated(o, h, shift, scale))
  return o.mean(o.sumOfRows(o.square(o.sub(v, o.sub(x1, x0)))))
}

export const losses = { mlp, residual, flow }

/** What a step is given, of what was made for all steps: arrays with their shapes. Step k of a flow has noise and times of its own. */
export function batchAt({ kind, inputs }, k) {
  if (kind !== 'flow') return inputs
  const { x1, noise, times } = inputs
  const half = frequencies / 2
  const waves = Float32Array.from({ length: half }, (_, i) => 1000 * 10_000 ** (-i / half))
  const { data, shape } = times[k % times.length]
  return {
    x1,
    x0: noise[k % noise.length],
    t: { data, shape: [...shape, 1] },
    waves: { data: waves, shape: [1, half] },
  }
}

/** The same tree with `change` made to each of its tensors. */
export const mapTree = (tree, change) =>
  tree.data
    ? change(tree)
    : Object.fromEntries(Object.entries(tree).map(([name, part]) => [name, mapTree(part, change)]))

/** What is summed to compare products: a few elements of each. */
export const probes = (data) => [data[0], data[Math.floor(data.length / 3)], data.at(-1)]
