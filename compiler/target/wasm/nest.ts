import type { Loop, Nest, Slot, Statement } from '../../kernel/kernel.ts'
import { anyInteger, rangeOf } from '../../kernel/ranges.ts'
import { scratchOf } from '../../kernel/scratch.ts'
import { FunctionBody } from './assembler.ts'
import { pushAddress, pushElement, pushExpr } from './expression.ts'
import { type Functions, type Place, Scope, type Site, valueType } from './scope.ts'

/**
 * The body of `(begin, end, scratch, ...addresses)`: a loop over the points begin <= p < end of the nest's grid. The
 * indices of the first point are found by division, those of the next by counting on. What a workgroup would share lies
 * from `scratch` on: here a group is the one thread that runs the point.
 */
export function printNest(nest: Nest, slots: readonly Slot[], functions: Functions, relaxed: boolean): FunctionBody {
  const [point, end, scratch] = [0, 1, 2]
  if (nest.group && nest.group.thread.extent !== 1)
    throw new Error('WebAssembly has no threads that wait for each other')
  const body = new FunctionBody(['i32', 'i32', 'i32', ...slots.map(() => 'i32' as const)])
  const addresses = slots.map((_, slot) => 3 + slot)
  const shared = arraysOf(nest, scratch)
  const site: Site = { body, scope: new Scope(), slots, addresses, shared, functions, relaxed }

  body.get(point)
  body.get(end)
  body.op('i32.ge_s')
  body.if()
  body.op('return')
  body.end()
  const counters = startGrid(site, nest.grid, point)
  body.loop()
  const inside = { ...site, scope: new Scope(site.scope) }
  for (const statement of nest.body) printStatement(inside, statement)
  countOn(body, counters)
  advance(body, point, 1)
  body.get(end)
  body.op('i32.lt_s')
  body.brIf(0)
  body.end()
  return body
}

const arraysOf = (nest: Nest, local: number): readonly Place[] =>
  scratchOf(nest).offsets.map((offset, i) => ({ local, offset, elementBytes: 4 * nest.group!.shared[i]!.lanes }))

interface Counter {
  readonly local: number
  readonly extent: number
}

/**
 * Binds the indices of a grid at a point, and gives those that count, innermost first; a single one is the point itself
 * and needs no counter.
 */
function startGrid({ body, scope }: Site, grid: readonly Loop[], point: number): readonly Counter[] {
  const counting = grid.filter(({ extent }) => extent > 1)
  const single = counting.length === 1
  const counters: Counter[] = []
  for (const { index, extent } of [...grid].reverse()) {
    const local = single && extent > 1 ? point : scope.own(body, 'i32')
    scope.bind(index.name, local, [0, extent - 1])
    if (extent > 1 && !single) counters.push({ local, extent })
  }
  if (counters.length === 0) return counters
  const rest = body.take('i32')
  body.get(point)
  body.set(rest)
  for (const { local, extent } of counters) {
    body.get(rest)
    body.i32(extent)
    body.op('i32.rem_u')
    body.set(local)
    body.get(rest)
    body.i32(extent)
    body.op('i32.div_u')
    body.set(rest)
  }
  body.release(rest)
  return counters
}

function countOn(body: FunctionBody, [counter, ...outer]: readonly Counter[]): void {
  if (!counter) return
  advance(body, counter.local, 1)
  body.i32(counter.extent)
  body.op('i32.eq')
  body.if()
  body.i32(0)
  body.set(counter.local)
  countOn(body, outer)
  body.end()
}

/** Adds to a local and leaves the sum on the stack. */
function advance(body: FunctionBody, local: number, by: number): void {
  body.get(local)
  body.i32(by)
  body.op('i32.add')
  body.tee(local)
}

/** As many sums of a loop stay in registers whatever V8 makes of it. */
const fewSums = 9

/**
 * The parts of a loop's body that are to be computed one after the other. V8 adds to a sum that nothing else waits for
 * at the end of a block, when all that is added has been loaded: with twelve sums it would run out of registers, of
 * which there are enough for a part at a time. The two sums of a part are those of one row of a tile.
 */
function inOrder(body: readonly Statement[]): readonly (readonly Statement[])[] {
  const isSum = (statement: Statement): boolean => statement.kind === 'set' && statement.variable.lanes === 4
  if (body.filter(isSum).length <= fewSums) return [body]
  const parts: Statement[][] = [[]]
  for (const statement of body) {
    const part = parts.at(-1)!
    if (!isSum(statement) && part.filter(isSum).length >= 2) parts.push([statement])
    else part.push(statement)
  }
  return parts
}

/**
 * A way out of a loop that is never taken, as its index is not negative, and would need the sums as they are here: so
 * they have been computed. Each of a loop asks something else, since what has been answered is not asked again.
 */
function neverLeave(body: FunctionBody, index: number, part: number): void {
  body.get(index)
  body.i32(-part)
  body.op('i32.eq')
  body.brIf(1)
}

function printStatement(site: Site, statement: Statement): void {
  const { body, scope } = site
  switch (statement.kind) {
    case 'let':
    case 'var': {
      const { variable, value } = statement
      const changes = statement.kind === 'var'
      pushExpr(site, value)
      const local = scope.own(body, valueType(variable.dtype, variable.lanes))
      body.set(local)
      const known = !changes && variable.dtype === 'i32' && variable.lanes === 1
      scope.bind(variable.name, local, known ? rangeOf(value, (name) => scope.find(name).range) : anyInteger, changes)
      return
    }
    case 'set':
      pushExpr(site, statement.value)
      body.set(scope.find(statement.variable.name).local)
      return
    case 'store': {
      const { slot, index, value } = statement
      const offset = pushAddress(site, slot, index)
      pushExpr(site, value)
      if (value.lanes === 4 && value.dtype === 'bool') body.op('i32x4.neg')
      body.memory(value.lanes === 4 ? 'v128.store' : value.dtype === 'f32' ? 'f32.store' : 'i32.store', offset)
      return
    }
    case 'for': {
      const { index, from, to, step } = statement
      if (from >= to) return
      const inside = { ...site, scope: new Scope(scope) }
      const local = inside.scope.own(body, 'i32')
      inside.scope.bind(index.name, local, [from, to - step])
      body.i32(from)
      body.set(local)
      const repeats = from + step < to
      const parts = repeats && from >= 0 ? inOrder(statement.body) : [statement.body]
      if (parts.length > 1) body.block()
      if (repeats) body.loop()
      for (const [part, statements] of parts.entries()) {
        if (part > 0) neverLeave(body, local, part)
        for (const inner of statements) printStatement(inside, inner)
      }
      if (repeats) {
        advance(body, local, step)
        body.i32(to)
        body.op('i32.lt_s')
        body.brIf(0)
        body.end()
      }
      if (parts.length > 1) body.end()
      inside.scope.leave(body)
      return
    }
    case 'if': {
      pushExpr(site, statement.condition)
      body.if()
      const inside = { ...site, scope: new Scope(scope) }
      for (const inner of statement.body) printStatement(inside, inner)
      body.end()
      inside.scope.leave(body)
      return
    }
    case 'put': {
      const { shared, index, value } = statement
      const offset = pushElement(site, site.shared[shared]!, index)
      pushExpr(site, value)
      body.memory(value.lanes === 4 ? 'v128.store' : 'f32.store', offset)
      return
    }
    case 'barrier':
      return
    case 'combine':
      throw new Error('WebAssembly has no threads that wait for each other')
  }
}
