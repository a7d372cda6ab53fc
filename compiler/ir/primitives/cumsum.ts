import type { Builder } from '../builder.ts'
import { wrap } from '../dense.ts'
import { sizeOf, type Value } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { add } from './arithmetic.ts'
import { broadcast } from './broadcast.ts'
import { asDType } from './cast.ts'
import { lessEqual } from './comparisons.ts'
import { iota, splat } from './constant.ts'
import { sameOnTangent } from './moves.ts'
import { sum } from './reduce.ts'
import { reshape } from './reshape.ts'
import { select } from './select.ts'
import { pad, slice } from './slice.ts'
import { expectAxes, expectInputs, misfit, numbers } from './type-rule.ts'

export type CumsumParams = {
  readonly axis: number
  /** Whether the sums are of an element and all after it rather than all before it. */
  readonly reverse: boolean
}

/** The longest axis along which every sum is made from scratch, and the size of blocks where it is longer. */
const longest = 64
const block = 32

/** For every element, the sum of it and all before it along an axis; reversed, of it and all after it. */
export const cumsum: Primitive<CumsumParams> = {
  name: 'cumsum',
  type(inputs, { axis }) {
    expectInputs('cumsum', inputs, 1)
    const { shape, dtype } = inputs[0]!
    expectAxes('cumsum', inputs, [axis], shape.length)
    if (!numbers([dtype])) throw misfit('cumsum', inputs, `cannot add up ${dtype}`)
    return [{ shape, dtype }]
  },
  evaluate([input], { axis, reverse }, [output]) {
    const size = input!.shape[axis]!
    const stride = sizeOf(input!.shape.slice(axis + 1))
    const data = input!.data.slice()
    for (let outer = 0; outer < data.length; outer += size * stride)
      for (let q = 0; q < stride; q++)
        for (let k = 1; k < size; k++) {
          const at = outer + (reverse ? size - 1 - k : k) * stride + q
          data[at] = wrap(data[at]! + data[at + (reverse ? stride : -stride)]!, input!.dtype)
        }
    return [{ ...output!, data }]
  },
  reverse: (b, { params: { axis, reverse }, cotangents: [d] }) => [b.emit(cumsum, [d!], { axis, reverse: !reverse })],
  forward: sameOnTangent(() => cumsum),
  batch: (b, { inputs, params }) => [b.emit(cumsum, inputs, { ...params, axis: params.axis + 1 })],
  lower: {
    kind: 'rewrite',
    equations(b, { inputs: [x], params }) {
      if (x!.type.shape[params.axis]! <= longest) return [direct(b, x!, params)]
      // Sums of halves are f32 until all is added.
      const { dtype } = x!.type
      return [asDType(b, inBlocks(b, dtype === 'f16' ? asDType(b, x!, 'f32') : x!, params), dtype)]
    },
  },
  cost: ([input]) => sizeOf(input!.shape),
}

/**
 * out[i] = sum over j of x[j] where j <= i. What is not in a sum is left out by choice, not by a factor of 0, which
 * would let infinities in.
 */
function direct(b: Builder, x: Value, { axis, reverse }: CumsumParams): Value {
  const { shape, dtype } = x.type
  const size = shape[axis]!
  const square = shape.toSpliced(axis, 1, size, size)
  const axes = [...shape.keys()].map((k) => (k < axis ? k : k + 1))
  const terms = b.emit(broadcast, [x], { shape: square, axes })
  const [i, j] = [axis, axis + 1].map((along) => b.emit(iota, [], { shape: square, axis: along, dtype: 'i32' }))
  const within = b.emit(lessEqual, reverse ? [i!, j!] : [j!, i!], {})
  const chosen = b.emit(select, [within, terms, splat(b, { shape: square, dtype }, 0)], {})
  return b.emit(sum, [chosen], { axes: [axis + 1] })
}

/**
 * Within blocks every sum is made from scratch; to it comes the sum of all blocks before, by recursion. So errors grow
 * with the sum of the sizes, as in a sum of block sums.
 */
function inBlocks(b: Builder, x: Value, { axis, reverse }: CumsumParams): Value {
  const { shape } = x.type
  const size = shape[axis]!
  const blocks = Math.ceil(size / block)
  const none = shape.map(() => 0)
  const filled = b.emit(pad, [x], { low: none, high: none.with(axis, blocks * block - size) })
  const apart = b.emit(reshape, [filled], { shape: shape.toSpliced(axis, 1, blocks, block) })
  const inner = direct(b, apart, { axis: axis + 1, reverse })
  const totals = b.emit(cumsum, [b.emit(sum, [apart], { axes: [axis + 1] })], { axis, reverse })
  // Those of the blocks before, which is the next place along the axis.
  const steps = shape.map(() => 1)
  const others = b.emit(slice, [totals], {
    start: none.with(axis, Number(reverse)),
    stop: totals.type.shape.with(axis, blocks - Number(!reverse)),
    step: steps,
  })
  const before = b.emit(pad, [others], {
    low: none.with(axis, Number(!reverse)),
    high: none.with(axis, Number(reverse)),
  })
  const axes = [...shape.keys()].map((k) => (k <= axis ? k : k + 1))
  const carried = b.emit(broadcast, [before], { shape: apart.type.shape, axes })
  const joined = b.emit(reshape, [b.emit(add, [inner, carried], {})], { shape: filled.type.shape })
  return b.emit(slice, [joined], { start: none, stop: shape, step: steps })
}
