import { agree, type Extent, show } from '../dsl/shape/dim.ts'
import { extentsOf } from '../dsl/trace/held.ts'
import { check, fail } from '../dsl/trace/trace.ts'
import { isTensor } from '../dsl/traced-tensor.ts'

/** Complains of what is not a tensor of this dtype and these dims; undefined stands for any. */
export function checkTensor(
  op: string,
  what: string,
  given: unknown,
  dtype: string,
  dims: readonly (Extent | number | undefined)[],
): void {
  const needed = dims.map((dim) => (dim === undefined ? 'N' : typeof dim === 'number' ? { dim, size: dim } : dim))
  const shown = show(needed.map((dim) => (typeof dim === 'string' ? dim : dim.dim)))
  if (!isTensor(given)) throw fail(`type error: ${op}: ${what} is not a tensor ${shown} of ${dtype}`)
  if (given.dtype !== dtype) throw fail(`dtype error: ${op}: ${what} is ${given.dtype}, needs ${dtype}`)
  const found = extentsOf(given)
  const fits =
    found.length === needed.length && needed.every((dim, axis) => typeof dim === 'string' || agree(dim, found[axis]!))
  check(fits ? undefined : `shape error: ${op}: ${what} is ${show(found)}, needs ${shown}`)
}
