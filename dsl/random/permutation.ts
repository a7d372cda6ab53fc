import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import type { Dim } from '../shape/dim.ts'
import { cut, type OneKey, type Without } from '../shape/random.ts'
import type { Needs } from '../shape/rule.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { extentsOf, hold } from '../trace/held.ts'
import { bindDims, must, type Trace } from '../trace/trace.ts'
import { isTensor, traced } from '../traced-tensor.ts'
import { enterKey, splitWords } from './key.ts'
import { bitsOf, type Words } from './threefry.ts'

/**
 * 0 .. n - 1 in a random order, or a tensor with its parts along an axis, the first unless another is named, in a
 * random order.
 */
export function permutation<K extends AnyTensor, const A extends Dim | AnyTensor, const X extends number = 0>(
  key: Needs<OneKey<'permutation', K>, K>,
  of: A,
  axis?: Needs<OutOf<A, X>, X>,
): A extends Dim ? Tensor<[A], 'i32'> : A
export function permutation(key: AnyTensor, of: Dim | AnyTensor, axis = 0): AnyTensor {
  if (!isTensor(of)) {
    const extents = bindDims('permutation', [of as Dim])
    must(cut('permutation', extents, axis))
    const { trace, words } = enterKey('permutation', key)
    return traced(hold(trace, shuffled(trace, words, extents[0]!.size), extents, 'i32'))
  }
  const { axis: at } = must(cut('permutation', extentsOf(of), axis))
  const { trace, words } = enterKey('permutation', key, [of])
  const order = shuffled(trace, words, of.value.type.shape[at]!)
  const value = trace.builder.emit(p.gather, [of.value, order], { axis: at, batch: 0 }, 'permutation')
  return traced(hold(trace, value, of.shape, of.dtype))
}
type OutOf<A, X extends number> =
  Without<'permutation', A extends Dim ? Tensor<[A]> : A, X> extends infer R extends string ? R : never

/**
 * 0 .. n - 1, sorted by random bits, again with other bits while two of n elements may well have had equal ones in each
 * round: the rounds of JAX and of TensorFlow, whose random_ops.cc says why three times log(n) bits.
 */
export function shuffled(trace: Trace, words: Words, n: number): Value {
  const b = trace.builder
  const rounds = Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(2 ** 32 - 1))
  let key = words
  let order: Value | undefined
  for (let round = 0; round < rounds; round++) {
    const [next, now] = splitWords(trace, key, 2)
    key = next!
    const sorted = b.emit(p.argsort, [bitsOf(trace, now!, [{ dim: n, size: n }])], {}, 'permutation')
    order = order ? b.emit(p.gather, [order, sorted], { axis: 0, batch: 0 }, 'permutation') : sorted
  }
  return order ?? b.emit(p.iota, [], { shape: [n], axis: 0, dtype: 'i32' }, 'permutation')
}
