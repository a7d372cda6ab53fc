import type { Compilation } from '../../compiler/compile.ts'
import type { Nest, Statement } from '../../compiler/kernel/kernel.ts'
import type { WgslCode } from '../../compiler/plan/plan.ts'
import { splitSums } from '../../compiler/transform/split-sums.ts'
import { executableOf } from './differential.ts'

/** How a GPU's kernels may be scheduled: those of workgroups that work together, and those of any. */
export const forms = {
  together: [
    'a tile of products, in vectors of columns',
    'a tile of products, in vectors of terms',
    'a tile of products, its terms shared by threads',
    'a tile of products in parts, for long sums',
    'a row by a thread',
    'a row by several threads',
    'columns side by side',
    'sums in parts by several kernels',
  ],
  alone: ['a tile of sums by a thread', 'long sums in blocks'],
  any: ['memory in vectors of four', 'memory by elements', 'elements in fours', 'elements one by one', 'several nests'],
} as const

/** The forms of all kernels of a compilation for a GPU. */
export function formsOf(compilation: Compilation, together: boolean): ReadonlySet<string> {
  const { plan, simplified } = compilation
  const found = new Set<string>()
  const { shaders } = executableOf(compilation).code as WgslCode
  for (const [, type] of shaders.flatMap(({ source }) => [...source.matchAll(/read_write> \w+: array<(\w+)>/g)]))
    found.add(type === 'vec4f' ? 'memory in vectors of four' : 'memory by elements')
  for (const { nests } of plan.kernels) {
    if (nests.length > 1) found.add('several nests')
    for (const nest of nests) for (const form of nest.group ? formsOfGroup(nest) : formsOfThread(nest)) found.add(form)
  }
  if (together && splitSums(simplified, 256) !== simplified) found.add('sums in parts by several kernels')
  return found
}

function formsOfGroup({ body, group }: Nest): readonly string[] {
  const combined = statementsIn(body).flatMap((statement) => (statement.kind === 'combine' ? [statement] : []))
  const [left, right] = group!.shared
  if (!left || !right) {
    const [first] = combined
    // Neighbouring threads, each with the numbers of a row, gather what they store.
    const gathers = first?.stride === 1 && first.variables.every(({ lanes }) => lanes === 4)
    if (!first || gathers) return ['a row by a thread']
    return [first.stride === 1 ? 'a row by several threads' : 'columns side by side']
  }
  const lanes = statementsIn(body).some(
    ({ kind, ...of }) => kind === 'var' && 'variable' in of && of.variable.lanes === 4,
  )
  return [
    `a tile of products, in vectors of ${lanes ? 'columns' : 'terms'}`,
    ...(combined.length > 0 ? ['a tile of products, its terms shared by threads'] : []),
    ...(blocks(body) ? ['a tile of products in parts, for long sums'] : []),
  ]
}

function formsOfThread({ body }: Nest): readonly string[] {
  const all = statementsIn(body)
  const stores = all.flatMap((statement) => (statement.kind === 'store' ? [statement] : []))
  if (!all.some(({ kind }) => kind === 'var'))
    return stores.map(({ value }) => (value.lanes === 4 ? 'elements in fours' : 'elements one by one'))
  return [
    ...(stores.length >= 8 ? ['a tile of sums by a thread'] : []),
    ...(blocks(body) ? ['long sums in blocks'] : []),
  ]
}

/** Whether a loop begins sums that a loop in it adds up. */
const blocks = (body: readonly Statement[]): boolean =>
  statementsIn(body).some(
    (statement) =>
      statement.kind === 'for' &&
      statement.body.some(({ kind }) => kind === 'var') &&
      statement.body.some(({ kind }) => kind === 'for'),
  )

const statementsIn = (body: readonly Statement[]): readonly Statement[] =>
  body.flatMap((statement) => ['body' in statement ? statementsIn(statement.body) : [], statement].flat())
