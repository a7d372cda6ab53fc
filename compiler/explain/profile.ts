import type { Explained } from './explained.ts'

export interface ProfileOptions {
  /** How often the program runs; default 20. */
  readonly runs?: number
  /** 'text' to read here, 'json' as data. */
  readonly format?: 'text' | 'json'
}

/** What the kernels of a program cost, as plain data. */
export interface Profile {
  readonly program: string
  readonly device: string
  readonly runs: number
  /** What tells the time: the GPU's timestamps, or the clock of the CPU that runs the kernels. */
  readonly clock: 'timestamp-query' | 'performance.now'
  /** The steps in which a GPU's timestamps come, in nanoseconds. */
  readonly resolution?: number
  /** All kernels together. */
  readonly milliseconds: number
  /** In the order in which they run. */
  readonly kernels: readonly ProfiledKernel[]
}

/** One kernel, with all of its runs in a call. */
export interface ProfiledKernel {
  /** Position and name in what `explain` gives. */
  readonly index: number
  readonly name: string
  /** How often in a call; 0: as often as a condition holds. */
  readonly times: number
  /** The median over the calls; where timestamps come in coarse steps, the mean. */
  readonly milliseconds: number
  readonly fastest: number
  readonly slowest: number
  /** Of all kernels: 0 to 1. */
  readonly share: number
  /**
   * 10^9 operations, and bytes, a second, of those that `explain` counts; left out where no time or no number of turns
   * is known.
   */
  readonly gflops?: number
  readonly gbs?: number
}

/** @throws TypeError where there is no such number of runs; `call` is what was asked for them. */
export function checkRuns(call: string, runs: number): void {
  if (!Number.isSafeInteger(runs) || runs < 1)
    throw new TypeError(`${call}: the number of runs is ${runs}; it must be a whole number above 0`)
}

/** How many runs are wanted. @throws TypeError where there is no such number of runs, or no such format. */
export function runsOf(program: string, { runs = 20, format = 'text' }: ProfileOptions = {}): number {
  checkRuns(`${program}.profile`, runs)
  if (format !== 'text' && format !== 'json')
    throw new TypeError(`${program}.profile: the format is ${format}; write 'text' or 'json'`)
  return runs
}

/** `nanoseconds[run][kernel]` as a table, or as data. */
export function profiled(
  explained: Explained,
  device: string,
  nanoseconds: readonly (readonly number[])[],
  { format = 'text' }: ProfileOptions = {},
): string | Profile {
  const profile = profileOf(explained, device, nanoseconds)
  return format === 'json' ? profile : printProfile(profile)
}

/** Coarser timestamps, in nanoseconds, are evened out by a mean. */
const coarse = 5000

/** `nanoseconds[run][kernel]` as figures. */
export function profileOf(
  { program, target, kernels }: Explained,
  device: string,
  nanoseconds: readonly (readonly number[])[],
): Profile {
  const resolution = target === 'wgsl' ? commonStep(nanoseconds.flat()) : undefined
  const middle = resolution !== undefined && resolution >= coarse ? meanOf : medianOf
  const each = kernels.map((kernel) => {
    const all = nanoseconds.map((run) => run[kernel.index]! / 1e6)
    return { kernel, all, milliseconds: middle(all) }
  })
  const milliseconds = each.reduce((sum, one) => sum + one.milliseconds, 0)
  return {
    program,
    device,
    runs: nanoseconds.length,
    clock: target === 'wgsl' ? 'timestamp-query' : 'performance.now',
    ...(resolution !== undefined && { resolution }),
    milliseconds,
    kernels: each.map(({ kernel, all, milliseconds: own }) => {
      const { index, name, times, flops, bytesRead, bytesWritten } = kernel
      const known = own > 0 && times > 0
      return {
        index,
        name,
        times,
        milliseconds: own,
        fastest: Math.min(...all),
        slowest: Math.max(...all),
        share: milliseconds > 0 ? own / milliseconds : 0,
        ...(known && {
          gflops: (times * flops) / (1e6 * own),
          gbs: (times * (bytesRead + bytesWritten)) / (1e6 * own),
        }),
      }
    }),
  }
}

/** A table, the slowest first. */
export function printProfile({ program, device, runs, clock, resolution, milliseconds, kernels }: Profile): string {
  const head = ['kernel', '', 'ms', 'share', 'GFLOP/s', 'GB/s']
  const rows = kernels
    .toSorted((a, b) => b.milliseconds - a.milliseconds || a.index - b.index)
    .map(({ index, name, times, milliseconds: own, share, gflops, gbs }) => [
      `${index}`,
      times === 1 ? name : `${name} ${times === 0 ? '(in a loop)' : `(${times} times)`}`,
      own.toFixed(3),
      `${(100 * share).toFixed(1)}%`,
      gflops?.toPrecision(3) ?? '-',
      gbs?.toPrecision(3) ?? '-',
    ])
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 1 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd()
  const isCoarse = resolution !== undefined && resolution >= coarse
  return [
    `${program} on ${device}: ${milliseconds.toFixed(3)} ms in its kernels, ${isCoarse ? 'mean' : 'median'} of ${runs} runs, by ${clock}`,
    ...(isCoarse
      ? [
          `its timestamps come in steps of ${(resolution / 1e6).toPrecision(3)} ms; Chrome with --enable-webgpu-developer-features gives finer ones`,
        ]
      : []),
    '',
    line(head),
    ...rows.map(line),
  ].join('\n')
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The largest number of which all are multiples; undefined where all are 0. */
function commonStep(values: readonly number[]): number | undefined {
  const step = values.map(Math.round).reduce((a, b) => {
    let [x, y] = [a, b]
    while (y > 0) [x, y] = [y, x % y]
    return x
  }, 0)
  return step > 0 ? step : undefined
}
