import { describe, expect, test } from 'vitest'
import { printGraph } from '../../compiler/ir/print.ts'
import { verify } from '../../compiler/ir/verify.ts'
import { simplify } from '../../compiler/transform/simplify.ts'
import {
  type AnyProgram,
  type Checkpoint,
  checkpoint,
  cond,
  customVjp,
  FluxionError,
  f32,
  foriLoop,
  full,
  grad,
  i32,
  jvp,
  key,
  map,
  normal,
  program,
  scan,
  split,
  stopGradient,
  type Tensor,
  type Tensors,
  tracedLeaves,
  traceProgram,
  valueAndGrad,
  vmap,
  whileLoop,
  zeros,
} from '../../dsl/index.ts'
import * as fc from '../fc.ts'
import { is } from './is.ts'
import { traced } from './mistakes/control.ts'
import { sizes, specs as wrongSpecs } from './mistakes/mistake.ts'
import { closeTo, evaluated, type Numbers, numbers } from './run.ts'

/** The results of a program by path, which the simplified graph must have as well. */
function results(of: unknown, inputs: Numbers, sizes = {}): { [path: string]: number[] } {
  const traced = traceProgram(of as AnyProgram, sizes)
  const simple = { ...traced, graph: simplify(traced.graph) }
  verify(simple.graph)
  const plain = (from: typeof traced) =>
    Object.fromEntries(Object.entries(evaluated(from, inputs)).map(([path, { data }]) => [path, [...data]]))
  const found = plain(traced)
  closeTo(plain(simple), found, 1e-12)
  expect(tracedLeaves(traced.outputs).length).toBe(Object.keys(found).length)
  return found
}

// One recurrent network, as a scan and as the loop that its author would unroll.
const specs = { w: f32(3, 3), c: f32(3), xs: f32('n', 3) }
type Given = Tensors<typeof specs>
type State = { h: Tensor<[3]>; total: Tensor<[]> }
const turn = (w: Given['w'], { h, total }: State, x: Tensor<[3]>) => {
  const next = h.expand(0).matmul(w).reshape([3]).add(x).sigmoid()
  return [{ h: next, total: total.add(next.square().sum()) }, next.mul(x)] as const
}
const start = (c: Given['c']): State => ({ h: c, total: full([], 0.5) })
const scanned =
  (options: { reverse?: boolean; checkpoint?: Checkpoint }) =>
  ({ w, c, xs }: Given) => {
    const [{ h, total }, ys] = scan((carry, x) => turn(w, carry, x), start(c), xs, options)
    return h.sum().add(total.square()).add(ys.exp().sum())
  }
const unrolled =
  (n: number, reverse: boolean) =>
  ({ w, c, xs }: Given) => {
    let state = start(c)
    let sum = zeros([])
    const rows = xs.as([n, 3])
    for (let k = 0; k < n; k++) {
      const x = rows.slice([reverse ? n - 1 - k : k]).as([3])
      const [next, y] = turn(w, state, x)
      state = next
      sum = sum.add(y.exp().sum())
    }
    return state.h.sum().add(state.total.square()).add(sum)
  }
const cases = fc.record({
  n: fc.integer({ min: 0, max: 6 }),
  reverse: fc.boolean(),
  checkpoint: fc.constantFrom<Checkpoint>('all', 'carry', 1, 2, 3),
  seed: fc.integer(),
})
const given = (n: number, seed: number) => ({
  w: numbers(9, seed),
  c: numbers(3, seed + 1),
  xs: numbers(3 * n, seed + 2),
})

describe('scan', () => {
  test('value, gradient, derivative along a tangent and second derivative are those of the unrolled loop', () => {
    fc.assert(
      fc.property(cases, ({ n, reverse, checkpoint, seed }) => {
        const all = (loss: (inputs: Given) => Tensor<[]>) =>
          program(specs, (inputs) => {
            const [value, gradient] = valueAndGrad(loss)(inputs)
            const along = { w: inputs.w.square(), c: inputs.c.exp(), xs: inputs.xs.sin() }
            const [, forward] = jvp(loss, [inputs], [along])
            const [, second] = jvp((x: Given) => grad(loss)(x), [inputs], [along])
            return { value, gradient, forward, second }
          })
        const inputs = given(n, seed)
        closeTo(
          results(all(scanned({ reverse, checkpoint })), inputs, { n }),
          results(all(unrolled(n, reverse)), inputs, { n }),
          1e-11,
        )
      }),
      { numRuns: 15 },
    )
  })

  test('vmap of a scan, of its gradient, and the gradient of a vmap are those of each by itself', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 3 }), ({ n, reverse, checkpoint, seed }, count) => {
        const loss = scanned({ reverse, checkpoint })
        const batch = { w: f32(3, 3), c: f32('b', 3), xs: f32('b', 'n', 3) }
        const whole = program(batch, ({ w, c, xs }) => {
          const each = (c: Tensor<[3]>, xs: Tensor<['n', 3]>) => loss({ w, c, xs })
          const both = vmap((c: Tensor<[3]>, xs: Tensor<['n', 3]>) => valueAndGrad(loss)({ w, c, xs }))(c, xs)
          const [total, of] = valueAndGrad((w: Tensor<[3, 3]>) =>
            vmap((c: Tensor<[3]>, xs: Tensor<['n', 3]>) => loss({ w, c, xs }))(c, xs).sum(),
          )(w)
          return { values: map(each, c, xs), both, total, of }
        })
        const one = program(specs, (inputs) => valueAndGrad(loss)(inputs))
        const inputs = Array.from({ length: count }, (_, i) => given(n, seed + 10 * i))
        const joined = (part: 'c' | 'xs') => inputs.flatMap((each) => each[part])
        const w = inputs[0]!.w
        const found = results(whole, { w, c: joined('c'), xs: joined('xs') }, { n, b: count })
        const each = inputs.map((input) => results(one, { ...input, w }, { n }))
        const stacked = (path: string) => each.flatMap((result) => result[path]!)
        closeTo(found.values, stacked('0'), 1e-11)
        closeTo(found['both.0'], stacked('0'), 1e-11)
        for (const part of ['w', 'c', 'xs']) closeTo(found[`both.1.${part}`], stacked(`1.${part}`), 1e-11)
        closeTo(found.total, [stacked('0').reduce((a, b) => a + b, 0)], 1e-11)
        const summed = Array.from({ length: 9 }, (_, k) => each.reduce((sum, result) => sum + result['1.w']![k]!, 0))
        closeTo(found.of, summed, 1e-10)
      }),
      { numRuns: 15 },
    )
  })

  test('carries keys, counts and bools, and stacks what it likes', () => {
    const noise = program({ seed: key() }, ({ seed }) => {
      const [{ count, on }, drawn] = scan(
        ({ key, count, on }) => {
          const [next, here] = split(key, 2)
          return [
            { key: next, count: count.add(2), on: on },
            { drawn: normal(here, [2]), count },
          ] as const
        },
        { key: seed, count: zeros([], 'i32'), on: full([], 1, 'bool') },
        null,
        { length: 3 },
      )
      is<Tensor<[3, 2]>>()(drawn.drawn)
      is<Tensor<[3], 'i32'>>()(drawn.count)
      return { ...drawn, count, on, last: drawn.count }
    })
    const byHand = program({ seed: key() }, ({ seed }) => {
      const [second, a] = split(seed, 2)
      const [third, b] = split(second, 2)
      const [, c] = split(third, 2)
      return [normal(a, [2]), normal(b, [2]), normal(c, [2])]
    })
    const found = results(noise, { seed: [3, 4] })
    const expected = results(byHand, { seed: [3, 4] })
    expect(found.drawn).toEqual([...expected[0]!, ...expected[1]!, ...expected[2]!])
    expect([found.count, found.on, found.last]).toEqual([[6], [1], [0, 2, 4]])
  })

  test('a gradient keeps what it must: all of each turn, or the carry alone', () => {
    const kept = (checkpoint: Checkpoint) => {
      const traced = traceProgram(program(specs, grad(scanned({ checkpoint }))), { n: 6 })
      const stacks = simplify(traced.graph)
        .equations.filter(({ primitive }) => primitive.name === 'scan')
        .flatMap(({ outputs }) => outputs)
      return stacks.reduce((sum, { type }) => sum + type.shape.reduce((a, b) => a * b, 1), 0)
    }
    expect(kept('carry')).toBeLessThan(kept('all'))
    expect(kept(3)).toBeLessThan(kept('carry'))
  })

  test('a carry that starts with a tangent and is then replaced', () => {
    const of = program({ x: f32(), y: f32(3) }, ({ x, y }) => {
      const f = (x: Tensor<[]>) => scan((_, y) => [y.neg(), y], x, y)[0]
      return { along: jvp(f, [x], [x])[1], of: grad(f)(x) }
    })
    expect(results(of, { x: [2], y: [1, 2, 3] })).toEqual({ along: [0], of: [0] })
  })

  test('what nobody reads of a loop is not computed', () => {
    const traced = traceProgram(
      program({ x: f32(4) }, ({ x }) => {
        const [{ a }] = scan(
          ({ a, b }, _) => [{ a: a.mul(2), b: b.add(a.exp()) }, b.sum()] as const,
          { a: x, b: x },
          null,
          { length: 3 },
        )
        return a
      }),
    )
    const printed = printGraph(simplify(traced.graph))
    expect(printed).not.toContain('exp')
    expect(printed.split('\n').slice(1).join('\n')).toMatchInlineSnapshot(`
      "  scan: f32[4] = scan x body=scan consts=0 carry=1 length=3 reverse=false save=all
            body scan(x: f32[4])
              constant: f32[4] = constant value=2
              mul: f32[4] = mul x constant
              return mul
        return scan"
    `)
  })
})

describe('foriLoop and whileLoop', () => {
  /** Newton's method for a square root, until it stands still. */
  const root = (x: Tensor<[]>, maxSteps?: number) =>
    whileLoop(
      ({ y }) => y.square().sub(x).square().less(1e-24).not(),
      ({ y }) => ({ y: y.add(x.div(y)).mul(0.5) }),
      { y: x.add(1).mul(0.5) },
      maxSteps === undefined ? {} : { maxSteps },
    ).y

  test('a loop on a condition: values, both derivatives, and each row by itself under vmap', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.05, max: 50, noNaN: true }), { minLength: 1, maxLength: 4 }), (xs) => {
        const of = program({ xs: f32('n') }, ({ xs }) => ({
          roots: vmap((x: Tensor<[]>) => root(x))(xs),
          forward: vmap((x: Tensor<[]>) => jvp((x: Tensor<[]>) => root(x), [x], [full([], 1)])[1])(xs),
          reverse: vmap((x: Tensor<[]>) => grad((x: Tensor<[]>) => root(x, 20))(x))(xs),
          sum: grad((xs: Tensor<['n']>) => vmap((x: Tensor<[]>) => root(x, 20))(xs).sum())(xs),
        }))
        const found = results(of, { xs }, { n: xs.length })
        closeTo(found.roots, xs.map(Math.sqrt), 1e-9)
        const slopes = xs.map((x) => 0.5 / Math.sqrt(x))
        closeTo(found.forward, slopes, 1e-9)
        closeTo(found.reverse, slopes, 1e-9)
        closeTo(found.sum, slopes, 1e-9)
      }),
      { numRuns: 20 },
    )
  })

  test('maxSteps ends a loop whose condition still holds', () => {
    const of = program({ x: f32() }, ({ x }) =>
      whileLoop(
        (c) => c.less(100),
        (c) => c.mul(2),
        x,
        { maxSteps: 3 },
      ),
    )
    expect(results(of, { x: [1] })['']).toEqual([8])
    expect(results(of, { x: [60] })['']).toEqual([120])
    expect(results(of, { x: [160] })['']).toEqual([160])
  })

  test('without maxSteps there is no gradient, and the error says what to do', () => {
    const of = program({ x: f32() }, ({ x }) => grad((x: Tensor<[]>) => root(x))(x))
    expect(() => traceProgram(of)).toThrow(/whileLoop.*give maxSteps, use scan or foriLoop/s)
  })

  test('foriLoop counts from one bound to the other', () => {
    const of = program({ x: f32() }, ({ x }) => ({
      value: foriLoop(2, 5, (i, c) => c.mul(x).add(i.cast('f32')), full([], 1)),
      none: foriLoop(5, 2, (_, c) => c.add(1), x),
      slope: grad((x: Tensor<[]>) => foriLoop(2, 5, (i, c) => c.mul(x).add(i.cast('f32')), full([], 1)))(x),
    }))
    // ((x + 2) x + 3) x + 4
    const found = results(of, { x: [1.5] })
    closeTo(found.value, [((1.5 + 2) * 1.5 + 3) * 1.5 + 4], 1e-12)
    closeTo(found.none, [1.5], 0)
    closeTo(found.slope, [3 * 1.5 ** 2 + 4 * 1.5 + 3], 1e-12)
  })
})

describe('cond', () => {
  const specs = { x: f32('n'), choose: f32() }
  const chosen = (x: Tensor<['n']>, choose: Tensor<[]>) =>
    cond(
      choose.less(0),
      (x) => x.square().sum(),
      (x) => x.sqrt().sum(),
      x,
    )

  test('runs one branch, and derivatives are those of that branch', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 3, noNaN: true }), { maxLength: 4 }),
        fc.boolean(),
        (x, which) => {
          const of = program(specs, ({ x, choose }) => {
            const [value, slope] = valueAndGrad((x: Tensor<['n']>) => chosen(x, choose))(x)
            const [, along] = jvp((x: Tensor<['n']>) => chosen(x, choose), [x], [x])
            return { value, slope, along }
          })
          const f = which ? (v: number) => v * v : Math.sqrt
          const slope = which ? (v: number) => 2 * v : (v: number) => 0.5 / Math.sqrt(v)
          const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
          const found = results(of, { x, choose: [which ? -1 : 1] }, { n: x.length })
          closeTo(found.value, [sum(x.map(f))], 1e-12)
          closeTo(found.slope, x.map(slope), 1e-12)
          closeTo(found.along, [sum(x.map((v) => v * slope(v)))], 1e-12)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('the branch that is not taken leaves no NaN, not even where vmap runs both', () => {
    const of = program({ x: f32('n') }, ({ x }) => {
      const f = (x: Tensor<[]>) =>
        cond(
          full([], 0).less(x),
          () => x.sqrt(),
          () => x.mul(0),
        )
      return { values: vmap(f)(x), slopes: vmap((x: Tensor<[]>) => grad(f)(x))(x) }
    })
    const found = results(of, { x: [-4, 0, 4] }, { n: 3 })
    closeTo(found.values, [0, 0, 2], 1e-12)
    closeTo(found.slopes, [0, 0, 0.25], 1e-12)
  })
})

describe('checkpoint', () => {
  test('changes no value and no derivative of any order, and is computed again on the way back', () => {
    const f = (w: Tensor<[3, 3]>, x: Tensor<[3]>) => {
      const inner = (h: Tensor<[3]>) => h.expand(0).matmul(w).reshape([3]).sigmoid()
      return inner(inner(x)).square().sum()
    }
    const all = (g: typeof f) =>
      program({ w: f32(3, 3), x: f32(3) }, ({ w, x }) => {
        const first = (w: Tensor<[3, 3]>) => grad((x: Tensor<[3]>) => g(w, x))(x)
        const [value, of] = valueAndGrad((w: Tensor<[3, 3]>) => first(w).square().sum())(w)
        const [, along] = jvp((w: Tensor<[3, 3]>) => g(w, x), [w], [w.exp()])
        const rows = vmap((x: Tensor<[3]>) => g(w, x))(w)
        return { plain: g(w, x), value, of, along, rows }
      })
    const inputs = { w: numbers(9, 4), x: numbers(3, 5) }
    closeTo(results(all(checkpoint(f)), inputs), results(all(f), inputs), 1e-12)

    const graphOf = (g: typeof f) =>
      printGraph(
        simplify(
          traceProgram(program({ w: f32(3, 3), x: f32(3) }, ({ w, x }) => grad((w: Tensor<[3, 3]>) => g(w, x))(w)))
            .graph,
        ),
      )
    const sigmoids = (text: string) => text.split('= sigmoid').length - 1
    expect(sigmoids(graphOf(f))).toBe(2)
    expect(graphOf(checkpoint(f))).toContain('checkpoint')
  })

  test('of a program is a program', () => {
    const loss = program({ x: f32('n') }, ({ x }) => x.exp().sum())
    const of = program({ x: f32(4) }, ({ x }) => grad(checkpoint(loss))({ x }))
    closeTo(results(of, { x: [0, 1, 2, 3] }).x, [0, 1, 2, 3].map(Math.exp), 1e-12)
  })
})

describe('customVjp and stopGradient', () => {
  const clipped = customVjp({
    apply: (x: Tensor<[3]>, scale: Tensor<[]>) => x.mul(scale),
    forward: (x, scale) => [x.mul(scale), { x, scale }],
    backward: ({ x, scale }, d) => [d.mul(scale).mul(10), d.mul(x).sum()],
  })

  test('the gradient is the one given, also under vmap, and the value is not changed', () => {
    const of = program({ x: f32(3), xs: f32('n', 3), scale: f32() }, ({ x, xs, scale }) => ({
      value: clipped(x, scale),
      g: grad((x: Tensor<[3]>) => clipped(x, scale).sum())(x),
      s: grad((scale: Tensor<[]>) => clipped(x, scale).square().sum())(scale),
      rows: vmap((x: Tensor<[3]>) => grad((x: Tensor<[3]>) => clipped(x, scale).sum())(x))(xs),
      shared: grad((scale: Tensor<[]>) => vmap((x: Tensor<[3]>) => clipped(x, scale).sum())(xs).sum())(scale),
    }))
    const [x, xs] = [numbers(3, 6), numbers(6, 7)]
    const found = results(of, { x, xs, scale: [0.7] }, { n: 2 })
    closeTo(
      found.value,
      x.map((v) => v * 0.7),
      1e-12,
    )
    closeTo(found.g, [7, 7, 7], 1e-12)
    closeTo(found.s, [x.reduce((sum, v) => sum + 2 * 0.7 * v * v, 0)], 1e-12)
    closeTo(found.rows, [7, 7, 7, 7, 7, 7], 1e-12)
    closeTo(found.shared, [xs.reduce((a, b) => a + b, 0)], 1e-12)
  })

  test('a gradient through a tensor from outside is refused, and so is a derivative along a tangent', () => {
    const outside = program({ x: f32(3) }, ({ x }) =>
      grad((w: Tensor<[3]>) => {
        const f = customVjp({
          apply: (x: Tensor<[3]>) => x.mul(w),
          forward: (x) => [x.mul(w), null],
          backward: (_, d) => [d],
        })
        return f(x).sum()
      })(x),
    )
    expect(() => traceProgram(outside)).toThrow(/customVjp.*pass that tensor as an argument/s)
    const along = program({ x: f32(3) }, ({ x }) => jvp((x: Tensor<[3]>) => clipped(x, full([], 1)), [x], [x])[1])
    expect(() => traceProgram(along)).toThrow(/customVjp gives only a reverse rule/)
  })

  test('stopGradient is the identity to values and a constant to derivatives', () => {
    const of = program({ x: f32(3), n: i32() }, ({ x, n }) => {
      const tree = stopGradient({ x, n })
      is<{ readonly x: Tensor<[3]>; readonly n: Tensor<[], 'i32'> }>()(tree)
      return { same: tree.x, n: tree.n, g: grad((x: Tensor<[3]>) => x.mul(stopGradient(x)).sum())(x) }
    })
    const x = numbers(3, 8)
    expect(results(of, { x, n: [5] })).toEqual({ same: x, n: [5], g: x })
  })
})

describe("what tracing alone sees is refused in the language's words", () => {
  test.each(traced)('$says', ({ says, run }) => {
    const wrong = program(wrongSpecs, (given) => {
      run(given)
      return given.t
    })
    let error: unknown
    try {
      traceProgram(wrong, sizes)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(FluxionError)
    expect((error as FluxionError).complaint).toBe(says)
    expect((error as FluxionError).frame?.file).toMatch(/mistakes.control\.ts$/)
  })
})
