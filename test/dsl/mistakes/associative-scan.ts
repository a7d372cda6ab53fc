import { associativeScan, ones, type Tensor, zeros } from '../../../dsl/index.ts'
import type { Mistakes } from './mistake.ts'

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'shape error: associativeScan: xs is [n, 2] and its length is a name: state a size with as, or use scan',
    // @ts-expect-error
    run: ({ x }) => associativeScan((a, b) => a.add(b), x),
  },
  {
    says: 'shape error: associativeScan: xs.b.t is [n] and its length is a name: state a size with as, or use scan',
    // @ts-expect-error
    run: ({ t }) => associativeScan((_, b) => b, { a: zeros([6]), b: { t } }),
  },
  {
    says: 'shape error: associativeScan: xs: axis 0 is out of range for []',
    // @ts-expect-error
    run: () => associativeScan((a, b) => a.add(b), zeros([])),
  },
  {
    says: 'shape error: associativeScan: xs.b: axis -2 is out of range for [3]',
    // @ts-expect-error
    run: () => associativeScan((_, b) => b, { a: zeros([3, 4]), b: zeros([3]) }, { axis: -2 }),
  },
  {
    says: 'shape error: the length is 3 in xs.a and 4 elsewhere',
    // @ts-expect-error
    run: () => associativeScan((_, b) => b, { a: zeros([3]), b: { c: zeros([4]) } }),
  },
  {
    says: 'shape error: the result is [pairs], needs [pairs, 2]',
    // @ts-expect-error
    run: ({ w }) => associativeScan((a, b) => a.add(b).sum(1), w.slice([null, [0, 2]])),
  },
  {
    says: 'shape error: the result is [1, pairs], needs [3, pairs]',
    // @ts-expect-error
    run: ({ w }) => associativeScan((a, b) => a.mul(b).sum(0, { keepdims: true }), w, { axis: 1 }),
  },
  {
    says: 'dtype error: the result.count is f32, needs i32',
    // @ts-expect-error
    run: () => associativeScan((a, b) => ({ count: a.count.add(b.count).cast('f32') }), { count: ones([1], 'i32') }),
  },
  {
    says: 'type error: the result.b is missing',
    // @ts-expect-error
    run: () => associativeScan(({ a }, _) => ({ a }), { a: zeros([0]), b: zeros([0]) }),
  },
  {
    says: 'shape error: associativeScan: xs.1.t is [n] and its length is a name: state a size with as, or use scan',
    // @ts-expect-error
    run: ({ t }) => associativeScan((_, b) => b, [zeros([6]), { t }]),
  },
  {
    says: 'shape error: the result.1 is [], needs [pairs]',
    // @ts-expect-error
    run: () => associativeScan(([a, i], [b, j]) => [a.add(b), i.add(j).sum()], [zeros([6]), zeros([6])]),
  },
  {
    says: 'type error: the result is not a tensor [pairs] of f32',
    // @ts-expect-error
    run: () => associativeScan((a, b) => [a, b], zeros([4])),
  },
]

/** Only tracing sees these. */
export const traced: Mistakes = [
  {
    says: 'shape error: associativeScan: xs is [n, 2] and its length is a name: state a size with as, or use scan',
    run: ({ x }) => associativeScan((a, b) => a.add(b), x as unknown as Tensor<[number, 2]>),
  },
  {
    says: 'shape error: the result is [3], needs [pairs]',
    run: () =>
      associativeScan(
        (a, b) =>
          a
            .add(b)
            .slice([[0, 1]])
            .add(zeros([3])) as never,
        zeros([4]),
      ),
  },
  {
    says: 'type error: associativeScan: there are no tensors in xs',
    run: () => associativeScan((a, _) => a, {}),
  },
  {
    says: 'type error: associativeScan: 3 is not a function of tensors',
    run: ({ w }) => associativeScan(3 as never, w),
  },
  {
    says: 'type error: associativeScan: xs is not a tensor',
    run: () => associativeScan((a, _) => a, 3),
  },
  {
    says: 'shape error: associativeScan: xs: axis 0.5 is out of range for [3, 4]',
    run: ({ w }) => associativeScan((a, _) => a, w, { axis: 0.5 as number }),
  },
  {
    says: 'type error: associativeScan: reverse is 1, needs true or false',
    run: ({ w }) => associativeScan((a, _) => a, w, { reverse: 1 as never }),
  },
]
