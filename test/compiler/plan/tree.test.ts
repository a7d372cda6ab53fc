import { expect, test } from 'vitest'
import type { Tree } from '../../../compiler/plan/plan.ts'
import { leavesOf, mapTree } from '../../../compiler/plan/tree.ts'
import * as fc from '../../fc.ts'

const { tree } = fc.letrec<{ tree: Tree<number> }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({ leaf: fc.integer() }),
    fc.record({ list: fc.array(tie('tree'), { maxLength: 4 }) }),
    fc.record({ record: fc.dictionary(fc.string(), tie('tree'), { maxKeys: 4 }) }),
  ),
}))

test('leaves come in the order of lists and of fields', () => {
  const leaf = (name: string): Tree<string> => ({ leaf: name })
  const state = { list: [leaf('a'), { record: { y: leaf('b'), x: leaf('c') } }, { list: [] }] }
  expect(leavesOf({ record: { state, loss: leaf('d') } })).toEqual(['a', 'b', 'c', 'd'])
  expect(leavesOf(leaf('alone'))).toEqual(['alone'])
})

test('a tree mapped has the same form, and its leaves mapped in order', () => {
  const text = (n: number) => `${n}`
  fc.assert(
    fc.property(tree, (of) => {
      expect(leavesOf(mapTree(of, text))).toEqual(leavesOf(of).map(text))
      expect(mapTree(of, (n) => n)).toEqual(of)
      expect(mapTree(mapTree(of, text), Number)).toEqual(of)
    }),
  )
})
