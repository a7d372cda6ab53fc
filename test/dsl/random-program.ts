import type { Graph } from '../../compiler/ir/graph.ts'
import type { Dense } from '../../compiler/ir/primitive.ts'
import {
  checkpoint,
  concat,
  foriLoop,
  grad,
  iota,
  program,
  type Shape,
  scan,
  type Tensor,
  traceProgram,
  vmap,
  where,
  zeros,
} from '../../dsl/index.ts'
import * as specs from '../../dsl/spec.ts'

type T = Tensor<Shape>
type Random = () => number

const sizes = [1, 1, 2, 3, 4, 5, 7, 8, 13, 33]
/** What a value has at most. */
const largest = 1500

const below = (random: Random, n: number): number => Math.floor(random() * n)
const one = <A>(random: Random, from: readonly A[]): A => from[below(random, from.length)]!
const extents = ({ shape }: T): number[] => shape.map(Number)
const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

/**
 * A program of the language: a few inputs, and operations on them and on what came of others, all of which are results;
 * or the gradient, in the inputs, of a loss of all of them.
 */
export function randomProgram(random: Random): { readonly graph: Graph; readonly inputs: readonly Dense[] } {
  const shapes = Array.from({ length: 2 + below(random, 2) }, () => shapeOf(random))
  const f32 = specs.f32 as (...dims: number[]) => ReturnType<typeof specs.f32>
  const inputs = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, f32(...shape)]))
  const steps = 2 + below(random, 6)
  // A body may be traced more than once.
  const drawn: number[] = []
  const replayed = (): Random => {
    let at = 0
    return () => {
      drawn[at] ??= random()
      return drawn[at++]!
    }
  }
  const made = (given: { readonly [name: string]: T }): readonly T[] => {
    const again = replayed()
    const values = Object.values(given)
    for (let step = 0; step < steps; step++) values.push(bounded(next(again, values)))
    return values.slice(shapes.length)
  }
  const loss = (given: { readonly [name: string]: T }): Tensor<[]> =>
    made(given).reduce<Tensor<[]>>((sum, value) => sum.add(value.mul(0.4).sin().mean()) as Tensor<[]>, zeros([]))
  const isGradient = random() < 0.4
  const body = isGradient ? (given: never) => (grad(loss as never) as (x: never) => object)(given) : made
  const { graph } = traceProgram(program(inputs as never, body as never) as never, {})
  const numbers = graph.inputs.map(({ type }): Dense => {
    const data = Float64Array.from({ length: count(type.shape) }, () => Math.fround(4 * random() - 2))
    return { shape: type.shape, dtype: type.dtype, data }
  })
  return { graph, inputs: numbers }
}

function shapeOf(random: Random): number[] {
  const shape = Array.from({ length: below(random, 4) }, () => one(random, sizes))
  while (count(shape) > largest) shape.pop()
  return shape
}

function bounded(x: T): T {
  let value = x
  while (count(extents(value)) > largest) value = value.mean(0)
  while (value.shape.length > 4) value = value.sum(0)
  return value
}

function next(random: Random, values: readonly T[]): T {
  const x = one(random, values)
  return random() < 0.4 ? ofTwo(random, x, one(random, values)) : bounded(ofOne(random, ofOne(random, x)))
}

function ofTwo(random: Random, x: T, y: T): T {
  const [a, b] = [extents(x), extents(y)]
  const meet = a.every((size, i) => {
    const other = b.at(i - a.length)
    return i < a.length - b.length || other === undefined || size === other || size === 1 || other === 1
  })
  if (meet)
    return one(random, [
      () => x.add(y),
      () => x.sub(y),
      () => x.mul(y),
      // Not what was made of the same, and differs by its rounding alone: which is greater would be undecided.
      () => x.maximum(y.add(0.137)),
      () => where(x.greater(y.add(0.137)), x.sin(), y),
    ] as const)()
  if (a.length === 2 && b.length === 2 && a[1] === b[0]) return x.matmul(y).mul(0.3)
  if (a.length === 1 && b.length === 1) return concat([x, y, x], 0)
  return x.add(y.mean())
}

function ofOne(random: Random, x: T): T {
  const shape = extents(x)
  const rank = shape.length
  const everywhere = [
    () => x.tanh(),
    () => x.sigmoid().sub(0.2),
    () => x.sin(),
    () => x.square().add(1).log(),
    () => x.expand(below(random, rank + 1)),
    () => x.flatten(),
    () => x.permute([...shape.keys()].toReversed()),
    () => checkpoint((y: T) => y.mul(y.sigmoid()))(x),
    () => grad((y: T) => y.tanh().mul(y).sum() as Tensor<[]>)(x),
    () => foriLoop(0, 3, (i, y: T) => y.mul(0.5).add(x.mul(i.cast('f32')).sin()) as never, x as never) as T,
  ]
  if (rank === 0) return one(random, everywhere)()
  const axis = below(random, rank)
  const size = shape[axis]!
  const keepdims = random() < 0.5
  const along = [
    () => x.softmax(axis),
    () => x.sum(axis, { keepdims }).mul(0.5),
    () => x.sum().expand(0),
    () => x.mean(axis, { keepdims }),
    () => x.max(axis, { keepdims }),
    () => x.logSumExp(axis, { keepdims }),
    () => x.variance(axis, { keepdims }),
    () => x.sub(x.mean(axis, { keepdims: true })),
    () => x.cumsum(axis).mul(0.3),
    () => x.flip(axis),
    () => x.roll(1 + below(random, 3), axis),
    () => x.slice(shape.map((n) => [below(random, n), null] as const)),
    () => x.pad(shape.map(() => [below(random, 2), below(random, 3)] as const)),
    () =>
      x.take(
        iota(3)
          .mul(2)
          .rem(size + 1),
        axis,
      ),
    () => x.mul(0.5).scatterAdd(iota(size).mul(2).rem(size), x.cos(), axis),
    () => vmap((y: T) => y.sin().sub(y.mean()))(x) as T,
    () => {
      const start = zeros(shape.slice(1)) as T
      const [last, all] = scan(
        (c: T, y: T) => [c.mul(0.7).add(y.tanh()), c.mean()] as never,
        start as never,
        x as never,
      ) as [T, T]
      return last.add(all.sum())
    },
  ]
  return one(random, [...everywhere, ...along])()
}
