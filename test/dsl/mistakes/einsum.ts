import { einsum, zeros } from '../../../dsl/index.ts'
import type { Mistakes } from './mistake.ts'

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: "shape error: einsum 'ij,jk->ik': j is 2 in [n, 2] and 3 in [3, 4]",
    // @ts-expect-error
    run: ({ x, w }) => einsum('ij,jk->ik', x, w),
  },
  {
    says: "shape error: einsum 'ij,ij->': i is n in [n, 2] and m in [m, 2]",
    // @ts-expect-error
    run: ({ x, y }) => einsum('ij,ij->', x, y),
  },
  {
    says: "shape error: einsum 'ii->i': i is 3 in [3, 4] and 4 in [3, 4]",
    // @ts-expect-error
    run: ({ w }) => einsum('ii->i', w),
  },
  {
    says: "shape error: einsum 'ijk->i': ijk does not name the axes of [n, 2]",
    // @ts-expect-error
    run: ({ x }) => einsum('ijk->i', x),
  },
  {
    says: "shape error: einsum 'i->i': i does not name the axes of [n, 2]",
    // @ts-expect-error
    run: ({ x }) => einsum('i->i', x),
  },
  {
    says: "shape error: einsum 'i...j': i...j does not name the axes of [n]",
    // @ts-expect-error
    run: ({ t }) => einsum('i...j', t),
  },
  {
    says: "shape error: einsum 'ij,jk': there are 1 tensors for 2 operands",
    // @ts-expect-error
    run: ({ x }) => einsum('ij,jk', x),
  },
  {
    says: "shape error: einsum 'ij': there are no tensors",
    // @ts-expect-error
    run: () => einsum('ij'),
  },
  {
    says: "shape error: einsum 'ij->ik': k is in no operand",
    // @ts-expect-error
    run: ({ x }) => einsum('ij->ik', x),
  },
  {
    says: "shape error: einsum 'ij -> ii': i stands twice in the result",
    // @ts-expect-error
    run: ({ x }) => einsum('ij -> ii', x),
  },
  {
    says: "shape error: einsum 'i1->i': '1' is not a letter",
    // @ts-expect-error
    run: ({ x }) => einsum('i1->i', x),
  },
  {
    says: "shape error: einsum 'i..j->i': '.' is not a letter",
    // @ts-expect-error
    run: ({ x }) => einsum('i..j->i', x),
  },
  {
    says: "shape error: einsum '...i->i': '...' is missing in the result",
    // @ts-expect-error
    run: ({ x }) => einsum('...i->i', x),
  },
  {
    says: "shape error: einsum '...i,...j->...ij': [n] with [m]: n and m differ and neither is 1",
    // @ts-expect-error
    run: ({ x, y }) => einsum('...i,...j->...ij', x, y),
  },
  {
    says: 'dtype error: einsum: f32 with i32; cast one of them',
    // @ts-expect-error
    run: ({ t, ids }) => einsum('i,i->', t, ids),
  },
  {
    says: 'dtype error: einsum: bool is not a number',
    // @ts-expect-error
    run: ({ flag }) => einsum('i->', flag),
  },
  {
    says: "shape error: einsum 'ab,bc,cd->ad': c is 4 in [3, 4] and 5 in [5, 2]",
    // @ts-expect-error
    run: ({ w }) => einsum('ab,bc,cd->ad', zeros([2, 3]), w, zeros([5, 2])),
  },
]
