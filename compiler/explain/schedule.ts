import type { Step } from '../emit-steps.ts'
import type { FusedNest } from '../fuse/fuse.ts'
import type { Nest, Statement } from '../kernel/kernel.ts'
import type { Code } from '../plan/plan.ts'
import type { Schedule, ScheduledNest } from './explained.ts'

/** How a kernel is computed, as its nests say. */
export function scheduleOf({ nests: fused, parts }: Step, code: Code, dispatch: number): Schedule {
  const alone = code.target === 'wgsl' ? 'thread' : 'iteration'
  const nests = parts.flatMap((made, i) => made.map((nest) => nestOf(nest, fused[i]!, alone)))
  if (code.target === 'wasm') return { nests }
  const { workgroups, source } = code.shaders[code.dispatches[dispatch]!]!
  const threads = Number(/@workgroup_size\((\d+)/.exec(source)![1])
  return { workgroups, threads, nests }
}

function nestOf({ name, grid, body, group }: Nest, fused: FusedNest, alone: 'thread' | 'iteration'): ScheduledNest {
  const points = grid.reduce((product, { extent }) => product * extent, 1)
  const elements = fused.axes.reduce((product, { extent }) => product * extent!, fused.stores.length)
  return {
    name,
    grid: grid.map(({ index, extent }) => ({ name: index.name, extent })),
    // What would be a workgroup is one thread on a CPU.
    by: group && alone === 'thread' ? 'workgroup' : alone,
    // Which threads of a workgroup store is not worth finding out: a nest that they run has no other parts.
    tile: group ? Math.ceil(elements / points) : storedIn(body),
    lanes: isWide(body) ? 4 : 1,
    loops: loopsIn(body),
    splits: splitsIn(body),
    sharedBytes: (group?.shared ?? []).reduce((sum, { lanes, size }) => sum + 4 * lanes * size, 0),
  }
}

const storedIn = (body: readonly Statement[]): number =>
  body.reduce((sum, statement) => {
    if (statement.kind === 'store') return sum + statement.value.lanes
    if (statement.kind === 'if') return sum + storedIn(statement.body)
    return statement.kind === 'for' ? sum + turnsOf(statement) * storedIn(statement.body) : sum
  }, 0)

const turnsOf = ({ from, to, step }: Extract<Statement, { kind: 'for' }>): number => Math.ceil((to - from) / step)

const isWide = (body: readonly Statement[]): boolean =>
  body.some((statement) => {
    if (statement.kind === 'for' || statement.kind === 'if') return isWide(statement.body)
    return 'value' in statement && statement.value.lanes === 4
  })

function loopsIn(body: readonly Statement[]): readonly number[] {
  const product = (turns: readonly number[]) => turns.reduce((all, one) => all * one, 1)
  let longest: readonly number[] = []
  for (const statement of body) {
    if (statement.kind !== 'for' && statement.kind !== 'if') continue
    const inner = loopsIn(statement.body)
    const turns = statement.kind === 'for' ? [turnsOf(statement), ...inner] : inner
    if (product(turns) > product(longest)) longest = turns
  }
  return longest
}

const splitsIn = (body: readonly Statement[]): number =>
  body.reduce((most, statement) => {
    if (statement.kind === 'combine') return Math.max(most, statement.width)
    return statement.kind === 'for' || statement.kind === 'if' ? Math.max(most, splitsIn(statement.body)) : most
  }, 1)
