import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../compiler/ir/graph.ts'
import { type AnyTensor, einsum, f32, i32, type Leaf, type Specs, type Tensor, u32 } from '../../dsl/index.ts'
import { contractionOrder } from '../../dsl/operations/contraction-order.ts'
import * as fc from '../fc.ts'
import { expectGradient, result } from './gradient.ts'
import { is } from './is.ts'
import { closeTo, numbers, runBody, tracing } from './run.ts'
import { count, indices, read } from './shapes.ts'

/**
 * The sum of products, element by element: over all values of all letters. The axes of dots are named by capital
 * letters here.
 */
function sumOfProducts(
  operands: readonly (readonly string[])[],
  to: readonly string[],
  size: (letter: string) => number,
  shapes: readonly (readonly number[])[],
  values: readonly (readonly number[])[],
): number[] {
  const folded = [...new Set(operands.flat())].filter((letter) => !to.includes(letter))
  return indices(to.map(size)).map((index) =>
    indices(folded.map(size)).reduce((total, inner) => {
      const at = (letter: string) => (to.includes(letter) ? index[to.indexOf(letter)]! : inner[folded.indexOf(letter)]!)
      return total + operands.reduce((product, own, i) => product * read(values[i]!, shapes[i]!, own.map(at)), 1)
    }, 0),
  )
}

interface Case {
  readonly spec: string
  readonly operands: readonly (readonly string[])[]
  readonly to: readonly string[]
  readonly sizes: { readonly [letter: string]: number }
  readonly shapes: readonly (readonly number[])[]
}
/** Random specs: letters again in one operand, in several, in the result or not, in any order. */
const cases = (operands: number, least = 0): fc.Arbitrary<Case> => {
  const letters = ['a', 'b', 'c', 'd']
  return fc
    .tuple(
      fc.array(fc.array(fc.constantFrom(...letters), { maxLength: 3 }), { minLength: 1, maxLength: operands }),
      fc.tuple(...letters.map(() => fc.integer({ min: least, max: 3 }))),
    )
    .chain(([named, sizes]) =>
      fc.shuffledSubarray([...new Set(named.flat())]).map((to) => {
        const size = Object.fromEntries(letters.map((letter, i) => [letter, sizes[i]!]))
        return {
          spec: `${named.map((own) => own.join('')).join(',')}->${to.join('')}`,
          operands: named,
          to,
          sizes: size,
          shapes: named.map((own) => own.map((letter) => size[letter]!)),
        }
      }),
    )
}
const names = ['x', 'y', 'z', 'u', 'v', 'w']
const inputsOf = (shapes: readonly (readonly number[])[]) =>
  Object.fromEntries(shapes.map((shape, i) => [names[i]!, numbers(count(shape), i + 1)]))
const specsOf = (shapes: readonly (readonly number[])[]): Specs =>
  Object.fromEntries(shapes.map((shape, i) => [names[i]!, f32(...shape)]))
const applied = (spec: string) => (inputs: { [name: string]: AnyTensor }) => einsum(spec, ...Object.values(inputs))

function expectSum({ spec, operands, to, sizes, shapes }: Case): void {
  const inputs = inputsOf(shapes)
  const found = result(specsOf(shapes), applied(spec) as never, inputs)
  expect(found.dims).toEqual(to.map((letter) => sizes[letter]))
  const expected = sumOfProducts(operands, to, (letter) => sizes[letter]!, shapes, Object.values(inputs))
  closeTo(found.elements, expected, 1e-13)
}

describe('the sum of products', () => {
  test('of one, two and three operands', () => {
    fc.assert(fc.property(cases(3), expectSum), { numRuns: 150 })
  })
  test('of many', () => {
    fc.assert(fc.property(cases(6, 1), expectSum), { numRuns: 30 })
  })

  test('with dots that broadcast, before, among and after the letters', () => {
    const axis = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom('both', 'left', 'right'))
    const all = fc.tuple(fc.array(axis, { maxLength: 2 }), fc.nat(2), fc.boolean(), fc.constantFrom(0, 1, 2))
    fc.assert(
      fc.property(all, ([axes, cut, left, place]) => {
        const dots = axes.map((_, i) => 'DE'[i]!)
        const drop = Math.min(cut, axes.length)
        const one = axes.map(([n, which]) => (which === 'right' ? 1 : n)).slice(left ? drop : 0)
        const two = axes.map(([n, which]) => (which === 'left' ? 1 : n)).slice(left ? 0 : drop)
        const first = dots.slice(dots.length - one.length)
        const second = dots.slice(dots.length - two.length)
        const whole = axes.map((_, i) => {
          const [p, q] = [one[i - axes.length + one.length] ?? 1, two[i - axes.length + two.length] ?? 1]
          return p === 1 ? q : p
        })
        const sizes: { [letter: string]: number } = { i: 2, j: 3, k: 2, D: whole[0]!, E: whole[1]! }
        const put = (letters: readonly string[], middle: readonly (string | number)[]) =>
          letters.toSpliced(Math.min(place, letters.length), 0, ...(middle as string[]))
        const text = (letters: string) => put([...letters], ['...']).join('')
        const shapes = [put(['2', '3'], one).map(Number), put(['3', '2'], two).map(Number)]
        const operands = [put(['i', 'j'], first), put(['j', 'k'], second)]
        const to = put(['i', 'k'], dots)
        const inputs = inputsOf(shapes)
        const found = result(specsOf(shapes), applied(`${text('ij')},${text('jk')}->${text('ik')}`) as never, inputs)
        expect(found.dims).toEqual(to.map((letter) => sizes[letter]))
        const expected = sumOfProducts(operands, to, (letter) => sizes[letter]!, shapes, Object.values(inputs))
        closeTo(found.elements, expected, 1e-13)
      }),
      { numRuns: 80 },
    )
  })

  test('has the gradient of finite differences', () => {
    fc.assert(
      fc.property(cases(3), ({ spec, shapes }) =>
        expectGradient(
          Object.fromEntries(shapes.map((shape, i) => [names[i]!, shape])),
          applied(spec) as never,
          inputsOf(shapes),
        ),
      ),
      { numRuns: 30 },
    )
  })
})

describe('the spec', () => {
  const specs = { x: f32('n', 3), y: f32(3, 4), s: f32(3, 3), b: f32('n', 2, 3) }
  test('is read by the types', () => {
    const { outputs } = tracing(
      specs,
      ({ x, y, s, b }) => [
        is<Tensor<['n', 4]>>()(einsum('ij,jk->ik', x, y)),
        is<Tensor<['n', 4]>>()(einsum('ij,jk', x, y)),
        is<Tensor<[4, 'n']>>()(einsum(' j i , i k -> k j ', x, y)),
        is<Tensor<[3, 'n']>>()(einsum('ba', x)),
        is<Tensor<[]>>()(einsum('ii', s)),
        is<Tensor<[2, 3, 'n']>>()(einsum('cab', b)),
        is<Tensor<[3]>>()(einsum('ii->i', s)),
        is<Tensor<[]>>()(einsum('ij->', x)),
        is<Tensor<['n', 'n']>>()(einsum('ia,ja->ij', x, x)),
        is<Tensor<['n', 2, 4]>>()(einsum('...i,ij->...j', b, y)),
        is<Tensor<['n', 2, 4]>>()(einsum('...i,ij', b, y)),
        is<Tensor<[2, 'n', 3]>>()(einsum('a...b->...ab', b.permute([0, 1, 2]))),
        is<Tensor<['n', 3]>>()(einsum('...,...', x, x)),
        is<Tensor<['n', 2, 3]>>()(einsum('...,...->...', b, y.slice([null, 0]))),
        is<Tensor<['n', 4, 3]>>()(einsum('ij,jk,kl,jl->ikl', x, y, einsum('ji', y), s)),
        is<Tensor<[3, 'n']>>()(einsum('Zz->zZ', x)),
        is<Tensor<['n', 3]>>()(einsum('zZ', einsum('Zz->zZ', x)).transpose().transpose().permute([0, 1])),
      ],
      { n: 5 },
    )
    expect((outputs as readonly Leaf[]).map(({ dims }) => dims)).toEqual([
      ['n', 4],
      ['n', 4],
      [4, 'n'],
      [3, 'n'],
      [],
      [2, 3, 'n'],
      [3],
      [],
      ['n', 'n'],
      ['n', 2, 4],
      ['n', 2, 4],
      [2, 'n', 3],
      ['n', 3],
      ['n', 2, 3],
      ['n', 4, 3],
      [3, 'n'],
      ['n', 3],
    ])
  })
  test('may be generic in the sizes', () => {
    const product = <N extends string, D extends number>(x: Tensor<[N, D]>, w: Tensor<[D, D]>): Tensor<[N, D]> =>
      einsum('nd,de->ne', x, w)
    expect(tracing(specs, ({ x, s }) => product(x, s), { n: 2 }).outputs).toMatchObject({ dims: ['n', 3] })
  })
  test('may be a string, which tracing alone checks', () => {
    const spec: string = 'ij,jk->ik'
    const wide = ({ x, y }: { x: AnyTensor; y: AnyTensor }) => einsum(spec, x, y)
    expect(tracing(specs, wide as never, { n: 2 }).outputs).toMatchObject({ dims: ['n', 4] })
    const other: string = 'ij,jk->il'
    expect(() =>
      tracing(specs, (({ x, y }: { x: AnyTensor; y: AnyTensor }) => einsum(other, x, y)) as never, { n: 2 }),
    ).toThrow("shape error: einsum 'ij,jk->il': l is in no operand")
    expect(() => tracing(specs, ({ x }) => einsum(3 as never, x), { n: 2 })).toThrow(
      "type error: einsum: 3 is not a spec; write einsum('ij,jk->ik', a, b)",
    )
  })
})

describe('how it is computed', () => {
  test('integers stay integers, and wrap', () => {
    const body = ({ x, y }: { x: Tensor<[2, 2], 'i32'>; y: Tensor<[2], 'i32'> }) => [
      is<Tensor<[2], 'i32'>>()(einsum('ij,j->i', x, y)),
      einsum('i,j->ij', y, y),
      einsum('ii->i', x),
    ]
    const inputs = { x: [1, 2, 3, 4], y: [-5, 6] }
    expect(runBody({ x: i32(2, 2), y: i32(2) }, body, inputs)).toEqual([
      [7, 9],
      [25, -30, -30, 36],
      [1, 4],
    ])
    expect(runBody({ x: u32(2) }, ({ x }) => einsum('i,i->', x, x), { x: [65536, 3] })).toEqual([9])
  })

  test('without a sum there is no contraction, and a product of matrices is one', () => {
    const primitives = (body: (inputs: { x: Tensor<['n', 3]>; y: Tensor<[3, 4]> }) => AnyTensor) =>
      tracing({ x: f32('n', 3), y: f32(3, 4) }, body, { n: 2 }).graph.equations.map(({ primitive }) => primitive.name)
    expect(primitives(({ x, y }) => einsum('ij,jk->ik', x, y))).toEqual(['dot'])
    expect(primitives(({ x }) => einsum('ij,ij->ij', x, x))).toEqual(['mul'])
    expect(primitives(({ x }) => einsum('ij->i', x))).toEqual(['sum'])
    expect(primitives(({ x }) => einsum('ij->ij', x))).toEqual([])
  })

  test('the cheapest pair is multiplied first', () => {
    // (x y) z costs n^2 (k + n), x (y z) only 2 n k.
    const body = ({ x, y, z }: { x: AnyTensor; y: AnyTensor; z: AnyTensor }) => einsum('ij,jk,k->i', x, y, z)
    const { graph } = tracing({ x: f32(50, 40), y: f32(40, 30), z: f32(30) }, body as never)
    const cost = graph.equations.reduce(
      (sum, { primitive, inputs, outputs, params }) =>
        sum +
        primitive.cost(
          inputs.map(({ type }) => type),
          outputs.map(({ type }) => type),
          params,
        ),
      0,
    )
    expect(cost).toBe(2 * (40 * 30 + 50 * 40))
  })

  test('no order costs less than the one that is taken', () => {
    const chains = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 6 })
    fc.assert(
      fc.property(chains, (dims) => {
        // A chain of matrices, whose best order is known by dynamic programming over its stretches.
        const letters = dims.map((_, i) => String.fromCharCode(97 + i))
        const operands = dims.slice(1).map((_, i) => [letters[i]!, letters[i + 1]!])
        const size = (letter: string) => dims[letters.indexOf(letter)]!
        const result = [letters[0]!, letters.at(-1)!]
        const least = (i: number, j: number): number =>
          j - i < 2
            ? 0
            : Math.min(
                ...Array.from({ length: j - i - 1 }, (_, k) => i + 1 + k).map(
                  (k) => least(i, k) + least(k, j) + dims[i]! * dims[k]! * dims[j]!,
                ),
              )
        let left: (readonly string[])[] = operands
        let cost = 0
        for (const [i, j] of contractionOrder(operands, result, size)) {
          const both = [...new Set([...left[i]!, ...left[j]!])]
          cost += sizeOf(both.map(size))
          const others = left.filter((_, k) => k !== i && k !== j)
          left = [...others, both.filter((letter) => result.includes(letter) || others.flat().includes(letter))]
        }
        expect(left).toHaveLength(1)
        expect(cost).toBe(least(0, dims.length - 1))
      }),
      { numRuns: 100 },
    )
  })
})
