import { cond, customVjp, foriLoop, full, scan, type Tensor, whileLoop, zeros } from '../../../dsl/index.ts'
import type { Mistakes } from './mistake.ts'

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'shape error: the new carry is [3], needs [2]',
    // @ts-expect-error
    run: ({ x }) => scan((_, __) => [zeros([3]), null], zeros([2]), x),
  },
  {
    says: 'dtype error: the new carry.count is f32, needs i32',
    // @ts-expect-error
    run: ({ x }) => scan((_, x) => [{ count: x.sum() }, null], { count: zeros([], 'i32') }, x),
  },
  {
    says: 'type error: the new carry.total is missing',
    // @ts-expect-error
    run: ({ x }) => scan(({ mean }, _) => [{ mean }, null], { mean: zeros([]), total: zeros([]) }, x),
  },
  {
    says: 'shape error: the number of turns is n in xs.x and m elsewhere',
    // @ts-expect-error
    run: ({ x, y }) => scan((carry, { x, y }) => [carry, x.add(y)], zeros([]), { x, y }),
  },
  {
    says: 'shape error: scan: xs.1 is [] and has no axis of turns',
    // @ts-expect-error
    run: ({ t }) => scan((carry, _) => [carry, null], zeros([]), [t, t.sum()]),
  },
  {
    says: 'shape error: the new carry is [2, 2], needs [2]',
    // @ts-expect-error
    run: () => foriLoop(0, 3, (_, c) => c.expand(0).mul(zeros([2, 1])), zeros([2])),
  },
  {
    says: 'shape error: the new carry is [1], needs []',
    // @ts-expect-error
    run: () => whileLoop((c) => c.less(1), (c) => c.expand(0), zeros([])),
  },
  {
    says: 'type error: whileLoop: the condition must give [] of bool',
    // @ts-expect-error
    run: ({ t }) => whileLoop((c) => c.less(1), (c) => c.add(1), t),
  },
  {
    says: 'type error: whileLoop: the condition must give [] of bool',
    // @ts-expect-error
    run: () => whileLoop((c) => c.mul(2), (c) => c.add(1), zeros([])),
  },
]

/** Only tracing sees these: to TypeScript they are a function that does not fit another. */
export const traced: Mistakes = [
  {
    says: 'shape error: the result of whenFalse is [3], needs [2]',
    run: ({ t }) => cond(t.sum().less(1), () => zeros([2]), (() => zeros([3])) as never),
  },
  {
    says: 'type error: cond: the predicate is [n] of bool, needs [] of bool; where(condition, a, b) chooses element by element',
    run: ({ t }) =>
      cond(
        t.less(1) as never,
        () => t,
        () => t,
      ),
  },
  {
    says: 'type error: scan: there is nothing to count the turns by; give xs or { length }',
    run: () => scan((carry, _) => [carry, null] as const, zeros([]), null),
  },
  {
    says: 'shape error: scan: length is 4 and xs have 6 turns',
    run: ({ t }) => scan((carry, _) => [carry, null] as const, zeros([]), t, { length: 4 }),
  },
  {
    says: "type error: scan: checkpoint is 0, needs 'all', 'carry' or a number of turns",
    run: ({ t }) => scan((carry, _) => [carry, null] as const, zeros([]), t, { checkpoint: 0 }),
  },
  {
    says: 'type error: foriLoop: 1.5 is not a whole number; the bounds are known while tracing',
    run: () => foriLoop(0, 1.5, (_, c) => c, zeros([])),
  },
  {
    says: 'type error: whileLoop: maxSteps is 0, needs a whole number from 1',
    run: () =>
      whileLoop(
        (c) => c.less(1),
        (c) => c.add(1),
        zeros([]),
        { maxSteps: 0 },
      ),
  },
  {
    says: 'shape error: the cotangent of argument.0 is [], needs [n]',
    run: ({ t }) =>
      customVjp({
        apply: (t: Tensor<['n']>) => t.sum(),
        forward: (t) => [t.sum(), null],
        backward: (_, d) => [d as never],
      })(t),
  },
  {
    says: 'shape error: the result of forward is [], needs [n]',
    run: ({ t }) =>
      customVjp({
        apply: (t: Tensor<['n']>) => t,
        forward: (t) => [t.sum() as never, null],
        backward: (_, d) => [d],
      })(t),
  },
  {
    says: 'trace error: sum: a tensor is used after the function that made it has ended; return it from there, or pass it in as an argument',
    run: ({ t }) => {
      const kept: Tensor<[]>[] = []
      scan(
        (carry, x) => {
          kept.push(x)
          return [carry, null] as const
        },
        full([], 0),
        t,
      )
      return kept[0]!.sum()
    },
  },
]
