import { createRequire } from 'node:module'
import { batchAt, losses, mapTree, probes } from './losses.js'

// TensorFlow.js in Node: its WebAssembly backend, which is on one thread there.

const require = createRequire(import.meta.url)
const tf = require('@tensorflow/tfjs')
const { version_wasm: version } = require('@tensorflow/tfjs-backend-wasm')

export const name = `tfjs ${version} (wasm)`

export async function start() {
  await tf.setBackend('wasm')
}

const o = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  matmul: tf.matMul,
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  square: tf.square,
  sqrt: tf.sqrt,
  sin: tf.sin,
  cos: tf.cos,
  plus: (x, number) => tf.add(x, number),
  mean: (x) => tf.mean(x),
  meanOfRows: (x) => tf.mean(x, 1, true),
  sumOfRows: (x) => tf.sum(x, 1),
  concat: (parts) => tf.concat(parts, 1),
  split: (x, count) => tf.split(x, count, 1),
}

const put = ({ data, shape }) => tf.tensor(data, shape, 'float32')

export async function prepare(task) {
  return task.kind === 'matmul' ? prepareProduct(task) : prepareTraining(task)
}

async function prepareProduct({ inputs: { a, b } }) {
  const [left, right] = [put(a), put(b)]
  const product = tf.matMul(left, right)
  const check = probes(await product.data())
  product.dispose()
  return {
    check,
    async steps(count) {
      for (let k = 0; k < count; k++) tf.matMul(left, right).dispose()
    },
    dispose: () => tf.dispose([left, right]),
  }
}

async function prepareTraining(task) {
  const params = mapTree({ ...task.params }, (leaf) => {
    const initial = put(leaf)
    const variable = tf.variable(initial)
    initial.dispose()
    return variable
  })
  const optimiser = tf.train.adam(task.learningRate, 0.9, 0.999, 1e-8)
  const batches = [0, 1, 2].map((k) => mapTree(batchAt(task, k), put))
  let done = 0
  const step = () => tf.tidy(() => optimiser.minimize(() => losses[task.kind](o, params, batches[done++ % 3]), true))
  const lossOf = async () => {
    const loss = step()
    const [value] = await loss.data()
    loss.dispose()
    return value
  }
  return {
    check: [await lossOf(), await lossOf(), await lossOf()],
    async steps(count) {
      for (let k = 0; k < count; k++) step().dispose()
    },
    dispose() {
      optimiser.dispose()
      for (const batch of batches) tf.dispose(batch)
      tf.dispose(params)
    },
  }
}
