import * as functions from '../../kernel/functions/declared.ts'
import { sizeOf } from '../graph.ts'
import { none, type Primitive } from '../primitive.ts'
import { allBatched, type NoParams, sameShapes } from './elementwise.ts'
import { expectInputs, misfit } from './type-rule.ts'

const bits = none('random bits have no gradient')

/**
 * Threefry-2x32 with 20 rounds: two u32 of random bits from a key (k0, k1) and a counter (c0, c1), elementwise. J. K.
 * Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC 2011); the generator of JAX.
 */
export const threefry: Primitive<NoParams> = {
  name: 'threefry',
  type(inputs) {
    expectInputs('threefry', inputs, 4)
    if (inputs.some((input) => input.dtype !== 'u32')) throw misfit('threefry', inputs, 'takes inputs of dtype u32')
    const shape = sameShapes('threefry', inputs)
    return [
      { shape, dtype: 'u32' },
      { shape, dtype: 'u32' },
    ]
  },
  evaluate([k0, k1, c0, c1], _params, outputs) {
    const [x0, x1] = outputs.map((output) => ({ ...output, data: new Float64Array(sizeOf(output.shape)) }))
    for (let k = 0; k < x0!.data.length; k++)
      [x0!.data[k], x1!.data[k]] = threefry2x32(k0!.data[k]!, k1!.data[k]!, c0!.data[k]!, c1!.data[k]!)
    return [x0!, x1!]
  },
  reverse: bits,
  forward: bits,
  batch: (b, { inputs, batched, size }) => b.emitAll(threefry, allBatched(b, inputs, batched, size), {}),
  lower: { kind: 'map', expensive: true, scalar: (s, args) => s.call(functions.threefry, args) },
  cost: (_inputs, [output]) => 110 * sizeOf(output!.shape),
}

const rotations = [13, 15, 26, 6, 17, 29, 16, 24]

function threefry2x32(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda]
  let [x0, x1] = [(c0 + k0) | 0, (c1 + k1) | 0]
  for (let round = 0; round < 20; round++) {
    const by = rotations[round % 8]!
    x0 = (x0 + x1) | 0
    x1 = ((x1 << by) | (x1 >>> (32 - by))) ^ x0
    if (round % 4 === 3) {
      const injection = (round + 1) / 4
      x0 = (x0 + keys[injection % 3]!) | 0
      x1 = (x1 + keys[(injection + 1) % 3]! + injection) | 0
    }
  }
  return [x0 >>> 0, x1 >>> 0]
}
