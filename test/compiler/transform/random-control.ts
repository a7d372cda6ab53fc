import { Builder } from '../../../compiler/ir/builder.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import type { Graph, Params, Type, Value } from '../../../compiler/ir/graph.ts'
import type { Dense, Primitive } from '../../../compiler/ir/primitive.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { checkpoint, cond, scan, whileLoop } from '../../../compiler/transform/control/index.ts'
import { type Random, randomGraph } from './random-graph.ts'

const below = (random: Random, n: number): number => Math.floor(random() * n)
const one = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]!
const like = (a: Type, b: Type): boolean => a.dtype === b.dtype && a.shape.join() === b.shape.join()

/**
 * One equation that runs random graphs, of each kind of control in turn, with inputs for it: a scan, a loop with a
 * condition, a choice between two graphs, a checkpoint. What becomes of a part of the carry is often the part itself,
 * or what a deeper loop of the body makes of it.
 */
export function randomControl(random: Random, depth = 1): { graph: Graph; inputs: Dense[] } {
  const b = new Builder()
  const body = randomBody(random, depth)
  const types = body.inputs.map(({ type }) => type)
  const kind = one(random, ['scan', 'scan', 'whileLoop', 'cond', 'checkpoint'] as const)
  const take = (all: readonly Type[]): readonly Value[] => all.map((type, i) => b.input(type, `v${i}`))
  const made = (primitive: Primitive<never>, inputs: readonly Value[], params: Params): readonly Value[] =>
    b.emitAll(primitive as unknown as Primitive, inputs, params)
  const outputs = ((): readonly Value[] => {
    if (kind === 'checkpoint') return made(checkpoint, take(types), { body: giving(random, body, types) })
    if (kind === 'cond') {
      const [whenTrue, whenFalse] = [giving(random, body, types), giving(random, randomBody(random, 0), types)]
      return made(cond, take([{ shape: [], dtype: 'bool' }, ...types]), { whenTrue, whenFalse })
    }
    const consts = below(random, 7)
    if (kind === 'whileLoop') {
      const again = new Builder()
      again.inputs.push(...types.map((type) => ({ type, name: '' })))
      const few = again.emit(p.constant, [], { value: 0.4, shape: [], dtype: 'f32' })
      const condition = again.graph('condition', [again.emit(p.less, [again.inputs[4]!, few], {})])
      return made(whileLoop, take(types), {
        condition,
        body: giving(random, body, types.slice(consts)),
        consts,
        maxSteps: 1 + below(random, 3),
      })
    }
    const carry = below(random, types.length - consts)
    const length = below(random, 4)
    const stacks = types.slice(consts + carry).map((type) => ({ ...type, shape: [length, ...type.shape] }))
    return made(scan, take([...types.slice(0, consts + carry), ...stacks]), {
      body: giving(random, body, [...types.slice(consts, consts + carry), ...types.filter(() => random() < 0.5)]),
      consts,
      carry,
      length,
      reverse: random() < 0.5,
      save: 'all',
    })
  })()
  const graph = b.graph(kind, outputs)
  const number = ({ dtype }: Type) => (dtype === 'f32' ? 2 * random() - 1 : below(random, dtype === 'bool' ? 2 : 9))
  return { graph, inputs: graph.inputs.map(({ type }) => generated(type, () => number(type))) }
}

/** A graph whose equations may run others; its outputs are of no account. */
function randomBody(random: Random, depth: number): Graph {
  const { graph } = randomGraph(random, 8)
  const b = new Builder()
  // Others of the same types, which may take their places.
  b.inputs.push(...graph.inputs, ...graph.inputs.map((input) => ({ ...input })))
  b.equations.push(...graph.equations)
  if (depth === 0 || random() < 0.5) return b.graph('body', [])
  const inner = randomControl(random, depth - 1).graph
  const values = valuesOf(b.graph('body', []))
  const given = inner.inputs.map(({ type }) => {
    const fit = values.filter((value) => like(value.type, type))
    return fit.length > 0 ? one(random, fit) : b.emit(p.constant, [], { value: 0, ...type })
  })
  b.inline(inner, given)
  return b.graph('body', [])
}

/** The graph with outputs of these types: its own inputs, or other values, late ones rather than early ones. */
const giving = (random: Random, graph: Graph, types: readonly Type[]): Graph => ({
  ...graph,
  outputs: types.map((type) => {
    const fit = valuesOf(graph).filter((value) => like(value.type, type))
    return one(random, random() < 0.4 ? fit.slice(0, 2) : fit.slice(-4))
  }),
})

const valuesOf = ({ inputs, equations }: Graph): readonly Value[] => [
  ...inputs,
  ...equations.flatMap(({ outputs }) => outputs),
]
