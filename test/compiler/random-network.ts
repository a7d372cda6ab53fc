import { Builder } from '../../compiler/ir/builder.ts'
import { generated } from '../../compiler/ir/dense.ts'
import { type Graph, sizeOf, type Type, type Value } from '../../compiler/ir/graph.ts'
import type { Dense } from '../../compiler/ir/primitive.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { vjp } from '../../compiler/transform/reverse.ts'
import type { Random } from './transform/random-graph.ts'

/** Around the sizes of tiles and lanes, and away from them. */
const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 23, 33]

const below = (random: Random, n: number): number => Math.floor(random() * n)
const one = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]!
const f32 = (...shape: number[]): Type => ({ shape, dtype: 'f32' })

/**
 * The loss of a random small network and its gradients: products in every order of axes and in batches, biases,
 * activations, moves between them, and sums. What a schedule tiles and vectorises.
 */
export function randomNetwork(random: Random): { graph: Graph; inputs: Dense[] } {
  const inner = new Builder()
  const [rows, batch] = [one(random, sizes), random() < 0.3 ? 1 + below(random, 3) : 0]
  let width = one(random, sizes)
  const lead = batch > 0 ? [batch, rows] : [rows]
  let h = inner.input(f32(...lead, width), 'x')
  const layers = 1 + below(random, 3)
  for (let layer = 0; layer < layers; layer++) {
    const next = one(random, sizes)
    h = linear(inner, random, h, lead, width, next)
    width = next
    if (random() < 0.4) [h, width] = move(inner, random, h, lead, width)
  }
  const loss = inner.emit(p.sum, [inner.emit(p.mul, [h, h], {})], { axes: h.type.shape.map((_, axis) => axis) })
  const graph = inner.graph('loss', [scaled(inner, loss, 1 / sizeOf(h.type.shape))])

  const b = new Builder()
  const args = graph.inputs.map(({ type, name }) => b.input(type, name))
  const wrt = args.map((_, i) => i).filter(() => random() < 0.8)
  const { outputs, pull } = vjp(b, graph, args, wrt)
  const gradients = pull([b.emit(p.constant, [], { value: 1, shape: [], dtype: 'f32' })])
  const whole = b.graph('network', [...outputs, ...gradients])
  return { graph: whole, inputs: whole.inputs.map(({ type }) => generated(type, () => 2 * random() - 1)) }
}

const scaled = (b: Builder, value: Value, by: number): Value => {
  const { shape } = value.type
  return b.emit(p.mul, [value, b.emit(p.constant, [], { value: by, shape, dtype: 'f32' })], {})
}

/** act(h W + c), with the axes of W in either order, and W of its own for each of the batch or shared. */
function linear(b: Builder, random: Random, h: Value, lead: readonly number[], from: number, to: number): Value {
  const [flipped, batched] = [random() < 0.5, lead.length === 2 && random() < 0.5]
  const at = batched ? 1 : 0
  const shape = [...(batched ? [lead[0]!] : []), ...(flipped ? [to, from] : [from, to])]
  const weight = b.input(f32(...shape), 'weight')
  const contract: [number, number][] = [[lead.length, at + (flipped ? 1 : 0)]]
  const product = b.emit(p.dot, [h, weight], { batch: batched ? [[0, 0]] : [], contract })
  const bias = b.input(f32(to), 'bias')
  const z = b.emit(
    p.add,
    [
      scaled(b, product, 1 / Math.sqrt(from)),
      b.emit(p.broadcast, [bias], { shape: [...lead, to], axes: [lead.length] }),
    ],
    {},
  )
  const kind = below(random, 4)
  if (kind === 0) return b.emit(p.mul, [z, b.emit(p.sigmoid, [z], {})], {})
  if (kind === 1) return b.emit(p.tanh, [z], {})
  return kind === 2 ? b.emit(p.sin, [z], {}) : z
}

/** Something between layers that keeps the leading axes. */
function move(b: Builder, random: Random, h: Value, lead: readonly number[], width: number): [Value, number] {
  const axis = lead.length
  const size = sizeOf(lead)
  switch (below(random, 5)) {
    case 0:
      return [b.emit(p.concat, [h, b.emit(p.neg, [h], {})], { axis }), 2 * width]
    case 1: {
      const stop = 1 + below(random, width)
      const start = lead.map(() => 0)
      const step = [...start.map(() => 1), 1]
      return [b.emit(p.slice, [h], { start: [...start, 0], stop: [...lead, stop], step }), stop]
    }
    case 2: {
      const mean = scaled(b, b.emit(p.sum, [h], { axes: [axis] }), 1 / width)
      const spread = b.emit(p.broadcast, [mean], { shape: [...lead, width], axes: lead.map((_, i) => i) })
      return [b.emit(p.sub, [h, spread], {}), width]
    }
    case 3: {
      const flat = b.emit(p.reshape, [h], { shape: [size * width] })
      return [b.emit(p.reshape, [b.emit(p.sigmoid, [flat], {})], { shape: [...lead, width] }), width]
    }
    default: {
      const flipped = b.emit(p.transpose, [h], { permutation: [...lead.map((_, i) => i), axis].reverse() })
      const back = b.emit(p.transpose, [b.emit(p.tanh, [flipped], {})], {
        permutation: [...lead.map((_, i) => i), axis].reverse(),
      })
      return [back, width]
    }
  }
}

/**
 * A step on state: every input but the last is state, and its new value is made of old ones, with other state, at its
 * own or at other elements, or is another state's old value unchanged.
 */
export function randomStateStep(random: Random): { graph: Graph; inputs: Dense[] } {
  const b = new Builder()
  const side = one(random, [1, 2, 3, 4, 5])
  const type = f32(side, side)
  const state = Array.from({ length: 1 + below(random, 4) }, (_, i) => b.input(type, `state.${i}`))
  const x = b.input(type, 'x')
  const pool = [...state, x]
  for (let made = below(random, 8); made > 0; made--) {
    const [u, v] = [one(random, pool), one(random, pool)]
    const made = [
      () => b.emit(p.add, [u, v], {}),
      () => b.emit(p.tanh, [b.emit(p.mul, [u, v], {})], {}),
      () => b.emit(p.transpose, [u], { permutation: [1, 0] }),
      () => b.emit(p.tanh, [b.emit(p.dot, [u, v], { batch: [], contract: [[1, 0]] })], {}),
      () => b.emit(p.sub, [u, b.emit(p.sigmoid, [v], {})], {}),
    ]
    pool.push(one(random, made)())
  }
  const outputs = [...state.map(() => one(random, pool)), one(random, pool), one(random, pool)]
  const graph = b.graph('state step', outputs)
  return { graph, inputs: graph.inputs.map(({ type }) => generated(type, () => 2 * random() - 1)) }
}
