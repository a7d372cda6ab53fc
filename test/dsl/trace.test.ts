import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type AnyTensor,
  concat,
  dimsOf,
  FluxionError,
  f32,
  grad,
  i32,
  key,
  type Program,
  program,
  type Tensor,
  traceProgram,
  vmap,
  zeros,
} from '../../dsl/index.ts'
import { authorIn, framesIn } from '../../dsl/trace/frame.ts'
import { is } from './is.ts'
import { batched, flowMatching } from './listing.ts'
import { closeTo, run, runBody, tracing } from './run.ts'

const file = join(import.meta.dirname, 'trace.test.ts')
/** The line of this file that called it. */
const here = (): number => [...framesIn(new Error('here').stack!)].filter((frame) => frame.file === file)[1]!.line

const errorOf = (body: () => unknown): FluxionError => {
  try {
    body()
  } catch (error) {
    if (error instanceof FluxionError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('sizes', () => {
  const pair = program({ x: f32('n', 2), y: f32('m'), z: f32('n') }, ({ x }) => x, { name: 'pair' })

  test('every named dim has one', () => {
    expect(dimsOf(pair)).toEqual(['n', 'm'])
    expect(errorOf(() => traceProgram(pair, { n: 3 })).complaint).toBe(
      'type error: dim m has no size; give one to each of n, m',
    )
    expect(errorOf(() => traceProgram(pair, { n: 3, m: 4, k: 5 })).complaint).toBe(
      'type error: the program has no dim k',
    )
    for (const wrong of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(errorOf(() => traceProgram(pair, { n: 3, m: wrong })).complaint).toBe(
        `type error: dim m is ${wrong}, which is not a size`,
      )
    }
    expect(traceProgram(pair, { n: 0, m: 1 }).graph.inputs.map(({ type }) => type.shape)).toEqual([[0, 2], [1], [0]])
  })

  test('a spec is of sizes and names', () => {
    expect(() => f32(-1)).toThrow('shape error: f32: -1 is not a dim')
    expect(() => i32('')).toThrow("shape error: i32: '' is not a dim")
    expect(() => f32('3')).toThrow("shape error: f32: '3' is not a dim; write a size or a name")
    expect(() => f32(2, undefined as never)).toThrow('shape error: f32: undefined is not a dim')
    expect(() => program({ x: 3 as never }, () => zeros([1]))).toThrow('type error: program: input x is not a spec')
    expect(() => program({ x: { ...f32(2), dtype: 'f64' as never } }, () => zeros([1]))).toThrow(
      'dtype error: program: f64 is not a dtype; use f32, f16, i32, u32, bool',
    )
  })
})

describe('records', () => {
  const x = f32(2)

  test('have names that dots can join into paths', () => {
    const dotted = { state: { a: x }, 'state.a': x }
    const why = 'dots join names into paths, so write one that is not empty and has none'
    expect(errorOf(() => program(dotted, ({ state }) => ({ state }))).complaint).toBe(
      `type error: program: input record has the name 'state.a'; ${why}`,
    )
    expect(errorOf(() => program({ p: { '': x } }, ({ p }) => p[''])).complaint).toBe(
      `type error: program: input p has the name ''; ${why}`,
    )
    const result = program({ x }, ({ x }) => ({ out: { 'a.b': x } }))
    expect(errorOf(() => traceProgram(result)).complaint).toBe(
      `type error: program: the result.out has the name 'a.b'; ${why}`,
    )
  })

  test('do not contain themselves', () => {
    const specs: { [name: string]: unknown } = { x }
    specs.more = { specs }
    expect(errorOf(() => program(specs as never, () => zeros([1]))).complaint).toBe(
      'type error: program: input more.specs is a record that contains itself',
    )
    const result = program({ x }, ({ x }) => {
      const list: unknown[] = [x]
      list.push(list)
      return { list } as never
    })
    expect(errorOf(() => traceProgram(result)).complaint).toBe(
      'type error: program: the result.list.1 is a record that contains itself',
    )
  })

  test('may hold a tensor or a record twice', () => {
    const result = program({ x }, ({ x }) => {
      const both = { x, y: x }
      return { a: both, b: both }
    })
    expect(run(result, {}, { x: [1, 2] })).toEqual({ a: { x: [1, 2], y: [1, 2] }, b: { x: [1, 2], y: [1, 2] } })
  })
})

describe('a program that calls itself', () => {
  const specs = { x: f32() }
  type Scalar = Program<{ x: Tensor<[]> }, Tensor<[]>>
  const says = (name: string) =>
    `trace error: ${name} calls itself, and tracing would never end; loop in a function that is not a program`

  test('is refused, at the line of the call', () => {
    let line = 0
    const self: Scalar = program(
      specs,
      ({ x }): Tensor<[]> => {
        line = here() + 1
        return self({ x: x.mul(2) })
      },
      { name: 'self' },
    )
    const error = errorOf(() => traceProgram(self))
    expect(error.complaint).toBe(says('self'))
    expect(error.frame).toMatchObject({ file, line })
  })

  test('is refused through another program and through a gradient', () => {
    const odd: Scalar = program(specs, ({ x }): Tensor<[]> => even({ x }), { name: 'odd' })
    const even: Scalar = program(specs, ({ x }): Tensor<[]> => odd({ x }), { name: 'even' })
    expect(errorOf(() => traceProgram(odd)).complaint).toBe(says('odd'))
    const steep: Scalar = program(specs, ({ x }): Tensor<[]> => grad(steep, 'x')({ x }), { name: 'steep' })
    expect(errorOf(() => traceProgram(steep)).complaint).toBe(says('grad of steep'))
  })

  test('one that is called twice, or differentiated twice, does not', () => {
    const cube = program(specs, ({ x }) => x.mul(x).mul(x))
    const twice = program(specs, ({ x }) => cube({ x: cube({ x }) }))
    expect(run(twice, {}, { x: 2 })).toEqual([512])
    expect(run(grad(grad(cube, 'x'), 'x'), {}, { x: 2 })).toEqual([12])
  })
})

test('what is no program is named', () => {
  expect(errorOf(() => traceProgram((() => 1) as never)).complaint).toBe(
    'type error: a function is not a program; make one with program(inputs, body)',
  )
  expect(errorOf(() => dimsOf(undefined as never)).complaint).toBe(
    'type error: undefined is not a program; make one with program(inputs, body)',
  )
})

describe('errors', () => {
  test('have the words first, then the program, the layers and the line', () => {
    let line = 0
    const inner = program(
      { x: f32('n') },
      ({ x }) => {
        line = here() + 1
        return x.add(zeros([7]) as unknown as typeof x)
      },
      { name: 'inner' },
    )
    const outer = program({ x: f32('k') }, ({ x }) => inner({ x }), { name: 'outer' })
    const error = errorOf(() => traceProgram(outer, { k: 3 }))
    const [words, where, at] = error.message.split('\n')
    expect(words).toBe('shape error: add: [n] with [7]: n and 7 differ and neither is 1')
    expect(where).toBe('  in outer > inner')
    expect(at).toMatch(`  at ${file}:${line}:`)
    expect(error.frame).toMatchObject({ file, line })
  })

  test('a program without a name is called after its line', () => {
    expect(traceProgram(batched, { n: 2 }).name).toMatch(/^program at listing\.ts:\d+$/)
  })

  test('of what comes out point at the program', () => {
    const line = here() + 1
    const wrong = program({ x: f32() }, () => 3 as unknown as AnyTensor)
    expect(errorOf(() => traceProgram(wrong)).frame).toMatchObject({ file, line })
  })

  test('deep calls do not hide the line', () => {
    let line = 0
    const deep = (n: number, x: Tensor<[2]>): AnyTensor => (n > 0 ? deep(n - 1, x) : x.add(zeros([3]) as never))
    const body = ({ x }: { x: Tensor<[2]> }) => {
      line = here() + 1
      return vmap((x: Tensor<[2]>) => deep(20, x))(x.expand(0))
    }
    const { frame, stack } = errorOf(() => tracing({ x: f32(2) }, body))
    expect(frame!.file).toBe(file)
    expect(frame!.line).toBeLessThan(line)
    expect(stack).toContain('shape error: add')
    expect(Error.stackTraceLimit).toBeLessThan(64)
  })

  test('stacks of all engines are read', () => {
    const stack = [
      'Error: where (at night:1:2)',
      '    at f (file:///models/flow%20a.ts:12:7)',
      '    at new Tensor (/models/flow.ts:3:4)',
      '    at async /models/train.ts:5:6',
      '    at C:\\models\\flow.ts:7:8',
      'g@http://localhost:5173/models/flow.ts?t=99:9:10',
      '@https://example.org/a.js:11:12',
      '    at eval (<anonymous>)',
    ].join('\n')
    expect([...framesIn(stack)]).toEqual([
      { file: '/models/flow a.ts', line: 12, column: 7 },
      { file: '/models/flow.ts', line: 3, column: 4 },
      { file: '/models/train.ts', line: 5, column: 6 },
      { file: 'C:\\models\\flow.ts', line: 7, column: 8 },
      { file: 'http://localhost:5173/models/flow.ts', line: 9, column: 10 },
      { file: 'https://example.org/a.js', line: 11, column: 12 },
    ])
  })
})

describe('misuse', () => {
  test('a program is not called outside of a program', () => {
    expect(() => flowMatching({} as never)).toThrow(
      'trace error: flowMatching is a description and cannot be called here: compile(program, device, sizes)',
    )
  })

  test('nothing is computed outside of a program', () => {
    expect(() => zeros([2])).toThrow('trace error: zeros is only possible in the body of a program')
  })

  test('a tensor that escaped its function is not used again', () => {
    let escaped: Tensor<[2]> | undefined
    const body = ({ x }: { x: Tensor<['n', 2]> }) => {
      vmap((row: Tensor<[2]>) => {
        escaped = row
        return row
      })(x)
      return escaped!.add(1)
    }
    const words = 'trace error: add: a tensor is used after the function that made it has ended'
    expect(() => tracing({ x: f32('n', 2) }, body, { n: 3 })).toThrow(words)
    const returned = (given: Parameters<typeof body>[0]) => {
      vmap((row: Tensor<[2]>) => {
        escaped = row
        return row
      })(given.x)
      return escaped!
    }
    expect(() => tracing({ x: f32('n', 2) }, returned, { n: 3 })).toThrow(
      'trace error: the result: a tensor is used after',
    )
    expect(() => escaped!.add(1)).toThrow('trace error: add is only possible in the body of a program')
    expect(() => tracing({ x: f32(2) }, ({ x }) => x.add(escaped!))).toThrow(
      'after the function that made it has ended',
    )
  })

  test('a tensor of a program is no tensor of another that is traced meanwhile', () => {
    const body = ({ x }: { x: Tensor<[2]> }) => tracing({ y: f32(2) }, ({ y }) => y.add(x))
    expect(() => tracing({ x: f32(2) }, body)).toThrow('trace error: add: a tensor belongs to another program')
  })

  test('a tensor has no value, but a description', () => {
    tracing(
      { x: f32('n', 2) },
      ({ x }) => {
        const any = x as unknown as number
        expect(() => any + 1).toThrow('trace error: a tensor has no value while a program is traced')
        expect(() => any > 1).toThrow('where(condition, a, b)')
        expect(`${x}`).toBe('Tensor [n, 2] of f32')
        expect(x.shape).toEqual(['n', 2])
        return x
      },
      { n: 3 },
    )
  })

  test('what is not a tensor is named', () => {
    const specs = { x: f32(2) }
    expect(() => tracing(specs, ({ x }) => x.add('1' as never))).toThrow(
      "type error: add: '1' is not a tensor or a number",
    )
    expect(() => tracing(specs, ({ x }) => x.matmul({} as never))).toThrow(
      'type error: matmul: an object is not a tensor',
    )
    expect(() => tracing(specs, ({ x }) => concat([x, undefined as never]))).toThrow(
      'type error: concat: undefined is not a tensor',
    )
    expect(() => tracing(specs, async ({ x }) => x)).toThrow('type error: program: the result is not a tensor')
  })

  test('after an error tracing starts afresh', () => {
    expect(() => tracing({ x: f32(2) }, ({ x }) => x.sum(4 as never))).toThrow('shape error')
    expect(() => zeros([2])).toThrow('trace error: zeros is only possible')
    closeTo(
      runBody({ x: f32(2) }, ({ x }) => x.sum(), { x: [1, 2] }),
      [3],
      0,
    )
  })
})

describe('calls of programs in programs', () => {
  const joined = program({ x: f32('n'), y: f32('m') }, ({ x, y }) => ({
    both: is<Tensor<['n+m']>>()(concat([x, y])),
    more: is<Tensor<['n+1']>>()(concat([x, zeros([1])])),
  }))

  test('bind the dims of the callee to those of the caller', () => {
    const caller = program({ a: f32('k'), b: f32(3) }, ({ a, b }) => {
      const { both, more } = joined({ x: a, y: b })
      is<Tensor<['k+3']>>()(both)
      is<Tensor<[6]>>()(joined({ x: b, y: b }).both)
      return { both, more, twice: joined({ x: b, y: b }).both }
    })
    expect(traceProgram(caller, { k: 2 }).outputs).toMatchObject({
      both: { dims: ['k+3'] },
      more: { dims: ['k+1'] },
      twice: { dims: [6] },
    })
    closeTo(
      run(caller, { k: 2 }, { a: [1, 2], b: [3, 4, 5] }),
      { both: [1, 2, 3, 4, 5], more: [1, 2, 0], twice: [3, 4, 5, 3, 4, 5] },
      0,
    )
  })

  test("a name has the callee's size inside and the caller's outside", () => {
    const callee = program({ x: f32('n') }, ({ x }) => zeros(['n']).add(x.size(0)))
    const caller = program({ x: f32('n'), y: f32(4) }, ({ x, y }) => [
      callee({ x: y }),
      zeros(['n']).add(x),
      callee({ x }),
    ])
    closeTo(
      run(caller, { n: 2 }, { x: [5, 6], y: [0, 0, 0, 0] }),
      [
        [4, 4, 4, 4],
        [5, 6],
        [2, 2],
      ],
      0,
    )
  })

  test('state threads through', () => {
    const count = program({ state: { n: i32(), k: key() } }, ({ state }) => ({
      state: { ...state, n: state.n.add(1) },
    }))
    const twice = program({ state: { n: i32(), k: key() } }, ({ state }) => count({ state: count({ state }).state }))
    expect(run(twice, {}, { state: { n: 3, k: [1, 2] } })).toEqual({ state: { n: [5], k: [1, 2] } })
  })
})

test.each([
  [
    'sources',
    '/app/dsl/trace/frame.ts',
    ['/app/dsl/tensor.ts', '/app/compiler/ir/builder.ts', '/app/index.ts', '/app/models/x.ts'],
    '/app/models/x.ts',
  ],
  [
    'a package',
    '/app/node_modules/fluxion/dist/dsl/trace/frame.js',
    ['/app/node_modules/fluxion/dist/dsl/nn/layer.js', '/app/dsl/mine.js'],
    '/app/dsl/mine.js',
  ],
  [
    'a bundle of the library',
    'https://x.org/vendor.js',
    ['https://x.org/vendor.js', 'https://x.org/app.js'],
    'https://x.org/app.js',
  ],
  ['one bundle of all', 'https://x.org/app.js', ['https://x.org/app.js'], undefined],
])('the author of a stack in %s', (_, self, files, author) => {
  const frames = [self, ...files].map((file) => ({ file, line: 1, column: 1 }))
  expect(authorIn(frames)?.file).toBe(author)
})
