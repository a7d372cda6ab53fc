import { describe, expect, test } from 'vitest'
import { Builder } from '../../../compiler/ir/builder.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import type { Graph, Type, Value } from '../../../compiler/ir/graph.ts'
import { isFloat } from '../../../compiler/ir/primitive.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { printGraph } from '../../../compiler/ir/print.ts'
import { verify } from '../../../compiler/ir/verify.ts'
import { scan } from '../../../compiler/transform/control/index.ts'
import { simplify } from '../../../compiler/transform/simplify.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { farApart, uniforms } from '../random.ts'
import { reversed } from './apply.ts'
import { randomControl } from './random-control.ts'
import { chainOfMoves, randomGraph } from './random-graph.ts'

const f32 = (...shape: number[]): Type => ({ shape, dtype: 'f32' })

describe('on random graphs', { timeout: times * 60_000 }, () => {
  const graphs = fc.oneof(
    fc
      .tuple(fc.integer(), fc.integer({ min: 1, max: 40 }))
      .map(([seed, length]) => randomGraph(uniforms(seed), length)),
    fc
      .tuple(fc.integer(), fc.integer({ min: 1, max: 6 }))
      .map(([seed, length]) => chainOfMoves(uniforms(seed), length)),
  )

  test('values stay, the graph is valid, and there is no more to do', () => {
    fc.assert(
      fc.property(graphs, ({ graph, inputs }) => {
        verify(graph)
        const simple = simplify(graph)
        verify(simple)
        expect(simple.inputs).toEqual(graph.inputs)
        expect(simple.outputs.map(({ type }) => type)).toEqual(graph.outputs.map(({ type }) => type))
        const [before, after] = [evaluate(graph, inputs), evaluate(simple, inputs)]
        for (const [i, output] of before.entries())
          expect(farApart(after[i]!.data, output.data, isFloat(output.dtype) ? 1e-10 : 0)).toBeUndefined()
        expect(printGraph(simplify(simple))).toBe(printGraph(simple))
      }),
      { numRuns: times * 1000 },
    )
  })

  test('values of loops and branches stay, some of which nobody reads', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { graph: whole, inputs } = randomControl(uniforms(seed), 2)
        const graph = { ...whole, outputs: whole.outputs.filter((_, i) => i % 2 === 0) }
        verify(graph)
        const simple = simplify(graph)
        verify(simple)
        const [before, after] = [evaluate(graph, inputs), evaluate(simple, inputs)]
        for (const [i, output] of before.entries())
          expect(farApart(after[i]!.data, output.data, isFloat(output.dtype) ? 1e-10 : 0)).toBeUndefined()
      }),
      { numRuns: times * 100 },
    )
  })

  test('it is deterministic and leaves its input alone', () => {
    fc.assert(
      fc.property(graphs, ({ graph }) => {
        const before = printGraph(graph)
        expect(printGraph(simplify(graph))).toBe(printGraph(simplify(graph)))
        expect(printGraph(graph)).toBe(before)
      }),
      { numRuns: 100 },
    )
  })

  test('gradients of simplified graphs are the gradients of the graphs', () => {
    fc.assert(
      fc.property(graphs, fc.integer(), ({ graph, inputs }, seed) => {
        const random = uniforms(seed)
        const whole = reversed(graph)
        const simple = reversed(simplify(graph))
        const given = whole.inputs.map(({ type }, i) => inputs[i] ?? randomDense(type, random))
        const [before, after, again] = [whole, simple, simplify(simple)].map((of) => evaluate(of, given))
        for (const [i, gradient] of before!.entries()) {
          expect(farApart(after![i]!.data, gradient.data, 1e-9)).toBeUndefined()
          expect(farApart(again![i]!.data, gradient.data, 1e-9)).toBeUndefined()
        }
      }),
      { numRuns: times * 200 },
    )
  })
})

const randomDense = ({ shape, dtype }: Type, random: () => number) => ({
  shape,
  dtype,
  data: Float64Array.from({ length: shape.reduce((n, size) => n * size, 1) }, () => 2 * random() - 1),
})

/** The equations that are left of a graph of one or more inputs, as text. */
function left(types: readonly Type[], body: (b: Builder, ...inputs: Value[]) => Value | Value[]): string[] {
  const b = new Builder()
  const inputs = types.map((type, i) => b.input(type, 'xyz'[i]!))
  const outputs = [body(b, ...inputs)].flat()
  const simple = simplify(b.graph('f', outputs))
  verify(simple)
  return printGraph(simple)
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
}

const fill = (b: Builder, value: number, { shape, dtype }: Type = f32()): Value =>
  b.emit(p.constant, [], { value, shape, dtype })

test('flips of several axes are one flip, of those that have more than one element', () => {
  const twice = (b: Builder, x: Value) => b.emit(p.flip, [b.emit(p.flip, [x], { axes: [0, 1, 2] })], { axes: [1] })
  expect(left([f32(2, 3, 1)], twice)).toEqual(['flip: f32[2, 3, 1] = flip x axes=[0]', 'return flip'])
})

test('windows of one element are every so many elements', () => {
  const windows = { axis: 0, at: 1, stride: 2, dilation: 3, size: 3 }
  expect(left([f32(6, 1)], (b, x) => b.emit(p.skew, [x], windows))).toEqual([
    'skew: f32[3, 1] = slice x start=[0, 0] stop=[5, 1] step=[2, 1]',
    'return skew',
  ])
})

test('what a deeper loop carries for nobody is not carried around it either', () => {
  const loop = (body: Graph) => ({ body, consts: 0, carry: 2, length: 3, reverse: false, save: 'all' as const })
  const turn = (make: (b: Builder, x: Value, y: Value) => readonly Value[]): Graph => {
    const b = new Builder()
    return b.graph('turn', make(b, b.input(f32(2), 'x'), b.input(f32(2), 'y')))
  }
  const inner = turn((b, x, y) => [b.emit(p.tanh, [x], {}), b.emit(p.add, [x, y], {})])
  const outer = turn((b, x, y) => b.emitAll(scan, [x, y], loop(inner)))
  const scanned = 'scan: f32[2] = scan x body=turn consts=0 carry=1 length=3 reverse=false save=all'
  expect(left([f32(2), f32(2)], (b, x, y) => b.emitAll(scan, [x!, y!], loop(outer))[0]!)).toEqual([
    scanned,
    'body turn(x: f32[2])',
    scanned,
    'body turn(x: f32[2])',
    'tanh: f32[2] = tanh x',
    'return tanh',
    'return scan',
    'return scan',
  ])
})

describe('what is taken away', () => {
  test.each<[string, (b: Builder, x: Value) => Value]>([
    ['x * 1', (b, x) => b.emit(p.mul, [x, fill(b, 1)], {})],
    ['1 * x', (b, x) => b.emit(p.mul, [fill(b, 1), x], {})],
    ['x + 0', (b, x) => b.emit(p.add, [x, fill(b, 0)], {})],
    ['x - 0', (b, x) => b.emit(p.sub, [x, fill(b, 0)], {})],
    ['x / 1', (b, x) => b.emit(p.div, [x, fill(b, 1)], {})],
    ['--x', (b, x) => b.emit(p.neg, [b.emit(p.neg, [x], {})], {})],
    ['x * -1 * -1', (b, x) => b.emit(p.mul, [b.emit(p.mul, [x, fill(b, -1)], {}), fill(b, -1)], {})],
    ['a cast to the same dtype', (b, x) => b.emit(p.cast, [x], { dtype: 'f32' })],
    ['a bitcast and back', (b, x) => b.emit(p.bitcast, [b.emit(p.bitcast, [x], { dtype: 'u32' })], { dtype: 'f32' })],
    ['a choice between equals', (b, x) => b.emit(p.select, [b.emit(p.less, [x, fill(b, 0)], {}), x, x], {})],
    ['the greater of equals', (b, x) => b.emit(p.maximum, [x, x], {})],
    ['the lesser of equals', (b, x) => b.emit(p.minimum, [x, x], {})],
    ['x^1', (b, x) => b.emit(p.pow, [x, fill(b, 1)], {})],
    ['what nothing needs', (b, x) => [b.emit(p.exp, [x], {}), x][1]!],
  ])('%s', (_, body) => {
    expect(left([f32()], body)).toEqual(['return x'])
  })

  test.each<[string, (b: Builder, x: Value) => Value]>([
    ['a broadcast to the same shape', (b, x) => b.emit(p.broadcast, [x], { shape: [2, 3], axes: [0, 1] })],
    ['a reshape and back', (b, x) => b.emit(p.reshape, [b.emit(p.reshape, [x], { shape: [6] })], { shape: [2, 3] })],
    [
      'a transpose and back',
      (b, x) => b.emit(p.transpose, [b.emit(p.transpose, [x], { permutation: [1, 0] })], { permutation: [1, 0] }),
    ],
    ['a slice of everything', (b, x) => b.emit(p.slice, [x], { start: [0, 0], stop: [2, 3], step: [1, 1] })],
    ['a flip and back', (b, x) => b.emit(p.flip, [b.emit(p.flip, [x], { axes: [1] })], { axes: [1] })],
    ['a flip of no axes', (b, x) => b.emit(p.flip, [x], { axes: [] })],
    [
      'windows of one, and back',
      (b, x) => {
        const apart = b.emit(p.reshape, [x], { shape: [2, 3, 1] })
        const windows = { axis: 1, at: 2, stride: 1, dilation: 1, size: 3 }
        const moved = b.emit(p.unskew, [b.emit(p.skew, [apart], windows)], windows)
        return b.emit(p.reshape, [moved], { shape: [2, 3] })
      },
    ],
    ['no padding', (b, x) => b.emit(p.pad, [x], { low: [0, 0], high: [0, 0] })],
    [
      'a slice of a concat',
      (b, x) => sliced(b, b.emit(p.concat, [fill(b, 7, f32(1, 3)), x], { axis: 0 }), [1, 0], [3, 3]),
    ],
    ['a slice of a pad', (b, x) => sliced(b, b.emit(p.pad, [x], { low: [1, 2], high: [0, 1] }), [1, 2], [3, 5])],
    ['a concat of one', (b, x) => b.emit(p.concat, [x, fill(b, 1, f32(0, 3))], { axis: 0 })],
    ['a sum over nothing', (b, x) => b.emit(p.sum, [x], { axes: [] })],
    [
      'a sum over an axis of size 1',
      (b, x) => b.emit(p.sum, [b.emit(p.broadcast, [x], { shape: [2, 1, 3], axes: [0, 2] })], { axes: [1] }),
    ],
    [
      'one row of a broadcast',
      (b, x) =>
        b.emit(
          p.reshape,
          [sliced(b, b.emit(p.broadcast, [x], { shape: [9, 2, 3], axes: [1, 2] }), [4, 0, 0], [5, 2, 3])],
          {
            shape: [2, 3],
          },
        ),
    ],
  ])('%s', (_, body) => {
    expect(left([f32(2, 3)], body)).toEqual(['return x'])
  })

  const sliced = (b: Builder, x: Value, start: number[], stop: number[]): Value =>
    b.emit(p.slice, [x], { start, stop, step: start.map(() => 1) })
})

describe('bits and comparisons', () => {
  const bool: Type = { shape: [2], dtype: 'bool' }
  const i32: Type = { shape: [2], dtype: 'i32' }
  const u32: Type = { shape: [2], dtype: 'u32' }

  test.each([
    [bool, 1],
    [i32, -1],
    [u32, 2 ** 32 - 1],
  ] as const)('of %o', (type, all) => {
    const becomes = (body: (b: Builder, x: Value) => Value) => left([type], (b, x) => body(b, x!))
    const kept = ['return x']
    expect(becomes((b, x) => b.emit(p.bitAnd, [x, x], {}))).toEqual(kept)
    expect(becomes((b, x) => b.emit(p.bitAnd, [fill(b, all, type), x], {}))).toEqual(kept)
    expect(becomes((b, x) => b.emit(p.bitOr, [x, fill(b, 0, type)], {}))).toEqual(kept)
    expect(becomes((b, x) => b.emit(p.bitXor, [x, fill(b, 0, type)], {}))).toEqual(kept)
    expect(becomes((b, x) => b.emit(p.bitNot, [b.emit(p.bitNot, [x], {})], {}))).toEqual(kept)
    const turned = (b: Builder, x: Value) => b.emit(p.bitXor, [x, fill(b, all, type)], {})
    expect(becomes((b, x) => turned(b, turned(b, x)))).toEqual(kept)
    expect(becomes(turned)[0]).toContain('= bitNot x')
    expect(becomes((b, x) => b.emit(p.bitAnd, [x, fill(b, 0, type)], {}))[0]).toContain('constant value=0')
    expect(becomes((b, x) => b.emit(p.bitOr, [fill(b, all, type), x], {}))[0]).toContain(`constant value=${all}`)
    expect(becomes((b, x) => b.emit(p.bitXor, [x, x], {}))[0]).toContain('constant value=0')
    expect(becomes((b, x) => b.emit(p.equal, [x, x], {}))[0]).toContain('constant value=1')
  })

  test('x = x and x <= x stay for a float, which may be NaN; x < x is false', () => {
    const comparing = (comparison: typeof p.less, type: Type) =>
      left([type], (b, x) => b.emit(comparison, [x!, x!], {}))[0]
    expect(comparing(p.equal, f32())).toContain('= equal x x')
    expect(comparing(p.lessEqual, f32())).toContain('= lessEqual x x')
    expect(comparing(p.lessEqual, i32)).toContain('constant value=1')
    expect(comparing(p.less, f32())).toContain('constant value=0')
  })

  test('shifts by 0 are none', () => {
    for (const shift of [p.shiftLeft, p.shiftRight])
      expect(left([u32], (b, x) => b.emit(shift, [x!, fill(b, 0, u32)], {}))).toEqual(['return x'])
  })
})

describe('what becomes something else', () => {
  test('small whole powers are products, and x^-1 a quotient', () => {
    const power = (exponent: number) =>
      left([f32()], (b, x) => b.emit(p.pow, [x!, fill(b, exponent)], {}, 'y')).map((line) => line.replace(/.* = /, ''))
    expect(power(0)).toEqual(['constant value=1', 'return y'])
    expect(power(2)).toEqual(['mul x x', 'return y'])
    expect(power(3)).toEqual(['mul x x', 'mul y x', 'return y_2'])
    expect(power(-1)).toEqual(['constant value=1', 'div y x', 'return y_2'])
    expect(power(0.5)).toEqual(['constant value=0.5', 'pow x constant', 'return y'])
  })

  test('sizes of sizes and of opposites, and what is whole already', () => {
    expect(left([f32()], (b, x) => b.emit(p.abs, [b.emit(p.abs, [b.emit(p.neg, [x!], {})], {})], {}))[0]).toContain(
      '= abs x',
    )
    expect(left([f32()], (b, x) => b.emit(p.round, [b.emit(p.floor, [x!], {})], {}))).toHaveLength(2)
  })

  test('a stopped gradient stays one: a derivative taken later has to see it', () => {
    expect(left([f32()], (b, x) => b.emit(p.stopGradient, [x!], {}))[0]).toContain('= stopGradient x')
  })

  test('x * 0 stays: x may be infinite', () => {
    expect(left([f32()], (b, x) => b.emit(p.mul, [x, fill(b, 0)], {}))).toHaveLength(3)
  })

  test('constants are computed', () => {
    expect(left([], (b) => b.emit(p.exp, [b.emit(p.sub, [fill(b, 3, f32(4)), fill(b, 3, f32(4))], {})], {}))).toEqual([
      'exp: f32[4] = constant value=1',
      'return exp',
    ])
  })

  test('random bits of constants too', () => {
    const u32: Type = { shape: [], dtype: 'u32' }
    expect(
      left([], (b) => [
        ...b.emitAll(
          p.threefry,
          [0, 0, 0, 0].map((k) => fill(b, k, u32)),
          {},
        ),
      ]),
    ).toEqual([
      `threefry: u32[] = constant value=${0x6b200159}`,
      `threefry_2: u32[] = constant value=${0x99ba4efe}`,
      'return threefry, threefry_2',
    ])
  })

  test('equal equations are one, under the first name, in either order of a commutative operation', () => {
    expect(
      left([f32(), f32()], (b, x, y) => {
        const [first, second] = [b.emit(p.add, [x!, y!], {}, 'first'), b.emit(p.add, [y!, x!], {}, 'second')]
        return b.emit(p.sub, [first, second], {})
      }),
    ).toEqual(['first: f32[] = add x y', 'sub: f32[] = sub first first', 'return sub'])
  })

  test('0 and -0 are different constants', () => {
    expect(left([], (b) => [fill(b, 0), fill(b, -0)])).toHaveLength(3)
  })

  test('the sum of what is repeated is a multiple', () => {
    expect(
      left([f32(3)], (b, x) => b.emit(p.sum, [b.emit(p.broadcast, [x], { shape: [5, 3], axes: [1] })], { axes: [0] })),
    ).toEqual(['count: f32[3] = constant value=5', 'sum: f32[3] = mul x count', 'return sum'])
  })

  test('also along an axis of size 1 that is stretched, beside one that is summed', () => {
    const wide = (b: Builder, x: Value) => b.emit(p.broadcast, [x], { shape: [5, 3], axes: [0, 1] })
    expect(left([f32(1, 3)], (b, x) => b.emit(p.sum, [wide(b, x!)], { axes: [0, 1] }))).toEqual([
      'sum: f32[3] = reshape x',
      'sum_2: f32[] = sum sum axes=[0]',
      'count: f32[] = constant value=5',
      'sum_3: f32[] = mul sum_2 count',
      'return sum_3',
    ])
  })

  test('two sums are one, unless the first is needed itself', () => {
    const rows = (b: Builder, x: Value) => b.emit(p.sum, [x], { axes: [1] }, 'rows')
    expect(left([f32(2, 3)], (b, x) => b.emit(p.sum, [rows(b, x!)], { axes: [0] }, 'all'))).toEqual([
      'all: f32[] = sum x axes=[0, 1]',
      'return all',
    ])
    expect(
      left([f32(2, 3)], (b, x) => {
        const inner = rows(b, x!)
        return [inner, b.emit(p.sum, [inner], { axes: [0] }, 'all')]
      }),
    ).toEqual(['rows: f32[2] = sum x axes=[1]', 'all: f32[] = sum rows axes=[0]', 'return rows, all'])
  })

  test('folds over nothing, and of constants', () => {
    expect(left([f32(0, 3)], (b, x) => b.emit(p.sum, [x], { axes: [0] }))).toEqual([
      'sum: f32[3] = constant value=0',
      'return sum',
    ])
    const product = (b: Builder, x: Value) => b.emit(p.dot, [x, x], { batch: [], contract: [[0, 0]] })
    expect(left([f32(0)], product)).toEqual(['dot: f32[] = constant value=0', 'return dot'])
    expect(left([], (b) => b.emit(p.reduceMax, [fill(b, 2, f32(3))], { axes: [0] }))).toEqual([
      'reduceMax: f32[] = constant value=2',
      'return reduceMax',
    ])
    expect(left([], (b) => b.emit(p.sum, [fill(b, 2 ** 31, { shape: [3], dtype: 'u32' })], { axes: [0] }))).toEqual([
      `sum: u32[] = constant value=${2 ** 31}`,
      'return sum',
    ])
  })

  test('values of an enclosing graph pass through', () => {
    const outside = { type: f32(), name: 'outside' }
    const b = new Builder()
    const sum = b.emit(p.add, [b.emit(p.exp, [outside], {}), b.emit(p.exp, [outside], {})], {})
    const simple = simplify(b.graph('f', [sum]))
    verify(simple, { free: new Set([outside]) })
    expect(simple.equations.map(({ primitive }) => primitive.name)).toEqual(['exp', 'add'])
  })

  test('two sums are one also where the first was written twice', () => {
    expect(
      left([f32(2, 3)], (b, x) => {
        const rows = [b.emit(p.sum, [x!], { axes: [1] }), b.emit(p.sum, [x!], { axes: [1] })]
        return rows.map((row) => b.emit(p.sum, [row], { axes: [0] }, 'all'))
      }),
    ).toEqual(['all: f32[] = sum x axes=[0, 1]', 'return all, all'])
  })

  test('differences', () => {
    expect(left([f32(), f32()], (b, x, y) => b.emit(p.add, [x!, b.emit(p.neg, [y!], {})], {}, 'd'))).toEqual([
      'd: f32[] = sub x y',
      'return d',
    ])
    expect(left([f32(), f32()], (b, x, y) => b.emit(p.neg, [b.emit(p.sub, [x!, y!], {})], {}, 'd'))).toEqual([
      'd: f32[] = sub y x',
      'return d',
    ])
  })

  test('names and sources stay', () => {
    const b = new Builder()
    const x = b.input(f32(2), 'x')
    b.source = { scope: [], frame: () => ({ file: 'flow.ts', line: 12, column: 1 }) }
    const wide = b.emit(p.broadcast, [x], { shape: [1, 2], axes: [1] }, 'wide')
    const wider = b.emit(p.broadcast, [wide], { shape: [3, 2], axes: [0, 1] }, 'wider')
    expect(printGraph(simplify(b.graph('f', [wider])), { sources: true })).toBe(
      ['f(x: f32[2])', '  wider: f32[3, 2] = broadcast x axes=[1]  # flow.ts:12', '  return wider'].join('\n'),
    )
  })
})

describe('what is the same along an axis', () => {
  const simplified = (build: (b: Builder, x: Value, w: Value) => Value) => {
    const b = new Builder()
    const [x, w] = [b.input(f32(4), 'x'), b.input(f32(4, 3), 'w')]
    return simplify(b.graph('g', [build(b, x, w)]))
  }
  const shapesOf = (graph: ReturnType<typeof simplified>, name: string) =>
    graph.equations
      .filter(({ primitive }) => primitive.name === name)
      .map(({ outputs: [output] }) => output!.type.shape)
  const rows = (b: Builder, x: Value) => b.emit(p.broadcast, [x], { shape: [256, 4], axes: [1] })

  test('is computed for one element of it, through layers, concatenations and sums along others', () => {
    const layer = simplified((b, x, w) => {
      const wide = rows(b, x)
      const both = b.emit(p.concat, [b.emit(p.cos, [wide], {}), b.emit(p.sin, [wide], {})], { axis: 1 })
      const half = b.emit(p.slice, [both], { start: [0, 2], stop: [256, 6], step: [1, 1] })
      const turned = b.emit(p.reshape, [half], { shape: [256, 2, 2] })
      const back = b.emit(p.reshape, [b.emit(p.tanh, [turned], {})], { shape: [256, 4] })
      const hidden = b.emit(p.exp, [b.emit(p.dot, [back, w], { batch: [], contract: [[1, 0]] })], {})
      return b.emit(p.sum, [hidden], { axes: [1] })
    })
    expect(layer.outputs[0]!.type.shape).toEqual([256])
    for (const { primitive, outputs } of layer.equations)
      if (primitive.name !== 'broadcast') expect(outputs[0]!.type.shape).not.toContain(256)
  })

  test('stays as wide as what it meets', () => {
    const met = simplified((b, x, w) => {
      const y = b.emit(p.broadcast, [w], { shape: [2, 4, 3], axes: [1, 2] })
      const wide = b.emit(p.broadcast, [x], { shape: [2, 4, 3], axes: [1] })
      return b.emit(p.exp, [b.emit(p.add, [wide, y], {})], {})
    })
    expect(shapesOf(met, 'add')).toEqual([[1, 4, 3]])
    expect(shapesOf(met, 'exp')).toEqual([[1, 4, 3]])
  })
})
