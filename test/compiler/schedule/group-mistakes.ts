import type { Fused, FusedNest } from '../../../compiler/fuse/fuse.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import { type Graph, sizeOf } from '../../../compiler/ir/graph.ts'
import { grouped } from '../../../compiler/schedule/emit-nests.ts'
import type { GroupTile } from '../../../compiler/schedule/group.ts'
import { functions } from '../compile-traced.ts'
import { farApart, uniforms } from '../random.ts'
import { runNest } from '../run-nest.ts'
import { lanesOf } from './lanes-interpreter.ts'

type Schedule = (fused: Fused, nest: FusedNest) => GroupTile | undefined

/**
 * What is wrong with a graph, all nests of it scheduled for workgroups: places read or written that are none, elements
 * not written once, wrong values.
 */
export function mistakes(graph: Graph, fused: Fused, schedule: Schedule): readonly string[] {
  const random = uniforms(7)
  const inputs = graph.inputs.map(({ type }) => generated(type, () => 2 * random() - 1))
  const memory = fused.tensors.map(({ type }, i) => inputs[i]?.data.slice() ?? new Float64Array(sizeOf(type.shape)))
  const times = memory.map(({ length }) => new Uint8Array(length))
  const wrong: string[] = []
  const inside = (what: string, slot: number, index: number) => {
    if (!(index >= 0 && index < memory[slot]!.length)) wrong.push(`${what} ${fused.tensors[slot]!.name}[${index}]`)
  }
  for (const nest of fused.nests) {
    const tile = schedule(fused, nest)
    if (!tile) return ['no schedule']
    runNest(grouped(fused.scalars, nest, (tensor) => tensor, tile).nest, {
      value: (expr, { variables, fetch }) =>
        lanesOf(expr, {
          variables,
          fetch,
          functions,
          load(slot, index) {
            inside('reads', slot, index)
            return memory[slot]![index]!
          },
        }),
      store(slot, index, value) {
        for (const [lane, element] of value.entries()) {
          inside('writes', slot, index + lane)
          memory[slot]![index + lane] = element
          times[slot]![index + lane]! += 1
        }
      },
      fold: (op, a, b) => (op === 'add' ? a + b : Math.max(a, b)),
    })
  }
  const exact = evaluate(graph, inputs)
  for (const [i, output] of graph.outputs.entries()) {
    const slot = fused.tensors.indexOf(output)
    if (times[slot]!.some((count) => count !== 1)) wrong.push(`${output.name} is not written once`)
    const apart = farApart(memory[slot]!, exact[i]!.data, 1e-9)
    if (apart !== undefined) wrong.push(`${output.name}: ${apart}`)
  }
  return wrong
}
