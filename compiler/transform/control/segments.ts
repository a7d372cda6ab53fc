import { Builder } from '../../ir/builder.ts'
import type { Value } from '../../ir/graph.ts'
import { concat, reshape, slice } from '../../ir/primitives/index.ts'
import { type ScanParams, scan } from './scan.ts'

/**
 * A scan as a scan over segments of `every` turns, of which a gradient keeps only the carry that they begin with: it
 * holds one segment's turns at a time. Turns that fill no segment come last.
 */
export function scanInSegments(
  b: Builder,
  inputs: readonly Value[],
  params: ScanParams,
  every: number,
): readonly Value[] {
  const { consts, carry, length, reverse } = params
  const segments = Math.floor(length / every)
  const whole = segments * every
  if (segments < 2) return b.emitAll(scan, inputs, params)
  const fixed = inputs.slice(0, consts)
  const stacks = inputs.slice(consts + carry)
  // In reverse the last turns run first: what is left over is then at the front.
  const from = reverse ? length - whole : 0
  const rest = reverse ? ([0, from] as const) : ([whole, length] as const)

  const inner = new Builder()
  const like = (value: Value, shape: readonly number[]) => inner.input({ ...value.type, shape }, value.name)
  const args = [
    ...inputs.slice(0, consts + carry).map((value) => like(value, value.type.shape)),
    ...stacks.map((value) => like(value, [every, ...value.type.shape.slice(1)])),
  ]
  const segment = inner.graph(params.body.name, inner.emitAll(scan, args, { ...params, length: every }))
  const outer = b.emitAll(
    scan,
    [
      ...inputs.slice(0, consts + carry),
      ...stacks.map((stack) =>
        b.emit(reshape, [turns(b, stack, from, from + whole)], {
          shape: [segments, every, ...stack.type.shape.slice(1)],
        }),
      ),
    ],
    { ...params, body: segment, length: segments, save: 'carry' },
  )
  const joined = outer
    .slice(carry)
    .map((result) => b.emit(reshape, [result], { shape: [whole, ...result.type.shape.slice(2)] }))
  if (whole === length) return [...outer.slice(0, carry), ...joined]
  const last = b.emitAll(
    scan,
    [...fixed, ...outer.slice(0, carry), ...stacks.map((stack) => turns(b, stack, ...rest))],
    { ...params, length: length - whole },
  )
  return [
    ...last.slice(0, carry),
    ...joined.map((result, i) => {
      const other = last[carry + i]!
      return b.emit(concat, reverse ? [other, result] : [result, other], { axis: 0 })
    }),
  ]
}

/** Some turns of a stack. */
const turns = (b: Builder, stack: Value, from: number, to: number): Value =>
  b.emit(slice, [stack], {
    start: stack.type.shape.map((_, axis) => (axis === 0 ? from : 0)),
    stop: stack.type.shape.map((size, axis) => (axis === 0 ? to : size)),
    step: stack.type.shape.map(() => 1),
  })
