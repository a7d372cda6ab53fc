import { describe, expect, test } from 'vitest'
import type { Expr, Variable } from '../../../compiler/kernel/expr.ts'
import type { Nest, Statement } from '../../../compiler/kernel/kernel.ts'
import { printExpr } from '../../../compiler/kernel/print.ts'
import { partsOf, Scalars } from '../../../compiler/kernel/scalars.ts'
import { emit, inLoops } from '../../../compiler/schedule/emit.ts'
import * as fc from '../../fc.ts'
import { compileGraph } from '../differential.ts'
import { randomGraphs } from '../fuse/random-graphs.ts'

describe.each(['wasm', 'wgsl'] as const)('statements for %s', (target) => {
  const ofNests = (mistakes: (nest: Nest) => readonly string[]): void =>
    fc.assert(
      fc.property(randomGraphs, (graph) => {
        const { plan } = compileGraph(graph, target)
        for (const { nests } of plan.kernels) expect(nests.flatMap(mistakes)).toEqual([])
      }),
      { numRuns: 30 },
    )

  test('bind each name once in a nest, before it is used and where it can be seen', () => {
    ofNests(mistakesIn)
  })

  test('compute nothing in a loop that could stand before it', () => {
    ofNests(({ name, body }) => unchangingIn(body).map((expr) => `${name}: ${printExpr(expr, [])}`))
  })
})

describe('sums', () => {
  const s = new Scalars()
  const [i, j, k] = [s.loop('i', 4), s.loop('j', 5), s.loop('k', 6)]
  const x = (index: Expr, slot = 0) => s.load(slot, 'f32', index)
  const emitted = (...values: readonly Expr[]): Nest => {
    const stores = values.map((value, tensor) => ({ tensor: 2 + tensor, index: i, value }))
    const { grid, body } = emit(s, (tensor) => tensor, [i], inLoops([], stores))
    return { name: 'sums', grid: grid.map((index) => ({ index, extent: 4 })), body }
  }
  const loopsIn = (body: readonly Statement[]): number =>
    body.reduce((loops, statement) => loops + (statement.kind === 'for' ? 1 + loopsIn(statement.body) : 0), 0)

  test('over the same indices share a loop', () => {
    const nest = emitted(s.reduce('add', [k], x(k)), s.reduce('max', [k], s.mul(x(k), x(k, 1))))
    expect(mistakesIn(nest)).toEqual([])
    expect(loopsIn(nest.body)).toBe(1)
  })

  test('over the same indices, one inside another loop and one not, have loops of their own', () => {
    const inside = s.reduce('add', [j], s.apply('exp', [s.reduce('add', [k], s.mul(x(k), x(j, 1)))]))
    for (const values of [
      [inside, s.reduce('add', [k], x(k))],
      [s.reduce('add', [k], x(k)), inside],
    ]) {
      const nest = emitted(...values)
      expect(mistakesIn(nest)).toEqual([])
      expect(loopsIn(nest.body)).toBe(3)
      expect(namesSetIn(nest.body)).toHaveLength(3)
    }
  })
})

/** The expressions in loops that nothing in their loop changes. */
function unchangingIn(body: readonly Statement[]): readonly Expr[] {
  const found: Expr[] = []
  const visit = (expr: Expr, changing: ReadonlySet<string>): boolean => {
    if (expr.kind === 'constant') return false
    if (expr.kind === 'variable') return changing.has(expr.name)
    const changes = partsOf(expr)
      .map((part) => visit(part, changing))
      .includes(true)
    if (!changes) found.push(expr)
    return changes
  }
  const run = (statements: readonly Statement[], changing: Set<string> | undefined): void => {
    for (const statement of statements) {
      if (statement.kind === 'for') run(statement.body, new Set([statement.index.name, ...namesSetIn(statement.body)]))
      else if (statement.kind === 'if') run(statement.body, changing)
      else if (changing && statement.kind === 'barrier') changing.add(statement.token.name)
      else if (changing && statement.kind !== 'var' && statement.kind !== 'combine' && statement.kind !== 'barrier') {
        visit(statement.value, changing)
        if (statement.kind === 'store' || statement.kind === 'put') visit(statement.index, changing)
        else changing.add(statement.variable.name)
      }
    }
  }
  run(body, undefined)
  return found
}

const namesSetIn = (body: readonly Statement[]): readonly string[] =>
  body.flatMap((statement) =>
    statement.kind === 'for' || statement.kind === 'if'
      ? namesSetIn(statement.body)
      : statement.kind === 'set'
        ? [statement.variable.name]
        : statement.kind === 'combine'
          ? statement.variables.map(({ name }) => name)
          : [],
  )

/** What is wrong with the names of a nest, and reductions and wrong numbers of lanes in its expressions. */
function mistakesIn({ name, grid, body, group }: Nest): readonly string[] {
  const wrong: string[] = []
  const taken = new Set<string>()
  const bind = (variable: Variable, scope: Set<string>) => {
    if (taken.has(variable.name)) wrong.push(`${name}: ${variable.name} is bound twice`)
    taken.add(variable.name)
    scope.add(variable.name)
  }
  const use = (expr: Expr, scope: ReadonlySet<string>): void => {
    if (expr.kind === 'variable' && !scope.has(expr.name)) wrong.push(`${name}: ${expr.name} is not bound here`)
    if (expr.kind === 'reduce') wrong.push(`${name}: a reduction is left`)
    if (!lanesFit(expr))
      wrong.push(`${name}: ${expr.kind === 'apply' ? expr.op : expr.kind} has operands of other lanes`)
    for (const part of partsOf(expr)) use(part, scope)
  }
  const run = (statements: readonly Statement[], outer: ReadonlySet<string>, sums: ReadonlySet<string>): void => {
    const [scope, own] = [new Set(outer), new Set(sums)]
    for (const statement of statements) {
      if (statement.kind === 'for') {
        const inside = new Set(scope)
        bind(statement.index, inside)
        run(statement.body, inside, own)
        continue
      }
      if (statement.kind === 'if') {
        use(statement.condition, scope)
        run(statement.body, scope, own)
        continue
      }
      if (statement.kind === 'barrier') {
        bind(statement.token, scope)
        continue
      }
      if (statement.kind === 'combine') {
        for (const { name: sum } of statement.variables) if (!own.has(sum)) wrong.push(`${name}: ${sum} is no var`)
        continue
      }
      use(statement.value, scope)
      if (statement.kind === 'store' || statement.kind === 'put') {
        use(statement.index, scope)
        continue
      }
      const { variable, value } = statement
      if (variable.lanes !== value.lanes || variable.dtype !== value.dtype)
        wrong.push(`${name}: ${variable.name} holds another type`)
      if (statement.kind === 'set' && !own.has(variable.name)) wrong.push(`${name}: ${variable.name} is set and no var`)
      if (statement.kind === 'set') continue
      bind(variable, scope)
      if (statement.kind === 'var') own.add(variable.name)
    }
  }
  const scope = new Set<string>()
  for (const { index } of grid) bind(index, scope)
  if (group) bind(group.thread, scope)
  run(body, scope, new Set())
  return wrong
}

function lanesFit(expr: Expr): boolean {
  const parts = partsOf(expr).map(({ lanes }) => lanes)
  if (expr.kind === 'constant' || expr.kind === 'load' || expr.kind === 'fetch')
    return parts.every((lanes) => lanes === 1)
  if (expr.kind !== 'apply') return parts.every((lanes) => lanes === expr.lanes)
  switch (expr.op) {
    case 'splat':
    case 'ramp':
      return expr.lanes === 4 && parts.join() === '1'
    case 'pack':
      return expr.lanes === 4 && parts.join() === '1,1,1,1'
    case 'sumLanes':
    case 'maxLanes':
      return expr.lanes === 1 && parts.join() === '4'
    case 'dot':
      return expr.lanes === 1 && parts.join() === '4,4'
    case 'extract':
      return expr.lanes === 1 && parts.join() === '4,1'
    default:
      return parts.every((lanes) => lanes === expr.lanes)
  }
}
