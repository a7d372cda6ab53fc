import { wrap } from '../dense.ts'
import { sameShape, sizeOf, type Type } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { repeated } from './elementwise.ts'
import { expectIndices, type GatherParams, gather, pairs } from './gather.ts'
import { scattered } from './scatter-sums.ts'
import { movedAxis } from './transpose.ts'
import { expectInputs, expectSizes, misfit, numbers } from './type-rule.ts'

export type ScatterParams = GatherParams & {
  /** The size of the axis that the indices count along. */
  readonly size: number
}

/**
 * Updates [B.., pre.., I.., post..] and indices [B.., I..] give [B.., pre.., size at `axis`, post..]: zeros with every
 * update added where its index says. An index outside 0 .. size - 1 adds nowhere. Linear in the updates; `gather` is
 * its transpose.
 */
export const scatterAdd: Primitive<ScatterParams> = {
  name: 'scatterAdd',
  type(inputs, { axis, batch, size }) {
    expectInputs('scatterAdd', inputs, 2)
    const [updates, indices] = inputs as [Type, Type]
    const own = indices.shape.slice(batch)
    expectIndices('scatterAdd', inputs, { axis, batch }, updates.shape.length - own.length)
    expectSizes('scatterAdd', inputs, [size])
    if (!numbers([updates.dtype])) throw misfit('scatterAdd', inputs, `cannot add up ${updates.dtype}`)
    if (!sameShape(updates.shape.slice(axis, axis + own.length), own))
      throw misfit('scatterAdd', inputs, `the updates must have the axes [${own.join(', ')}] of the indices at ${axis}`)
    const shape = [...updates.shape.slice(0, axis), size, ...updates.shape.slice(axis + own.length)]
    return [{ shape, dtype: updates.dtype }]
  },
  evaluate([updates, indices], { axis, batch }, [output]) {
    const { shape, dtype } = output!
    const data = new Float64Array(sizeOf(shape))
    const post = sizeOf(shape.slice(axis + 1))
    for (const { whole, part } of pairs(indices!.data, shape, { axis, batch }))
      for (let q = 0; q < post; q++) {
        const to = whole * post + q
        data[to] = wrap(data[to]! + updates!.data[part * post + q]!, dtype)
      }
    return [{ ...output!, data }]
  },
  reverse: (b, { inputs: [, indices], params: { axis, batch }, cotangents: [d] }) => [
    b.emit(gather, [d!, indices!], { axis, batch }),
    undefined,
  ],
  forward: (b, { inputs: [, indices], params, tangents: [t] }) => [t && b.emit(scatterAdd, [t, indices!], params)],
  batch(b, { inputs: [updates, indices], batched: [inUpdates, inIndices], size, params }) {
    const { axis, batch } = params
    if (inIndices) {
      const all = inUpdates ? updates! : repeated(b, updates!, size)
      return [b.emit(scatterAdd, [all, indices!], { ...params, axis: axis + 1, batch: batch + 1 })]
    }
    // The new axis goes behind the shared ones, as one that the indices say nothing of, and comes back to the front.
    const inside = movedAxis(b, updates!, 0, batch)
    return [movedAxis(b, b.emit(scatterAdd, [inside, indices!], { ...params, axis: axis + 1 }), batch, 0)]
  },
  lower: {
    kind: 'rewrite',
    equations: (b, { inputs: [updates, indices], params }) => [scattered(b, updates!, indices!, params)],
  },
  cost: ([updates]) => sizeOf(updates!.shape),
}
