import { describe, expect, test } from 'vitest'
import { verify } from '../../compiler/ir/verify.ts'
import {
  type AnyProgram,
  checkpoint,
  cond,
  customVjp,
  FluxionError,
  f32,
  foriLoop,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  linearize,
  map,
  program,
  scan,
  type Traced,
  traceProgram,
  valueAndGrad,
  vjp,
  vmap,
  whileLoop,
} from '../../dsl/index.ts'
import { TracedTensor } from '../../dsl/traced-tensor.ts'
import * as fc from '../fc.ts'
import { times } from '../full.ts'
import { calls, misheld, type Outcome, outcomes, sizes, specs, strange, Thrown } from './anything.ts'

// Any function of the language, or any method of a tensor, on anything at all, and then on what that gave: it gives
// something, or says in the language's own words what is wrong.

const shown = ({ at, args }: Outcome): string =>
  `${at}(${args.map((arg) => (arg instanceof TracedTensor ? `${arg}` : typeof arg)).join(', ')})`

/** What becomes of calls in a program whose results are all tensors that they give. */
function traced(body: (inputs: { readonly [name: string]: unknown }) => readonly Outcome[]): {
  readonly all: readonly Outcome[]
  readonly traced: Traced
} {
  let all: readonly Outcome[] = []
  const of = program(specs as never, (inputs: { readonly [name: string]: unknown }) => {
    all = body(inputs)
    const made = all.map(({ result }) => result).filter((result) => result instanceof TracedTensor)
    return { first: inputs.x, ...Object.fromEntries(made.map((tensor, i) => [`made${i}`, tensor])) }
  })
  const made = traceProgram(of as unknown as AnyProgram, sizes)
  return { all, traced: made }
}

function checkAll(all: readonly Outcome[]): readonly [refused: number, made: number] {
  for (const outcome of all) {
    expect(outcome.error === undefined ? undefined : strange(outcome.error), shown(outcome)).toBeUndefined()
    expect(misheld(outcome.result), shown(outcome)).toBeUndefined()
  }
  const refused = all.filter(({ error }) => error !== undefined).length
  return [refused, all.length - refused]
}

test('whatever is called with whatever gives a value or an error of the language', { timeout: 60_000 * times }, () => {
  let [called, refused, made, after] = [0, 0, 0, 0]
  fc.assert(
    fc.property(calls, (steps) => {
      const { all, traced: graph } = traced((inputs) => outcomes(steps, inputs))
      const [no, yes] = checkAll(all)
      // What was left unfinished by what failed does no harm.
      verify(graph.graph)
      called += all.length
      refused += no
      made += yes
      after += all.slice(1).filter(({ error }) => error === undefined).length
    }),
    { numRuns: 2500 * times },
  )
  expect(called).toBeGreaterThan(4000 * times)
  // Neither way is rare, and neither is a call that is made on the result of another.
  expect(Math.min(refused, made)).toBeGreaterThan(called / 8)
  expect(after).toBeGreaterThan(called / 16)
})

test('outside of a program it does, too', { timeout: 60_000 * times }, () => {
  let ended: { readonly [name: string]: unknown } = {}
  traced((inputs) => {
    ended = inputs
    return []
  })
  let [refused, made] = [0, 0]
  fc.assert(
    fc.property(calls, (steps) => {
      const [no, yes] = checkAll(outcomes(steps, ended))
      refused += no
      made += yes
    }),
    { numRuns: 500 * times },
  )
  // Layers, optimisers, specs and programs are made anywhere.
  expect(made).toBeGreaterThan(20 * times)
  expect(refused).toBeGreaterThan(300 * times)
})

describe('an error of the author stays as it is', () => {
  const mine = new Thrown('of the author')
  const throwing = (): never => {
    throw mine
  }
  type Takes = (x: unknown) => unknown
  const x = f32(3)
  const bodies: { readonly [name: string]: (x: never) => unknown } = {
    checkpoint: (x) => checkpoint(throwing as (x: unknown) => unknown)(x),
    cond: (x: never) => cond((x as unknown as TracedTensor).sum().less(0) as never, throwing, throwing),
    customVjp: (x) => customVjp({ apply: throwing, forward: throwing, backward: throwing } as never)(x),
    foriLoop: (x) => foriLoop(0, 2, throwing as never, x),
    grad: (x) => (grad(throwing as never) as Takes)(x),
    hessian: (x) => (hessian(throwing as never) as Takes)(x),
    hvp: (x) => hvp(throwing as never, [x] as never, [x] as never),
    jacfwd: (x) => (jacfwd(throwing as never) as Takes)(x),
    jacrev: (x) => (jacrev(throwing as never) as Takes)(x),
    jvp: (x) => jvp(throwing as never, [x] as never, [x] as never),
    linearize: (x) => linearize(throwing as never, x),
    map: (x) => map(throwing as never, x),
    program: throwing,
    scan: (x) => scan(throwing as never, x, x as never),
    valueAndGrad: (x) => (valueAndGrad(throwing as never) as Takes)(x),
    vjp: (x) => vjp(throwing as never, x),
    vmap: (x) => (vmap(throwing as never) as Takes)(x),
    whileLoop: (x) => whileLoop(throwing as never, throwing as never, x),
  }
  for (const [name, body] of Object.entries(bodies))
    test(name, () => {
      let thrown: unknown
      try {
        traceProgram(program({ x }, ({ x }) => body(x as never) as never) as unknown as AnyProgram)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBe(mine)
      expect(thrown).not.toBeInstanceOf(FluxionError)
    })
})
