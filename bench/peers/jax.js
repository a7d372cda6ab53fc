import { readFileSync } from 'node:fs'
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax'
import { batchAt, losses, mapTree, probes } from './losses.js'

// jax-js in Node: its WebAssembly device, which is on one thread there. Every use of an array but the last takes a reference (`.ref`); under `jit` there is nothing to free.

const { version } = JSON.parse(readFileSync(new URL('node_modules/@jax-js/jax/package.json', import.meta.url), 'utf8'))

export const name = `jax-js ${version} (wasm)`

export async function start() {
  await init('wasm')
  defaultDevice('wasm')
}

const o = {
  add: (a, b) => a.ref.add(b.ref),
  sub: (a, b) => a.ref.sub(b.ref),
  mul: (a, b) => a.ref.mul(b.ref),
  div: (a, b) => a.ref.div(b.ref),
  matmul: (a, b) => np.matmul(a.ref, b.ref),
  silu: (x) => nn.silu(x.ref),
  square: (x) => np.square(x.ref),
  sqrt: (x) => np.sqrt(x.ref),
  sin: (x) => np.sin(x.ref),
  cos: (x) => np.cos(x.ref),
  plus: (x, number) => x.ref.add(number),
  mean: (x) => x.ref.mean(),
  meanOfRows: (x) => np.mean(x.ref, 1, { keepdims: true }),
  sumOfRows: (x) => np.sum(x.ref, 1),
  concat: (parts) =>
    np.concatenate(
      parts.map((x) => x.ref),
      1,
    ),
  split: (x, count) => np.split(x.ref, count, 1),
}

const put = ({ data, shape }) => np.array(data, { shape })

export async function prepare(task) {
  return task.kind === 'matmul' ? prepareProduct(task) : prepareTraining(task)
}

async function prepareProduct({ inputs: { a, b } }) {
  const [left, right] = [put(a), put(b)]
  const product = jit((x, y) => np.matmul(x, y))
  const multiply = async () => {
    const result = product(left.ref, right.ref)
    await blockUntilReady(result)
    return result
  }
  return {
    check: probes(await (await multiply()).data()),
    async steps(count) {
      for (let k = 0; k < count; k++) (await multiply()).dispose()
    },
    dispose() {
      left.dispose()
      right.dispose()
    },
  }
}

async function prepareTraining(task) {
  const { learningRate } = task
  /** One step of Adam; `rates` are learningRate / (1 - b1^t) and 1 / (1 - b2^t). */
  const update = jit((params, m, v, batch, rates) => {
    const [loss, gradients] = valueAndGrad((p) => losses[task.kind](o, p, batch))(params)
    const [rate, correction] = np.split(rates, 2, 0)
    const means = tree.map((mean, g) => mean.mul(0.9).add(g.ref.mul(0.1)), m, gradients)
    const squares = tree.map((mean, g) => mean.mul(0.999).add(np.square(g.ref).mul(0.001)), v, gradients)
    const moved = tree.map(
      (p, mean, square) => p.ref.sub(mean.ref.mul(rate.ref).div(np.sqrt(square.ref.mul(correction.ref)).add(1e-8))),
      params,
      means,
      squares,
    )
    return [loss, moved, means, squares]
  })
  const zeros = ({ shape }) => np.zeros(shape)
  let state = [mapTree(task.params, put), mapTree(task.params, zeros), mapTree(task.params, zeros)]
  const batches = [0, 1, 2].map((k) => mapTree(batchAt(task, k), put))
  let done = 0
  const step = async () => {
    const batch = tree.ref(batches[done % 3])
    done++
    const rates = np.array([learningRate / (1 - 0.9 ** done), 1 / (1 - 0.999 ** done)])
    const [loss, ...next] = update(...state, batch, rates)
    state = next
    await blockUntilReady(next)
    return loss
  }
  const lossOf = async () => (await (await step()).data())[0]
  return {
    check: [await lossOf(), await lossOf(), await lossOf()],
    async steps(count) {
      for (let k = 0; k < count; k++) (await step()).dispose()
    },
    dispose() {
      for (const part of [...state, ...batches]) tree.dispose(part)
    },
  }
}
