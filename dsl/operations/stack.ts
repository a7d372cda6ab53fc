import * as p from '../../compiler/ir/primitives/index.ts'
import { sameDType } from '../shape/dtype.ts'
import { alikeShape, stackAxis } from '../shape/stack.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { check, enter, fail, must } from '../trace/trace.ts'
import { laidOut } from './layout.ts'

export function stack(parts: readonly Held[], axis: number): Held {
  const [first, ...rest] = parts
  if (!first) throw fail('shape error: stack: there is nothing to stack')
  let shape = extentsOf(first)
  for (const part of rest) {
    check(sameDType('stack', first.dtype, part.dtype))
    shape = must(alikeShape(shape, extentsOf(part)))
  }
  const at = must(stackAxis(shape, axis))
  const trace = enter('stack', parts)
  const one = shape.toSpliced(at, 0, { dim: 1, size: 1 })
  const expanded = parts.map((part) => laidOut(trace, part, one, 'stack'))
  const value = trace.builder.emit(p.concat, expanded, { axis: at }, 'stack')
  return hold(trace, value, one.with(at, { dim: parts.length, size: parts.length }), first.dtype)
}
