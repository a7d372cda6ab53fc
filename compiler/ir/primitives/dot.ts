import type { Builder } from '../builder.ts'
import { places, stridesOf, wrap } from '../dense.ts'
import { sizeOf, type Type, type Value } from '../graph.ts'
import { type ContractDims, type Dense, isFloat, type Primitive } from '../primitive.ts'
import { add } from './arithmetic.ts'
import { inverse, transpose } from './transpose.ts'
import { expectInputs, misfit, numbers } from './type-rule.ts'

type Pairs = readonly (readonly [number, number])[]
/** Pairs of axes [of a, of b]. */
export type DotParams = { readonly batch: Pairs; readonly contract: Pairs }

/**
 * The sum over the contracting axes of a * b, for each index of the batch axes: output axes are batch, then a's free
 * axes, then b's. Integers wrap.
 */
export const dot: Primitive<DotParams> = {
  name: 'dot',
  type(inputs, params) {
    expectInputs('dot', inputs, 2)
    const [a, b] = inputs as [Type, Type]
    const dtype = numbers([a.dtype, b.dtype])
    if (!dtype) throw misfit('dot', inputs, 'takes two inputs of one number dtype')
    const pairs = [...params.batch, ...params.contract]
    for (const [side, type] of [a, b].entries()) {
      const axes = pairs.map((pair) => pair[side]!)
      if (new Set(axes).size < axes.length || axes.some((axis) => type.shape[axis] === undefined))
        throw misfit(
          'dot',
          inputs,
          `batch and contracting axes [${axes.join(', ')}] must be different axes of the ${side === 0 ? 'first' : 'second'}`,
        )
    }
    for (const [i, j] of pairs)
      if (a.shape[i] !== b.shape[j])
        throw misfit(
          'dot',
          inputs,
          `axis ${i} of the first has size ${a.shape[i]} and axis ${j} of the second ${b.shape[j]}`,
        )
    const { free } = axesOf(a, b, params)
    const shape = [
      ...params.batch.map(([i]) => a.shape[i]!),
      ...free[0].map((i) => a.shape[i]!),
      ...free[1].map((j) => b.shape[j]!),
    ]
    return [{ shape, dtype }]
  },
  evaluate: ([a, b], params, [output]) => [contracted(a!, b!, params, output!)],
  reverse(b, { inputs: [x, y], params, cotangents: [d], wanted }) {
    const { free } = axesOf(x!.type, y!.type, params)
    const batches = params.batch.length
    const [firstOfX, firstOfY] = [batches, batches + free[0].length]
    // dx = d . y over y's free axes, and dy = x . d or d . x over x's, whichever gives y's axes nearer to where they
    // were.
    const toX = () => {
      const dx = b.emit(dot, [d!, y!], {
        batch: params.batch.map(([, j], k) => [k, j] as const),
        contract: free[1].map((j, k) => [firstOfY + k, j] as const),
      })
      const byY = [...params.contract].sort((p, q) => p[1] - q[1]).map(([i]) => i)
      return ordered(b, dx, [...params.batch.map(([i]) => i), ...free[0], ...byY])
    }
    const toY = () => {
      const back = params.batch.map(([, j]) => j)
      const byX = [...params.contract].sort((p, q) => p[0] - q[0]).map(([, j]) => j)
      const batch = params.batch.map(([i], k) => [i, k] as const)
      const contract = free[0].map((i, k) => [i, firstOfX + k] as const)
      if (Math.max(...free[1]) > Math.min(...byX))
        return ordered(b, b.emit(dot, [x!, d!], { batch, contract }), [...back, ...byX, ...free[1]])
      const flipped = (axes: typeof batch) => axes.map(([i, j]) => [j, i] as const)
      const dy = b.emit(dot, [d!, x!], { batch: flipped(batch), contract: flipped(contract) })
      return ordered(b, dy, [...back, ...free[1], ...byX])
    }
    return [wanted[0] ? toX() : undefined, wanted[1] ? toY() : undefined]
  },
  forward(b, { inputs: [x, y], params, tangents: [tx, ty] }) {
    const left = tx && b.emit(dot, [tx, y!], params)
    const right = ty && b.emit(dot, [x!, ty], params)
    return [left && right ? b.emit(add, [left, right], {}) : (left ?? right)]
  },
  batch(b, { inputs, batched: [inX, inY], params }) {
    const shifted = (pairs: Pairs): Pairs => pairs.map(([i, j]) => [i + Number(inX), j + Number(inY)])
    const both: Pairs = inX && inY ? [[0, 0]] : []
    const result = b.emit(dot, inputs, {
      batch: [...both, ...shifted(params.batch)],
      contract: shifted(params.contract),
    })
    // Carried by one input alone, the new axis is the first of that input's free axes.
    const batches = params.batch.length
    const at =
      inX && inY ? 0 : inX ? batches : batches + inputs[0]!.type.shape.length - batches - params.contract.length
    return [ordered(b, result, movedToFront(result.type.shape.length, at))]
  },
  lower: { kind: 'contract', dims: ({ batch, contract }) => ({ batch, contract }) },
  cost: (inputs, [output], { contract }) =>
    2 * sizeOf(output!.shape) * contract.reduce((product, [i]) => product * inputs[0]!.shape[i]!, 1),
}

/** The axes of each operand that are neither batch nor contracting, in order. */
export function axesOf(a: Type, b: Type, { batch, contract }: ContractDims): { free: readonly [number[], number[]] } {
  const bound = [...batch, ...contract]
  const free = ({ shape }: Type, side: 0 | 1) =>
    [...shape.keys()].filter((axis) => !bound.some((pair) => pair[side] === axis))
  return { free: [free(a, 0), free(b, 1)] }
}

/** A value whose axis k is put at axis to[k]. */
const ordered = (b: Builder, value: Value, to: readonly number[]): Value =>
  to.every((axis, k) => axis === k) ? value : b.emit(transpose, [value], { permutation: inverse(to) })

/** Where each axis goes when axis `at` becomes the first. */
const movedToFront = (rank: number, at: number): readonly number[] =>
  Array.from({ length: rank }, (_, k) => (k === at ? 0 : k < at ? k + 1 : k))

function contracted(a: Dense, b: Dense, params: ContractDims, output: Type): Dense {
  const { free } = axesOf(a, b, params)
  const walk = (of: Dense, axes: readonly number[]) => {
    const strides = stridesOf(of.shape)
    return places(
      axes.map((axis) => of.shape[axis]!),
      axes.map((axis) => strides[axis]!),
    )
  }
  const side = (of: Dense, k: 0 | 1) => ({
    batch: walk(
      of,
      params.batch.map((pair) => pair[k]),
    ),
    free: walk(of, free[k]),
    contract: walk(
      of,
      params.contract.map((pair) => pair[k]),
    ),
  })
  const [left, right] = [side(a, 0), side(b, 1)]
  const times = isFloat(output.dtype) ? (x: number, y: number) => x * y : Math.imul
  const data = new Float64Array(sizeOf(output.shape))
  let k = 0
  for (let batch = 0; batch < left.batch.length; batch++)
    for (const i of left.free)
      for (const j of right.free) {
        const [p, q] = [left.batch[batch]! + i, right.batch[batch]! + j]
        let total = 0
        for (let c = 0; c < left.contract.length; c++)
          total += times(a.data[p + left.contract[c]!]!, b.data[q + right.contract[c]!]!)
        data[k++] = wrap(total, output.dtype)
      }
  return { ...output, data }
}
