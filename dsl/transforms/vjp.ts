import { vjp as reverse } from '../../compiler/transform/reverse.ts'
import { isFloat } from '../shape/dtype.ts'
import { likeness, tensorIn, tensorsOf } from '../tensor-in.ts'
import { hold } from '../trace/held.ts'
import { belongs, enter, fail } from '../trace/trace.ts'
import { isTensor, traced } from '../traced-tensor.ts'
import { withLeaves } from '../tree.ts'
import { asComplaint } from './complaint.ts'
import { traceOn } from './jvp.ts'

/** What f gives at `primals`, and the function that pulls a cotangent of it back to cotangents of the primals. */
export function vjp<X extends readonly unknown[], R>(
  f: (...x: X) => R,
  ...primals: X
): [out: R, pull: (cotangent: R) => X] {
  const trace = enter('vjp')
  const leaves = tensorsOf(primals, 'vjp: primal').map(({ path, leaf }) => {
    belongs('vjp', trace, leaf)
    if (!isFloat(leaf.dtype)) throw fail(`dtype error: vjp: primal.${path} is ${leaf.dtype} and has no gradient`)
    return leaf
  })
  const { graph, result, outputs } = traceOn('vjp', f, primals)
  const values = leaves.map((leaf) => leaf.value)
  const all = values.map((_, i) => i)
  const first = asComplaint('vjp', () => reverse(trace.builder, graph, values, all))
  const out = withLeaves(
    result,
    isTensor,
    outputs.map((output, i) => traced(hold(trace, first.outputs[i]!, output.shape, output.dtype))),
  ) as R

  const pull = (cotangent: R): X => {
    const now = enter('pull')
    const given = tensorsOf(result, 'vjp: the result').map(({ path, leaf }) =>
      tensorIn(cotangent, path, 'the cotangent', likeness(leaf)),
    )
    for (const tensor of [...leaves, ...given]) belongs('pull', now, tensor)
    return asComplaint('vjp', () => {
      // Inside another function, such as one that is mapped, the backward equations belong to that function's graph.
      const at = now === trace ? first : reverse(now.builder, graph, values, all)
      const back = at.pull(given.map((tensor) => tensor.value))
      const held = back.map((value, i) => traced(hold(now, value, leaves[i]!.shape, leaves[i]!.dtype)))
      return withLeaves(primals, isTensor, held) as X
    })
  }
  return [out, pull]
}
