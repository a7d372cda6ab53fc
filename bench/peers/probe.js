import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { mapTree, probes } from './losses.js'

// Kernels that were written in C by hand and called one by one: what a person can reach on this CPU. Their module (gemm, bias_silu, bias_add, mul, add, mse_grad, colsum, adam) is not part of this project: `--probe FOLDER`
// says where train_4x8.wasm and train_4x8_r.wasm are, the second with relaxed multiply-adds.

const callers = ['gemm', 'bias_silu', 'bias_add', 'mul', 'add', 'mse_grad', 'colsum', 'adam']
/** Arguments that are no integers. */
const floats = { mse_grad: [5], adam: [6, 7, 8] }

// Words of the control block: which call it is, how many have done it, and from `slot` on the calls of each thread.
const [signal, done, slot, slotWords] = [0, 16, 32, 32]

if (!isMainThread && workerData?.probe) help(workerData)

function help({ module, memory, control, id }) {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const words = new Int32Array(control)
  const numbers = new Float32Array(control)
  for (let seen = 0; ; ) {
    for (let looks = 0; Atomics.load(words, signal) === seen && looks < 200_000; looks++);
    Atomics.wait(words, signal, seen)
    seen = Atomics.load(words, signal)
    const at = slot + id * slotWords
    const name = callers[words[at]]
    const given = Array.from(
      { length: words[at + 1] },
      (_, i) => (floats[name]?.includes(i) ? numbers : words)[at + 2 + i],
    )
    exports[name](...given)
    Atomics.add(words, done, 1)
  }
}

let module
let threads = 1
export let name = ''

export async function start({ probe, relaxed, threads: wanted }) {
  if (!probe) throw new Error('hand-written kernels are measured where --probe names their folder')
  threads = wanted
  module = new WebAssembly.Module(readFileSync(join(probe, relaxed ? 'train_4x8_r.wasm' : 'train_4x8.wasm')))
  name = `hand-written C, ${threads} thread${threads === 1 ? '' : 's'}${relaxed ? ', relaxed' : ''}`
}

export async function prepare(task) {
  const engine = open()
  const { kind, inputs } = task
  if (kind === 'matmul') {
    const [rows] = inputs.a.shape
    const [a, b, c] = [engine.put(inputs.a), engine.put(inputs.b), engine.take(rows * rows)]
    const multiply = () => engine.product(a, false, b, false, c, rows, rows, rows)
    multiply()
    return prepared(engine, probes(engine.read(c, rows * rows)), multiply)
  }
  if (kind === 'flow') throw new Error('there is no flow prior among the hand-written kernels')
  const step = training(engine, task)
  return prepared(engine, [step(), step(), step()], step)
}

const prepared = (engine, check, step) => ({
  check,
  async steps(count) {
    for (let k = 0; k < count; k++) step()
  },
  dispose: () => engine.close(),
})

/** Memory, threads, and calls of all of them, each with its part of the work. */
function open() {
  const memory = new WebAssembly.Memory({ initial: 16384, maximum: 16384, shared: true })
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const control = new SharedArrayBuffer(4096)
  const words = new Int32Array(control)
  const numbers = new Float32Array(control)
  const helpers = Array.from({ length: threads - 1 }, (_, i) => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { probe: true, module, memory, control, id: i + 1 },
    })
    worker.unref()
    return worker
  })
  const all = (name, argumentsOf) => {
    Atomics.store(words, done, 0)
    for (let id = 1; id < threads; id++) {
      const given = argumentsOf(id)
      const at = slot + id * slotWords
      words[at] = callers.indexOf(name)
      words[at + 1] = given.length
      for (const [i, value] of given.entries()) (floats[name]?.includes(i) ? numbers : words)[at + 2 + i] = value
    }
    if (threads > 1) {
      Atomics.add(words, signal, 1)
      Atomics.notify(words, signal)
    }
    exports[name](...argumentsOf(0))
    while (Atomics.load(words, done) !== threads - 1);
  }
  let top = 2 ** 20
  const take = (count) => {
    const at = top
    top += (4 * count + 255) & ~255
    return at
  }
  const view = (at, count) => new Float32Array(memory.buffer, at, count)
  const scratch = Array.from({ length: threads }, () => take(3 * 2 ** 18))
  const part = (count, id, of) => {
    const size = Math.ceil(count / threads / of) * of
    return [Math.min(count, size * id), Math.min(count, size * (id + 1))]
  }
  return {
    take,
    read: view,
    put({ data }) {
      const at = take(data.length)
      view(at, data.length).set(data)
      return at
    },
    /** c[m, n] = a[m, k] b[k, n], each factor as it lies or transposed. */
    product: (a, ofA, b, ofB, c, m, n, k) =>
      all('gemm', (id) => {
        const [from, to] = part(m, id, 8)
        return [
          a,
          ofA ? 1 : k,
          ofA ? m : 1,
          b,
          ofB ? 1 : n,
          ofB ? k : 1,
          c,
          from,
          to,
          n,
          k,
          scratch[id],
          scratch[id] + 2 ** 20,
        ]
      }),
    rows: (name, before, rows, n) => all(name, (id) => [...before, ...part(rows, id, 1), n]),
    flat: (name, before, count, after = []) => all(name, (id) => [...before, ...part(count, id, 4), ...after]),
    columns: (of, to, rows, n) => all('colsum', (id) => [of, to, rows, n, ...part(n, id, 4)]),
    close: () => Promise.all(helpers.map((worker) => worker.terminate())),
  }
}

function training(engine, task) {
  const { take, put, product, rows, flat, columns } = engine
  const { x, y } = task.inputs
  const [n] = x.shape
  const parameters = []
  const parameter = (tensor) => {
    const count = tensor.data.length
    const made = { value: put(tensor), count, gradient: take(count), m: take(count), v: take(count) }
    parameters.push(made)
    return made
  }
  const layer = ({ weight, bias }) => ({
    w: parameter(weight),
    b: parameter(bias),
    in: weight.shape[0],
    out: weight.shape[1],
  })
  const widest = Math.max(...leavesOf(task.params).map(({ shape }) => shape.at(-1)), x.shape[1])
  const array = () => take(n * widest)
  const z = array()
  let steps = 0

  const update = () => {
    steps++
    const [first, second] = [1 / (1 - 0.9 ** steps), 1 / (1 - 0.999 ** steps)]
    for (const { value, m, v, gradient, count } of parameters)
      flat('adam', [value, m, v, gradient], count, [task.learningRate, first, second])
  }
  const target = put(y)
  const loss = (h, g) => {
    const count = y.data.length
    flat('mse_grad', [h, target, g], count, [2 / count])
    const [found, wanted] = [engine.read(h, count), engine.read(target, count)]
    return found.reduce((sum, value, i) => sum + (value - wanted[i]) ** 2, 0) / count
  }
  const plain = (of, from, to, plus = 0) => {
    product(from, false, of.w.value, false, z, n, of.out, of.in)
    rows('bias_add', [z, of.b.value, plus, to], n, of.out)
  }
  const activated = (of, from, to, slope) => {
    product(from, false, of.w.value, false, z, n, of.out, of.in)
    rows('bias_silu', [z, of.b.value, to, slope], n, of.out)
  }
  const gradients = (of, from, g) => {
    product(from, true, g, false, of.w.gradient, of.in, of.out, n)
    columns(g, of.b.gradient, n, of.out)
  }
  const back = (of, g, to) => product(g, false, of.w.value, true, to, n, of.in, of.out)
  const start = put(x)

  if (task.kind === 'mlp') {
    const layers = Object.values(task.params).map(layer)
    const h = [start, ...layers.map(array)]
    const slopes = layers.map(array)
    const [g, other] = [array(), array()]
    return () => {
      for (const [i, of] of layers.entries())
        if (i < layers.length - 1) activated(of, h[i], h[i + 1], slopes[i])
        else plain(of, h[i], h[i + 1])
      const value = loss(h.at(-1), g)
      for (let i = layers.length - 1; i >= 0; i--) {
        gradients(layers[i], h[i], g)
        if (i === 0) break
        back(layers[i], g, other)
        flat('mul', [other, slopes[i - 1], g], n * layers[i].in)
      }
      update()
      return value
    }
  }
  const first = layer(task.params.first)
  const blocks = Object.values(task.params.blocks).map((block) => Object.values(block).map(layer))
  const last = layer(task.params.last)
  const h = [array(), ...blocks.map(array)]
  const inner = blocks.map(array)
  const slopes = blocks.map(array)
  const [out, g, g1, g2, g3] = [array(), array(), array(), array(), array()]
  return () => {
    plain(first, start, h[0])
    for (const [i, [one, two]] of blocks.entries()) {
      activated(one, h[i], inner[i], slopes[i])
      plain(two, inner[i], h[i + 1], h[i])
    }
    plain(last, h.at(-1), out)
    const value = loss(out, g3)
    gradients(last, h.at(-1), g3)
    back(last, g3, g)
    for (let i = blocks.length - 1; i >= 0; i--) {
      const [one, two] = blocks[i]
      gradients(two, inner[i], g)
      back(two, g, g1)
      flat('mul', [g1, slopes[i], g1], n * two.in)
      gradients(one, h[i], g1)
      back(one, g1, g2)
      flat('add', [g, g2, g], n * one.in)
    }
    gradients(first, start, g)
    update()
    return value
  }
}

function leavesOf(tree) {
  const leaves = []
  mapTree(tree, (leaf) => leaves.push(leaf))
  return leaves
}
