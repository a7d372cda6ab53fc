import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../compiler/ir/graph.ts'
import { f32, grad, i32, jvp, type Key, key, type Leaf, type Specs, type Tensor, vmap } from '../../../dsl/index.ts'
import { isSpec } from '../../../dsl/spec.ts'
import { isTensor } from '../../../dsl/traced-tensor.ts'
import { leavesOf, mapTree, withLeaves } from '../../../dsl/tree.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { closeTo, numbers, runBody, tracing } from '../run.ts'
import { type Row, rows } from './layers.ts'

// Laws of all layers: what stands before the dims of a layer passes through, each part by itself; and derivatives are
// those of finite differences.

type Wide = Tensor<number[]>
type Params = { readonly [name: string]: Wide }
/** What a program of a law gets. One without parameters has no record of them, for there are no empty inputs. */
interface Given {
  readonly x: Wide
  readonly key: Key
  readonly params?: Params
}
const specsOf = (row: Row, lead: readonly number[], params: object = row.layer.params): Specs => ({
  x: (row.ids === undefined ? f32 : (i32 as unknown as typeof f32))(...lead, ...row.takes),
  key: key(),
  ...(hasParams(row) ? { params: params as Specs } : {}),
})
const hasParams = ({ layer }: Row) => Object.keys(layer.params).length > 0

const applied = ({ layer }: Row, { params = {}, x, key }: Given, drawn = true): Wide =>
  (layer as unknown as { apply: (params: Params, x: Wide, key?: Key) => Wide }).apply(
    params,
    x,
    drawn ? key : undefined,
  )

/**
 * Elements for its input, as many as `count` of what it takes have. Corners at 0 are farther away than a finite
 * difference reaches.
 */
const elements = ({ ids, takes }: Row, count: number, seed: number) =>
  numbers(count * sizeOf(takes), seed).map((e) =>
    ids === undefined ? 2 * e + (e < 0 ? -0.01 : 0.01) : Math.floor(((e + 1) / 2) * ids),
  )

type Values = { readonly [name: string]: number[] }
/** Numbers in place of each spec. */
const valuesOf = (specs: object, seed: number) => {
  let next = seed
  return mapTree(specs, isSpec, ({ shape }) => numbers(sizeOf(shape as number[]), next++)) as Values
}
const isNumbers = (x: unknown): x is number[] => Array.isArray(x) && x.every((e) => typeof e === 'number')
const noStray = (path: string): never => {
  throw new Error(`there is something else at ${path}`)
}
/** a + step b of two trees of numbers. */
const moved = (a: object, b: object, step: number) => {
  const steps = leavesOf(b, isNumbers, noStray).map(({ leaf }) => leaf)
  return withLeaves(
    a,
    isNumbers,
    leavesOf(a, isNumbers, noStray).map(({ leaf }, i) => leaf.map((e, k) => e + step * steps[i]![k]!)),
  ) as Values
}

const leads = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 5 })
const filled = fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 3 })
const seeds = fc.nat(999)
const seeded = { key: [0, 5] }

describe.each(rows)('$name', (row) => {
  const run = (lead: readonly number[], body: (given: never) => unknown, given: object, more: Specs = {}) =>
    runBody({ ...specsOf(row, lead), ...more }, body as never, { ...seeded, ...given } as never)

  test('lets leading dims through', () => {
    fc.assert(
      fc.property(leads, (lead) => {
        const { dims, dtype } = tracing(specsOf(row, lead), ((given: Given) => applied(row, given)) as never)
          .outputs as Leaf
        expect(dims).toEqual([...lead, ...row.gives])
        expect(dtype).toBe('f32')
      }),
      { numRuns: 5 * times },
    )
  })

  test('takes each part by itself', () => {
    fc.assert(
      fc.property(leads, seeds, (lead, seed) => {
        const [count, size] = [sizeOf(lead), sizeOf(row.takes)]
        const [x, params] = [elements(row, count, seed), valuesOf(row.layer.params, seed)]
        const body = (given: Given) => applied(row, given, false)
        const parts = Array.from({ length: count }, (_, i) =>
          run([], body, { params, x: x.slice(i * size, (i + 1) * size) }),
        )
        closeTo(run(lead, body, { params, x }), parts.flat(), 1e-12)
      }),
      { numRuns: 4 * times },
    )
  })

  test('has parts with parameters and keys of their own under vmap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), filled, seeds, (n, lead, seed) => {
        const size = sizeOf([...lead, ...row.takes])
        const x = elements(row, n * sizeOf(lead), seed)
        const each = Array.from({ length: n }, (_, i) => valuesOf(row.layer.params, seed + 10 * i))
        const keys = each.map((_, i) => [i, seed])
        const params = withLeaves(
          row.layer.params,
          isSpec,
          leavesOf(row.layer.params, isSpec, noStray).map((_, leaf) =>
            each.flatMap((values) => leavesOf(values, isNumbers, noStray)[leaf]!.leaf),
          ),
        )
        const stacked = mapTree(row.layer.params, isSpec, ({ shape }) => f32(n, ...(shape as number[])))
        const specs = { ...specsOf(row, [n, ...lead], stacked as object), key: { ...key(), shape: [n] } as never }
        const mapped = (given: Given) => vmap((given: Given) => applied(row, given))(given as never)
        const parts = each.map((values, i) =>
          run(lead, (given: Given) => applied(row, given), {
            params: values,
            x: x.slice(i * size, (i + 1) * size),
            key: keys[i],
          }),
        )
        closeTo(runBody(specs, mapped as never, { params, x, key: keys.flat() } as never), parts.flat(), 1e-12)
      }),
      { numRuns: 4 * times },
    )
  })

  test('has the derivatives of finite differences, forwards and in reverse', () => {
    fc.assert(
      fc.property(filled, seeds, (lead, seed) => {
        const isFloat = row.ids === undefined
        const x = elements(row, sizeOf(lead), seed)
        const params = valuesOf(row.layer.params, seed)
        // Where it stands, and the direction that it is moved in.
        const at = { ...(isFloat ? { x } : {}), ...(hasParams(row) ? { params } : {}) }
        const along = {
          ...(isFloat ? { x: numbers(x.length, seed + 1) } : {}),
          ...(hasParams(row) ? { params: valuesOf(row.layer.params, seed + 2) } : {}),
        }
        const specs = specsOf(row, lead)
        const more = {
          w: f32(...lead, ...row.gives),
          along: Object.fromEntries(Object.keys(at).map((name) => [name, specs[name]])),
        } as unknown as Specs
        const w = numbers(sizeOf([...lead, ...row.gives]), seed + 3)

        type All = Given & { readonly w: Wide; readonly along: object }
        const body = ({ x, key, params, w, along }: All) => {
          const loss = (moving: object) =>
            applied(row, { x, key, ...(params ? { params } : {}), ...moving })
              .mul(w)
              .sum() as Tensor<[]>
          const moving = { ...(isFloat ? { x } : {}), ...(params ? { params } : {}) }
          const [value, forward] = jvp(loss, [moving], [along])
          const [gradients, directions] = [grad(loss)(moving), along].map((tree) =>
            leavesOf(tree, isTensor, noStray).map(({ leaf }) => leaf as unknown as Wide),
          )
          const reverse = gradients!.map((g, i) => g.mul(directions![i]!).sum())
          return { value, forward, reverse: reverse.reduce((a, b) => a.add(b) as never) }
        }
        const results = (step: number) =>
          run(lead, body as never, { x, ...moved(at, along, step), w, along }, more) as unknown as Values

        const step = 1e-5
        const [behind, here, ahead] = [-step, 0, step].map(results)
        const slope = (ahead!.value![0]! - behind!.value![0]!) / (2 * step)
        expect(Number.isFinite(slope)).toBe(true)
        closeTo([here!.forward, here!.reverse], [[slope], [slope]], 1e-6)
      }),
      { numRuns: 4 * times },
    )
  })
})
