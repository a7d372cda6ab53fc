import { stack, tensor, zeros } from '../../../dsl/index.ts'
import type { Mistakes } from './mistake.ts'

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'shape error: squeeze: axis 1 of [n, 2] is 2, not 1',
    // @ts-expect-error
    run: ({ x }) => x.squeeze(1),
  },
  {
    says: 'shape error: squeeze: axis 0 of [n, 2] is n, not 1',
    // @ts-expect-error
    run: ({ x }) => x.squeeze(0),
  },
  {
    says: 'shape error: squeeze: axis 2 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ x }) => x.squeeze(2),
  },
  {
    says: 'shape error: transpose: [n] has fewer than two axes',
    // @ts-expect-error
    run: ({ t }) => t.transpose(),
  },
  {
    says: 'shape error: permute: [0, 0] is not an order of the axes of [n, 2]',
    // @ts-expect-error
    run: ({ x }) => x.permute([0, 0]),
  },
  {
    says: 'shape error: permute: [1, -1] is not an order of the axes of [n, 2]',
    // @ts-expect-error
    run: ({ x }) => x.permute([1, -1]),
  },
  {
    says: 'shape error: permute: [0] is not an order of the axes of [n, 2]',
    // @ts-expect-error
    run: ({ x }) => x.permute([0]),
  },
  {
    says: 'shape error: broadcastTo: [n, 2] to [2, n]: 2 is neither n nor 1',
    // @ts-expect-error
    run: ({ x }) => x.broadcastTo([2, 'n']),
  },
  {
    says: 'shape error: broadcastTo: [n, 2] to [2]: there are fewer axes',
    // @ts-expect-error
    run: ({ x }) => x.broadcastTo([2]),
  },
  {
    says: 'shape error: flip: axis 2 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ x }) => x.flip(2),
  },
  {
    says: 'shape error: flip: axes [0, -2] of [n, 2] name one twice',
    // @ts-expect-error
    run: ({ x }) => x.flip([0, -2]),
  },
  {
    says: 'shape error: roll: axis -2 is out of range for [n]',
    // @ts-expect-error
    run: ({ t }) => t.roll(1, -2),
  },
  {
    says: 'shape error: repeat: axis 1 is out of range for [n]',
    // @ts-expect-error
    run: ({ t }) => t.repeat(2, 1),
  },
  {
    says: 'shape error: repeat: -2 is not a number of copies',
    // @ts-expect-error
    run: ({ t }) => t.repeat(-2, 0),
  },
  {
    says: 'shape error: tile: [2, -1] are not numbers of copies',
    // @ts-expect-error
    run: ({ t }) => t.tile([2, -1]),
  },
  {
    says: 'shape error: slice: index 3 is out of range for axis 0 of [3, 4]',
    // @ts-expect-error
    run: ({ w }) => w.slice([3]),
  },
  {
    says: 'shape error: slice: index -5 is out of range for axis 1 of [3, 4]',
    // @ts-expect-error
    run: ({ w }) => w.slice([null, -5]),
  },
  {
    says: 'shape error: slice: [0, 5] is not a range within axis 1 of [3, 4]',
    // @ts-expect-error
    run: ({ w }) => w.slice([null, [0, 5]]),
  },
  {
    says: 'shape error: slice: [2, -2] is not a range within axis 0 of [3, 4]',
    // @ts-expect-error
    run: ({ w }) => w.slice([[2, -2]]),
  },
  {
    says: 'shape error: slice: [-4, null] is not a range within axis 0 of [3, 4]',
    // @ts-expect-error
    run: ({ w }) => w.slice([[-4, null]]),
  },
  {
    says: 'shape error: slice: [0, 3, 0] is not a range within axis 0 of [3, 4]',
    // @ts-expect-error
    run: ({ w }) => w.slice([[0, 3, 0]]),
  },
  {
    says: 'shape error: slice: [2, 0, -1] is not a range within axis 0 of [n]',
    // @ts-expect-error
    run: ({ t }) => t.slice([[2, 0, -1]]),
  },
  {
    says: 'shape error: slice: [3, 1] is not a range within axis 0 of [n]',
    // @ts-expect-error
    run: ({ t }) => t.slice([[3, 1]]),
  },
  {
    says: 'shape error: slice: [-1, -3] is not a range within axis 0 of [n]',
    // @ts-expect-error
    run: ({ t }) => t.slice([[-1, -3]]),
  },
  {
    says: 'shape error: slice: 2 ranges for [n]',
    // @ts-expect-error
    run: ({ t }) => t.slice([null, 0]),
  },
  {
    says: 'shape error: pad: [[0, 1]] is not one width for each axis of [n, 2]',
    // @ts-expect-error
    run: ({ x }) => x.pad([[0, 1]]),
  },
  {
    says: 'shape error: pad: [0, -1] is not a width; write whole numbers from 0',
    // @ts-expect-error
    run: ({ t }) => t.pad([[0, -1]]),
  },
  {
    says: 'shape error: pad: -1 is not a width; write whole numbers from 0',
    // @ts-expect-error
    run: ({ x }) => x.pad(-1),
  },
  {
    says: 'dtype error: pad: key is not a number',
    // @ts-expect-error
    run: ({ seed }) => seed.pad([]),
  },
  {
    says: 'shape error: split: axis 0 of [3, 4] does not fall into 2 equal parts',
    // @ts-expect-error
    run: ({ w }) => w.split(2),
  },
  {
    says: 'shape error: split: axis 0 of [n] does not fall into 0 equal parts',
    // @ts-expect-error
    run: ({ t }) => t.split(0),
  },
  {
    says: 'shape error: split: [2, 3] does not add up to axis -1 of [3, 4]',
    // @ts-expect-error
    run: ({ w }) => w.split([2, 3], -1),
  },
  {
    says: 'shape error: split: axis 1 is out of range for [n]',
    // @ts-expect-error
    run: ({ t }) => t.split(2, 1),
  },
  {
    says: 'shape error: split: axis 0 is out of range for []',
    // @ts-expect-error
    run: ({ seed }) => seed.split(2),
  },
  {
    says: 'shape error: tril: [n] has fewer than two axes',
    // @ts-expect-error
    run: ({ t }) => t.tril(),
  },
  {
    says: 'dtype error: triu: key is not a number',
    // @ts-expect-error
    run: ({ seed }) => stack([stack([seed])]).triu(),
  },
  {
    says: 'dtype error: take: the indices are f32, needs i32 or u32',
    // @ts-expect-error
    run: ({ x, t }) => x.take(t),
  },
  {
    says: 'shape error: take: axis 2 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ x, ids }) => x.take(ids, 2),
  },
  {
    says: 'dtype error: takeAlong: the indices are bool, needs i32 or u32',
    // @ts-expect-error
    run: ({ t, flag }) => t.takeAlong(flag, 0),
  },
  {
    says: 'shape error: takeAlong: [n, 2] with indices [m, 3] differ beside axis 1',
    // @ts-expect-error
    run: ({ x }) => x.takeAlong(zeros(['m', 3], 'i32'), 1),
  },
  {
    says: 'shape error: takeAlong: [n, 2] with indices [n] differ beside axis 0',
    // @ts-expect-error
    run: ({ x, ids }) => x.takeAlong(ids, 0),
  },
  {
    says: 'shape error: takeAlong: axis 2 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ x, ids }) => x.takeAlong(ids, 2),
  },
  {
    says: 'shape error: scatterAdd: the updates are [n, 3], needs [n, 2]',
    // @ts-expect-error
    run: ({ y, ids }) => y.scatterAdd(ids, zeros(['n', 3])),
  },
  {
    says: 'dtype error: scatterAdd: f32 with i32; cast one of them',
    // @ts-expect-error
    run: ({ t, ids }) => t.scatterAdd(ids, ids),
  },
  {
    says: 'dtype error: scatterAdd: the indices are f32, needs i32 or u32',
    // @ts-expect-error
    run: ({ t }) => t.scatterAdd(t, t),
  },
  {
    says: 'dtype error: scatterAdd: bool is not a number',
    // @ts-expect-error
    run: ({ flag, ids }) => flag.scatterAdd(ids, flag),
  },
  {
    says: 'shape error: stack: [n, 2] with [n] are not of one shape',
    // @ts-expect-error
    run: ({ x, t }) => stack([x, t]),
  },
  {
    says: 'dtype error: stack: f32 with i32; cast one of them',
    // @ts-expect-error
    run: ({ t, ids }) => stack([t, ids]),
  },
  {
    says: 'shape error: stack: axis 2 is out of range for [n]',
    // @ts-expect-error
    run: ({ t }) => stack([t, t], 2),
  },
  {
    says: 'shape error: stack: there is nothing to stack',
    // @ts-expect-error
    run: () => stack([]),
  },
  {
    says: 'shape error: tensor: the rows are not all of shape [2], which the first has',
    // @ts-expect-error
    run: () => tensor([[1, 2], [3]]),
  },
  {
    says: 'shape error: tensor: the rows are not all of shape [], which the first has',
    // @ts-expect-error
    run: () => tensor([1, [2]]),
  },
  {
    says: "type error: tensor: 'a' is not a number",
    // @ts-expect-error
    run: () => tensor([['a', 1]]),
  },
]
