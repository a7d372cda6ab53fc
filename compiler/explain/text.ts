import { amount } from './amount.ts'
import type {
  Explained,
  ExplainedKernel,
  ExplainedNest,
  ExplainedTensor,
  Operation,
  Schedule,
  ScheduledNest,
} from './explained.ts'

/** What became of a program, for reading in a terminal. */
export function printExplained(explained: Explained): string {
  const { program, dims, target, totals, memory, kernels } = explained
  const sizes = Object.entries(dims).map(([name, size]) => `${name} = ${size}`)
  const { least } = totals
  const often = totals.dispatches === totals.kernels ? '' : `, run ${totals.dispatches} times in all`
  return [
    `${program}${sizes.length ? ` with ${sizes.join(', ')}` : ''}, for ${target}`,
    `${countOf(totals.kernels, 'kernel')}${often}, ${amount(totals.flops, 'FLOP')}, ${amount(totals.bytes, 'B')} moved (at least ${countOf(least.kernels, 'kernel')} and ${amount(least.bytes, 'B')})`,
    `${amount(memory.all, 'B')} of memory: inputs ${amount(memory.inputs, 'B')}, state ${amount(memory.state, 'B')}, outputs ${amount(memory.outputs, 'B')}, temporaries ${amount(memory.temporaries, 'B')} (at most ${amount(memory.live, 'B')} in use at a time, ${amount(memory.withoutReuse, 'B')} without reuse)`,
    '',
    ...kernels.flatMap((kernel) => printKernel(kernel, explained.tensors)),
  ].join('\n')
}

function printKernel(kernel: ExplainedKernel, tensors: readonly ExplainedTensor[]): readonly string[] {
  const { index, flops, bytesRead, bytesWritten, intensity, nests, schedule } = kernel
  const work = `${amount(flops, 'FLOP')}, ${amount(bytesRead + bytesWritten, 'B')} (${amount(bytesRead, 'B')} read, ${amount(bytesWritten, 'B')} written), ${amount(intensity, 'FLOP/B')}${turnsOf(kernel)}`
  const read = kernel.reads.map((number) => tensors[number]!).filter(({ madeBy }) => madeBy !== undefined)
  const stored = kernel.writes.map((number) => tensors[number]!).filter(({ readBy }) => readBy.length > 0)
  return [
    `${`${index}`.padStart(3)}  ${work}`,
    ...nests.flatMap((nest) => [
      `     [${nest.shape.join(', ')}] ${storesOf(nest)}`,
      ...operationsByLine(nest.operations).map((line) => `         ${line}`),
    ]),
    `     runs ${printSchedule(schedule)}`,
    ...(read.length > 0
      ? [
          `     reads ${read.map(({ name, madeBy }) => `${name} of ${madeBy === index ? 'its last run' : madeBy}`).join(', ')}`,
        ]
      : []),
    ...stored.map(({ name, readBy, why }) => `     stores ${name} for ${readBy.join(', ')}: ${why!.text}`),
  ]
}

const turnsOf = ({ times }: ExplainedKernel): string =>
  times === 1 ? '' : times === 0 ? ', in every turn of a loop' : `, ${times} times`

const storesOf = ({ stores }: ExplainedNest): string =>
  stores.map(({ name, line }) => (line ? `${name} (${line})` : name)).join(', ')

/** What computes nothing is not worth a word. */
const isShown = ({ primitive }: Operation): boolean =>
  !['constant', 'broadcast', 'reshape', 'transpose'].includes(primitive)

/**
 * 'flow.ts:12 (layer 2): dot add sigmoid mul': a row for each line and place of the author's, in the order of what is
 * done first.
 */
export function operationsByLine(operations: readonly Operation[]): readonly string[] {
  const shown = operations.filter(isShown)
  if (shown.length === 0) return ['copy']
  const rows = new Map<string, string[]>()
  for (const { line = '', scope, primitive } of shown) {
    const from = [line, scope && `(${scope})`].filter(Boolean).join(' ')
    rows.set(from, [...(rows.get(from) ?? []), primitive])
  }
  return [...rows].map(([from, names]) => `${from && `${from}: `}${counted(names).join(' ')}`)
}

/** Neighbours of one name as 'mul x3'. */
function counted(names: readonly string[]): readonly string[] {
  const runs: { readonly name: string; count: number }[] = []
  for (const name of names) {
    const last = runs.at(-1)
    if (last?.name === name) last.count++
    else runs.push({ name, count: 1 })
  }
  return runs.map(({ name, count }) => (count === 1 ? name : `${name} x${count}`))
}

/** '64 workgroups of 256 threads: grid 8 x 8, tiles of 1024, loops of 32, 4 threads a sum, 9.2 kB shared' */
export function printSchedule({ workgroups, threads, nests }: Schedule): string {
  const groups = workgroups?.reduce((product, count) => product * count, 1)
  const head = groups === undefined ? '' : `in ${countOf(groups, 'workgroup')} of ${threads} threads: `
  const each = nests.map(({ grid, by, tile, lanes, loops, splits, sharedBytes }) =>
    [
      pointsOf(grid, by),
      ...(tile > 1 ? [`${tile} elements each`] : []),
      ...(lanes > 1 ? [`${lanes} lanes`] : []),
      ...(loops.length > 0 ? [`loops ${loops.join(' x ')}`] : []),
      ...(splits > 1 ? [`${splits} threads a sum`] : []),
      ...(sharedBytes > 0
        ? [`${amount(sharedBytes, 'B')} ${by === 'workgroup' ? 'shared' : 'of packed factors'}`]
        : []),
    ].join(', '),
  )
  const found = new Map<string, number>()
  for (const one of each) found.set(one, (found.get(one) ?? 0) + 1)
  return head + [...found].map(([one, count]) => (count === 1 ? one : `${count} of ${one}`)).join('; ')
}

const pointsOf = (grid: ScheduledNest['grid'], by: string): string =>
  grid.length > 1 ? `${grid.map(({ extent }) => extent).join(' x ')} ${by}s` : countOf(grid[0]?.extent ?? 1, by)

export const countOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
