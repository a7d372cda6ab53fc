import type { Builder } from '../../compiler/ir/builder.ts'
import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { numbers, sameDType } from '../shape/dtype.ts'
import { einsumPlan, type Labels } from '../shape/einsum.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { check, enter, fail, must } from '../trace/trace.ts'
import { contractionOrder } from './contraction-order.ts'

/** A value whose axes have labels, all different. */
interface Labelled {
  readonly value: Value
  readonly labels: Labels
}

/** The sum of products that a spec such as 'ij,jk->ik' names. */
export function einsum(spec: string, operands: readonly Held[]): Held {
  const [first, ...rest] = operands
  if (!first) throw fail(`shape error: einsum '${spec}': there are no tensors`)
  check(numbers('einsum', first.dtype))
  for (const other of rest) check(sameDType('einsum', first.dtype, other.dtype))
  const plan = must(einsumPlan(spec, operands.map(extentsOf)))
  const trace = enter('einsum', operands)
  const b = trace.builder
  const sizes = (label: string) => plan.extents.get(label)!.size

  let left: readonly Labelled[] = operands.map((operand, i) =>
    stretchless(b, withDiagonals(b, { value: operand.value, labels: plan.operands[i]! }), sizes),
  )
  for (const [i, j] of contractionOrder(
    left.map(({ labels }) => labels),
    plan.result,
    sizes,
  )) {
    const others = left.filter((_, k) => k !== i && k !== j)
    const needed = new Set([...plan.result, ...others.flatMap(({ labels }) => labels)])
    left = [...others, product(b, left[i]!, left[j]!, needed)]
  }
  const whole = summed(b, left[0]!, new Set(plan.result))
  const shape = plan.result.map((label) => plan.extents.get(label)!)
  return hold(trace, ordered(b, whole, plan.result).value, shape, first.dtype)
}

/** Axes with one label become one: of [.., n, n] the elements i, i are every n + 1st of [.., n * n]. */
function withDiagonals(b: Builder, { value, labels }: Labelled): Labelled {
  const twice = labels.findIndex((label, i) => labels.includes(label, i + 1))
  if (twice < 0) return { value, labels }
  const label = labels[twice]!
  const again = labels.indexOf(label, twice + 1)
  const others = [...labels.keys()].filter((axis) => axis !== twice && axis !== again)
  const last = b.emit(p.transpose, [value], { permutation: [...others, twice, again] }, 'einsum')
  const n = value.type.shape[twice]!
  const shape = others.map((axis) => value.type.shape[axis]!)
  const flat = b.emit(p.reshape, [last], { shape: [...shape, n * n] }, 'einsum')
  const params = {
    start: [...shape.map(() => 0), 0],
    stop: [...shape, n * n],
    step: [...shape.map(() => 1), n + 1],
  }
  const diagonal = b.emit(p.slice, [flat], params, 'einsum')
  return withDiagonals(b, { value: diagonal, labels: [...others.map((axis) => labels[axis]!), label] })
}

/** Without the dims of 1 that dots stretch: in a product of the others they do nothing. */
function stretchless(b: Builder, { value, labels }: Labelled, sizes: (label: string) => number): Labelled {
  const { shape } = value.type
  const kept = [...labels.keys()].filter((axis) => shape[axis] === sizes(labels[axis]!))
  if (kept.length === labels.length) return { value, labels }
  const narrow = b.emit(p.reshape, [value], { shape: kept.map((axis) => shape[axis]!) }, 'einsum')
  return { value: narrow, labels: kept.map((axis) => labels[axis]!) }
}

/** The product of two, summed over the labels that are not needed any more. */
function product(b: Builder, left: Labelled, right: Labelled, needed: ReadonlySet<string>): Labelled {
  const x = summed(b, left, new Set([...needed, ...right.labels]))
  const y = summed(b, right, new Set([...needed, ...left.labels]))
  const shared = x.labels.filter((label) => y.labels.includes(label))
  const pairs = (labels: Labels) => labels.map((label) => [x.labels.indexOf(label), y.labels.indexOf(label)] as const)
  const batch = shared.filter((label) => needed.has(label))
  const folded = shared.filter((label) => !needed.has(label))
  const labels = [...batch, ...[...x.labels, ...y.labels].filter((label) => !shared.includes(label))]
  if (folded.length === 0) return { value: multiplied(b, x, y, labels), labels }
  const value = b.emit(p.dot, [x.value, y.value], { batch: pairs(batch), contract: pairs(folded) }, 'einsum')
  return { value, labels }
}

/** Where nothing is summed, a product is elementwise and can be part of what follows. */
function multiplied(b: Builder, x: Labelled, y: Labelled, labels: Labels): Value {
  const size = (label: string) =>
    x.labels.includes(label)
      ? x.value.type.shape[x.labels.indexOf(label)]!
      : y.value.type.shape[y.labels.indexOf(label)]!
  const shape = labels.map(size)
  const spread = (of: Labelled) => {
    const own = labels.filter((label) => of.labels.includes(label))
    const { value } = ordered(b, of, own)
    return own.length === labels.length
      ? value
      : b.emit(p.broadcast, [value], { shape, axes: own.map((label) => labels.indexOf(label)) }, 'einsum')
  }
  return b.emit(p.mul, [spread(x), spread(y)], {}, 'einsum')
}

/** Summed over the labels that are not needed. */
function summed(b: Builder, { value, labels }: Labelled, needed: ReadonlySet<string>): Labelled {
  const axes = [...labels.keys()].filter((axis) => !needed.has(labels[axis]!))
  if (axes.length === 0) return { value, labels }
  return { value: b.emit(p.sum, [value], { axes }, 'einsum'), labels: labels.filter((label) => needed.has(label)) }
}

function ordered(b: Builder, { value, labels }: Labelled, order: Labels): Labelled {
  if (order.every((label, i) => label === labels[i])) return { value, labels }
  const permutation = order.map((label) => labels.indexOf(label))
  return { value: b.emit(p.transpose, [value], { permutation }, 'einsum'), labels: order }
}
