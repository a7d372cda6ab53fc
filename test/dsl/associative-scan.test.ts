import { describe, expect, test } from 'vitest'
import { simplify } from '../../compiler/transform/simplify.ts'
import {
  type AnyProgram,
  associativeScan,
  bits,
  type Dim,
  f32,
  full,
  grad,
  i32,
  jvp,
  type Key,
  key,
  type Leaf,
  program,
  scan,
  split,
  stack,
  type Tensor,
  traceProgram,
  u32,
  vmap,
} from '../../dsl/index.ts'
import * as fc from '../fc.ts'
import type { Wide } from './differences.ts'
import { is } from './is.ts'
import { traced as onlyTraced } from './mistakes/associative-scan.ts'
import { sizes as wrongSizes, specs as wrongSpecs } from './mistakes/mistake.ts'
import { closeTo, numbers, runBody, tracing } from './run.ts'
import { count } from './shapes.ts'

type Tree = { readonly [name: string]: Wide }
/** An associative function of trees of tensors, and the dims of an element of each. */
interface Monoid {
  readonly element: { readonly [name: string]: readonly number[] }
  readonly join: (a: Tree, b: Tree) => Tree
}
const product = (a: Wide, b: Wide): Wide => a.matmul(b) as unknown as Wide
const monoids: { readonly [name: string]: Monoid } = {
  sums: { element: { x: [3] }, join: (a, b) => ({ x: a.x!.add(b.x!) as Wide }) },
  'greatest elements': { element: { x: [] }, join: (a, b) => ({ x: a.x!.maximum(b.x!) as Wide }) },
  // b after a: x -> (x a.a + a.b) b.a + b.b
  'affine maps': {
    element: { a: [2], b: [2] },
    join: (f, g) => ({ a: f.a!.mul(g.a!) as Wide, b: f.b!.mul(g.a!).add(g.b!) as Wide }),
  },
  'products of matrices': { element: { m: [2, 2] }, join: (a, b) => ({ m: product(a.m!, b.m!) }) },
  'the last of two': { element: { x: [2], y: [] }, join: (_, b) => b },
}
const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 17]

const specsOf = ({ element }: Monoid, shape: (dims: readonly number[]) => readonly number[]) =>
  Object.fromEntries(Object.entries(element).map(([name, dims]) => [name, f32(...shape(dims))]))
const inputsOf = ({ element }: Monoid, length: number, seed = 1) =>
  Object.fromEntries(
    Object.entries(element).map(([name, dims], i) => [name, numbers(length * count(dims), seed + 13 * i)]),
  )

/** The same prefixes as a loop over the elements: the first, and then each joined to what came before. */
function looped({ join }: Monoid, xs: Tree, length: number, reverse: boolean): Tree {
  const names = Object.keys(xs)
  const one = (i: number): Tree =>
    Object.fromEntries(names.map((name) => [name, xs[name]!.slice([[i, i + 1]] as never) as unknown as Wide]))
  const order = Array.from({ length }, (_, i) => (reverse ? length - 1 - i : i))
  const found: Tree[] = []
  for (const i of order) found.push(found.length === 0 ? one(i) : join(found.at(-1)!, one(i)))
  if (reverse) found.reverse()
  return Object.fromEntries(
    names.map((name) => [
      name,
      stack(found.map((tree) => tree[name]!)).reshape(xs[name]!.shape as never) as unknown as Wide,
    ]),
  )
}
const prefixes = ({ join }: Monoid, xs: Tree, options: object = {}): Tree =>
  associativeScan(join as never, xs as never, options as never)

describe.each(Object.entries(monoids))('prefixes of %s', (_, monoid) => {
  test.each(lengths)('are those of a loop, forwards and back: %i', (length) => {
    const specs = specsOf(monoid, (dims) => [length, ...dims])
    const inputs = inputsOf(monoid, length)
    for (const reverse of [false, true]) {
      const found = runBody(specs, ((xs: Tree) => prefixes(monoid, xs, { reverse })) as never, inputs)
      if (length === 0) expect(Object.values(found)).toEqual(Object.keys(monoid.element).map(() => []))
      else closeTo(found, runBody(specs, ((xs: Tree) => looped(monoid, xs, length, reverse)) as never, inputs), 1e-13)
    }
  })

  test.each([1, 2, 5, 8])('have the gradient of the loop: %i', (length) => {
    const specs = specsOf(monoid, (dims) => [length, ...dims])
    // Between two that are equally great there is no slope.
    const inputs = inputsOf(monoid, length, 5)
    const loss = (tree: Tree) =>
      Object.values(tree)
        .map(
          (x, i) =>
            x
              .mul(i + 1)
              .sin()
              .sum() as unknown as Wide,
        )
        .reduce((a, b) => a.add(b) as Wide)
    const slopes = (of: (xs: Tree) => Tree) => (xs: Tree) =>
      (grad as never as (f: unknown) => (xs: Tree) => Tree)((xs: Tree) => loss(of(xs)))(xs)
    for (const reverse of [false, true])
      closeTo(
        runBody(specs, slopes((xs) => prefixes(monoid, xs, { reverse })) as never, inputs),
        runBody(specs, slopes((xs) => looped(monoid, xs, length, reverse)) as never, inputs),
        1e-12,
      )
  })

  test('are the same along any axis', () => {
    const length = 5
    const names = Object.keys(monoid.element)
    // Elements of one shape, so that one axis is there in all.
    const element = monoid.element[names[0]!]!
    const same: Monoid = { ...monoid, element: Object.fromEntries(names.map((name) => [name, element])) }
    const inputs = inputsOf(same, length, 3)
    const along = runBody(
      specsOf(same, (dims) => [length, ...dims]),
      ((xs: Tree) => prefixes(same, xs)) as never,
      inputs,
    )
    // Of matrices only an axis before theirs is one of elements.
    const last = names[0] === 'm' ? 1 : element.length + 1
    for (let axis = 0; axis < last; axis++)
      for (const counted of [axis, axis - element.length - 1]) {
        const moved = [...element.map((_, i) => i + 1)].toSpliced(axis, 0, 0)
        const back = [axis, ...[...element.keys()].map((i) => (i < axis ? i : i + 1))]
        const found = runBody(
          specsOf(same, (dims) => [length, ...dims]),
          ((xs: Tree) => {
            const turned = Object.fromEntries(
              names.map((name) => [name, xs[name]!.permute(moved as never) as unknown as Wide]),
            )
            const made = prefixes(same, turned, { axis: counted })
            return Object.fromEntries(names.map((name) => [name, made[name]!.permute(back as never)]))
          }) as never,
          inputs,
        )
        closeTo(found, along, 1e-13)
      }
  })
})

test('are those of a scan with the same function', () => {
  type Affine = { a: Tensor<[]>; b: Tensor<[]> }
  const body = ({ a, b }: { a: Tensor<[17]>; b: Tensor<[17]> }) => {
    const many = associativeScan((f, g) => ({ a: f.a.mul(g.a), b: f.b.mul(g.a).add(g.b) }), { a, b })
    is<Tensor<[17]>>()(many.b)
    const turn = (f: Affine, g: Affine) => {
      const next = { a: f.a.mul(g.a), b: f.b.mul(g.a).add(g.b) }
      return [next, next] as const
    }
    const [, one] = scan(turn, { a: full([], 1), b: full([], 0) }, { a, b })
    return [many, one]
  }
  const [many, one] = runBody({ a: f32(17), b: f32(17) }, body, { a: numbers(17, 1), b: numbers(17, 2) }) as unknown[]
  closeTo(many, one, 1e-13)
})

describe('what the types know', () => {
  test('the tensors of xs, and in the function an axis of any length', () => {
    const { outputs } = tracing(
      { x: f32(6, 'n'), m: f32('n', 4, 2, 2), k: i32(6) },
      ({ x, m, k }) => {
        const [sums, greatest] = associativeScan(
          ([a, i], [b, j]) => {
            is<Tensor<['pairs', 'n']>>()(a)
            return [is<Tensor<['pairs', 'n']>>()(a.add(b)), i.maximum(j)]
          },
          [x, k],
        )
        const products = associativeScan((a, b) => is<Tensor<['n', 'pairs', 2, 2]>>()(a.matmul(b)), m, { axis: 1 })
        const last = associativeScan((_, b) => b, m, { axis: -3, reverse: true })
        return [
          is<Tensor<[6, 'n']>>()(sums),
          is<Tensor<[6], 'i32'>>()(greatest),
          is<Tensor<['n', 4, 2, 2]>>()(products),
          is<Tensor<['n', 4, 2, 2]>>()(last),
        ]
      },
      { n: 3 },
    )
    expect((outputs as readonly Leaf[]).map(({ dims }) => dims)).toEqual([
      [6, 'n'],
      [6],
      ['n', 4, 2, 2],
      ['n', 4, 2, 2],
    ])
  })

  test('a function of one type for all lengths, and shapes of which nothing is known', () => {
    const shorter = <N extends Dim>(a: Tensor<[N, 2]>, b: Tensor<[N, 2]>): Tensor<[N, 2]> => a.minimum(b)
    tracing({ x: f32(6, 2) }, ({ x }) => {
      is<Tensor<[6, 2]>>()(associativeScan(shorter, x))
      return is<Wide>()(associativeScan((a, b) => a.add(b), x as Wide, { axis: 1 as number }))
    })
  })

  test('the name of the axis is one that makers take', () => {
    const found = runBody({ x: f32(5) }, ({ x }) => associativeScan((a, b) => a.add(b).add(full(a.shape, 1)), x), {
      x: [0, 0, 0, 0, 0],
    })
    expect(found).toEqual([0, 1, 2, 3, 4])
  })
})

describe('with the transforms', () => {
  type Row = Tensor<[7]>
  const prefixed = (x: Row, scale: Tensor<[]>) => associativeScan((a, b) => a.add(b.mul(scale.square())), x)
  test('vmap, over what is scanned and over what the function captures', () => {
    const specs = { x: f32(3, 7), scale: f32(3) }
    const inputs = { x: numbers(21, 1), scale: [1, -1, 1] }
    const mapped = runBody(specs, ({ x, scale }) => vmap(prefixed)(x, scale), inputs)
    const rows = runBody(
      specs,
      ({ x, scale }) => stack([0, 1, 2].map((i) => prefixed(x.slice([i]) as Row, scale.slice([i]) as Tensor<[]>))),
      inputs,
    )
    closeTo(mapped, rows, 1e-13)
  })
  test('vmap of an element, inside of it', () => {
    const joined = (a: Tensor<[2, 2]>, b: Tensor<[2, 2]>) => b.matmul(a)
    const body = ({ m }: { m: Tensor<[6, 2, 2]> }) => [
      associativeScan((a, b) => vmap(joined)(a, b), m),
      associativeScan((a, b) => b.matmul(a), m),
    ]
    const [inner, whole] = runBody({ m: f32(6, 2, 2) }, body, { m: numbers(24) }) as [number[], number[]]
    closeTo(inner, whole, 1e-13)
  })
  test('forward derivatives, and one scan inside of another', () => {
    const body = ({ x, d }: { x: Tensor<[5, 4]>; d: Tensor<[5, 4]> }) => {
      const table = (x: Tensor<[5, 4]>) =>
        associativeScan(
          (a, b) => a.add(b),
          associativeScan((a, b) => a.add(b), x),
          { axis: 1 },
        )
      const nested = associativeScan((a, b) => associativeScan((_, right) => right, a.add(b), { axis: 1 }), x)
      return { table: jvp(table, [x], [d])[1], sums: d.cumsum(0).cumsum(1), nested, columns: x.cumsum(0) }
    }
    const { table, sums, nested, columns } = runBody({ x: f32(5, 4), d: f32(5, 4) }, body, {
      x: numbers(20, 1),
      d: numbers(20, 2),
    }) as { [name: string]: number[] }
    closeTo(table, sums, 1e-13)
    closeTo(nested, columns, 1e-13)
  })
})

test('tensors of other dtypes are scanned, keys too', () => {
  const body = ({ k, u, seed }: { k: Tensor<[5], 'i32'>; u: Tensor<[5], 'u32'>; seed: Key }) => {
    const { flags, sums, masks, keys } = associativeScan(
      (a, b) => ({
        flags: a.flags.or(b.flags),
        sums: a.sums.add(b.sums),
        masks: a.masks.xor(b.masks),
        keys: a.keys,
      }),
      { flags: k.equal(3), sums: k, masks: u, keys: split(seed, [5]) },
    )
    is<Tensor<[5], 'bool'>>()(flags)
    const drawn = (keys: Tensor<[5], 'key'>) => vmap((key: Key) => bits(key, []))(keys)
    return { flags, sums, masks, keys: drawn(keys), first: drawn(split(seed, [5])) }
  }
  const specs = { k: i32(5), u: u32(5), seed: key() }
  const found = runBody(specs, body, { k: [1, 2, 3, 4, 5], u: [1, 3, 7, 1, 8], seed: [9, 8] })
  const { keys, first, ...others } = found as { [name: string]: number[] }
  expect(others).toEqual({ flags: [0, 0, 1, 1, 1], sums: [1, 3, 6, 10, 15], masks: [1, 2, 5, 4, 12] })
  expect(new Set(first).size).toBe(5)
  expect(new Set(keys)).toEqual(new Set([first![0]]))
})

test('the depth grows as the logarithm of the length, and about two pairs are joined for each element', () => {
  const counted = (length: number) => {
    let [calls, joined] = [0, 0]
    const of = program({ x: f32(length) }, ({ x }) =>
      associativeScan((a, b) => {
        calls++
        joined += a.size(0)
        return a.add(b)
      }, x as Wide),
    )
    const { graph } = traceProgram(of as unknown as AnyProgram)
    const depths = new Map<unknown, number>()
    for (const { primitive, inputs, outputs } of simplify(graph).equations) {
      const depth = Math.max(0, ...inputs.map((value) => depths.get(value) ?? 0)) + (primitive.name === 'add' ? 1 : 0)
      for (const output of outputs) depths.set(output, depth)
    }
    return { calls, joined, depth: Math.max(...depths.values()) }
  }
  expect(counted(1024)).toEqual({ calls: 19, joined: 2 * 1024 - 2 - 10, depth: 18 })
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 300 }), (length) => {
      const { joined, depth } = counted(length)
      expect(depth).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(length)) - 1)
      expect(joined).toBeLessThanOrEqual(2 * length)
    }),
    { numRuns: 20 },
  )
})

describe('what only tracing sees', () => {
  for (const { says, run } of onlyTraced)
    test(says, () => {
      const of = program(wrongSpecs, (given) => {
        run(given)
        return given.t
      })
      expect(() => traceProgram(of as unknown as AnyProgram, wrongSizes)).toThrow(says)
    })
})
