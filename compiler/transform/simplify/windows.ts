import { sameShape, type Value } from '../../ir/graph.ts'
import { axesOf, type DotParams } from '../../ir/primitives/dot.ts'
import { broadcast, dot, pad, reshape, slice, sum, transpose, unskew } from '../../ir/primitives/index.ts'
import type { ReduceParams } from '../../ir/primitives/reduce.ts'
import type { SkewParams } from '../../ir/primitives/skew.ts'
import { type Rewrite, rewrite, type Site } from './rewrite.ts'

/**
 * The gradient of a convolution in its input is a sum over k of products that have been put back to where their windows
 * were: sum over k of unskew(a . b)[i, k], where i is an axis of a and k one of b. It is a product itself, in which k
 * is summed over too: unskew(a repeated along k) . b. So what belongs to every window is never stored.
 *
 * With a stride s, k is s * k' + r: an element i = s * i' + r gets only from the k of its own r, and r becomes a part
 * of i. So nothing is multiplied by the zeros between windows.
 */
export const windows: readonly Rewrite[] = [
  rewrite(sum, (site) => {
    const found = unskewedProduct(site)
    return found && inOneProduct(site, found)
  }),
]

/**
 * A product with a name for each axis, which what is matched has in both. Free and shared axes are called by their
 * place in what is summed, or by numbers beyond those where they are of size 1 and not in it; contracted ones by
 * negative numbers.
 */
interface Found {
  readonly operands: readonly [Operand, Operand]
  readonly shared: readonly number[]
  /** How its elements are moved, first things first, before they are summed; axes are names. */
  readonly moves: readonly SkewParams[]
  /** No axis has this name or a greater one. */
  readonly unused: number
}

interface Operand {
  readonly value: Value
  readonly axes: readonly number[]
}

/**
 * What is summed as a product whose elements are only moved, by unskews that a product can take in, and read by nothing
 * else on the way.
 */
function unskewedProduct({ inputs: [x], params, madeBy, readByOne }: Site<ReduceParams>): Found | undefined {
  let names: readonly number[] = [...x!.type.shape.keys()]
  let unused = names.length
  const moves: SkewParams[] = []
  let value = x!
  while (readByOne(value)) {
    const turned = madeBy(transpose, value)
    const moved = madeBy(unskew, value)
    const resized = madeBy(reshape, value)
    const made = turned ?? moved ?? resized
    if (turned) names = names.map((_, axis) => names[turned.params.permutation.indexOf(axis)]!)
    if (moved) {
      const { axis, at } = moved.params
      moves.unshift({ ...moved.params, axis: names[axis]!, at: names[at]! })
    }
    if (resized) {
      const { shape } = resized.inputs[0]!.type
      const long = names.filter((_, axis) => value.type.shape[axis] !== 1)
      if (!sameShape(withoutOnes(shape), withoutOnes(value.type.shape))) return undefined
      names = shape.map((size) => (size === 1 ? unused++ : long.shift()!))
    }
    if (!made) break
    value = made.inputs[0]!
  }
  const product = madeBy(dot, value)
  if (moves.length === 0 || !product || !readByOne(value)) return undefined
  const operands = named(product.inputs, product.params, names)
  const found = { operands, shared: names.slice(0, product.params.batch.length), moves, unused }
  return takesIn(found, params.axes) ? found : undefined
}

const withoutOnes = (shape: readonly number[]): readonly number[] => shape.filter((size) => size !== 1)

/** The operands of a product whose result has axes of these names. */
function named(inputs: readonly Value[], params: DotParams, names: readonly number[]): readonly [Operand, Operand] {
  const { batch, contract } = params
  const { free } = axesOf(inputs[0]!.type, inputs[1]!.type, params)
  const first = [batch.length, batch.length + free[0].length]
  const operand = (side: 0 | 1): Operand => ({
    value: inputs[side]!,
    axes: inputs[side]!.type.shape.map((_, axis) => {
      const isAxis = (pair: readonly [number, number]) => pair[side] === axis
      if (batch.some(isAxis)) return names[batch.findIndex(isAxis)]!
      return contract.some(isAxis) ? -1 - contract.findIndex(isAxis) : names[first[side]! + free[side].indexOf(axis)]!
    }),
  })
  return [operand(0), operand(1)]
}

/**
 * Whether every move is along an axis of one operand by an axis of the other, which is summed over, and no axis is in
 * two of them.
 */
function takesIn({ operands, moves }: Found, summed: readonly number[]): boolean {
  const used = moves.flatMap(({ axis, at }) => [axis, at])
  const owner = (name: number) => operands.map(({ axes }) => axes.includes(name)).join()
  return (
    new Set(used).size === used.length &&
    moves.every(
      ({ axis, at, stride, dilation }) =>
        summed.includes(at) &&
        ['true,false,false,true', 'false,true,true,false'].includes(`${owner(axis)},${owner(at)}`) &&
        (stride === 1 || dilation === 1),
    )
  )
}

function inOneProduct(site: Site<ReduceParams>, { operands, shared, moves, unused }: Found): Value {
  const { emit } = site
  const now = [...operands]
  /** By the axis that is moved along: the name of the part of k that becomes a part of it. */
  const phases = new Map<number, number>()
  for (const [i, { axis, at, stride, dilation, size }] of moves.entries()) {
    const moving = now[0]!.axes.includes(axis) ? 0 : 1
    const [a, b] = [now[moving]!, now[1 - moving]!]
    const place = b.axes.indexOf(at)
    const width = b.value.type.shape[place]!
    const count = Math.ceil(width / stride)
    if (stride > 1) {
      const none = b.axes.map(() => 0)
      const filled = emit(pad, [b.value], { low: none, high: none.with(place, count * stride - width) })
      const split = emit(reshape, [filled], { shape: b.value.type.shape.toSpliced(place, 1, count, stride) })
      phases.set(axis, unused + i)
      now[1 - moving] = { value: split, axes: b.axes.toSpliced(place, 1, at, unused + i) }
    }
    const { shape } = a.value.type
    const repeated = emit(broadcast, [a.value], { shape: [...shape, count], axes: [...shape.keys()] })
    const step = { axis: a.axes.indexOf(axis), at: shape.length, stride: 1, dilation, size: Math.ceil(size / stride) }
    now[moving] = { value: emit(unskew, [repeated], step), axes: [...a.axes, at] }
  }

  const [a, b] = now as [Operand, Operand]
  const pairs = (names: readonly number[]) => names.map((name) => [a.axes.indexOf(name), b.axes.indexOf(name)] as const)
  const both = a.axes.filter((name) => b.axes.includes(name))
  const contracted = both.filter((name) => !shared.includes(name))
  const product = emit(dot, [a.value, b.value], { batch: pairs(shared), contract: pairs(contracted) })
  const made = [...shared, ...[...a.axes, ...b.axes].filter((name) => !both.includes(name))]

  const summed = moves.map(({ at }) => at)
  const kept = [...site.inputs[0]!.type.shape.keys()].filter((name) => !summed.includes(name))
  // Every axis of the result with its phase behind it; what is of size 1 and not in the result comes last.
  const placed = kept
    .flatMap((name) => [name, phases.get(name)])
    .filter((name) => name !== undefined && made.includes(name))
  const wanted = [...new Set([...placed, ...made])]
  const turned = emit(transpose, [product], { permutation: wanted.map((name) => made.indexOf(name!)) })
  const sizeOf = (name: number | undefined) => turned.type.shape[wanted.indexOf(name)] ?? 1
  const joined = emit(reshape, [turned], { shape: kept.map((name) => sizeOf(name) * sizeOf(phases.get(name))) })
  const sizes = kept.map((name) => site.inputs[0]!.type.shape[name]!)
  const whole = emit(slice, [joined], { start: sizes.map(() => 0), stop: sizes, step: sizes.map(() => 1) })
  const left = kept.flatMap((name, axis) => (site.params.axes.includes(name) ? [axis] : []))
  return emit(sum, [whole], { axes: left })
}
