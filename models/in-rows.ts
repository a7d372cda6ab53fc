import type { AnyProgram } from '../dsl/index.ts'
import { compile, type Device } from '../index.ts'
import type { Numbers } from '../runtime/tensor.ts'

/** Rows that one call takes at most, unless given. */
const usual = 1024
/** And at least, where it may take more. */
const fewest = 16

/** What a call is given beside its rows. */
export type Rest = { readonly [name: string]: unknown }
/** Which rows a call is of: so many from the first on, and copies of the last of them up to n. */
interface Part {
  readonly first: number
  readonly rows: number
  readonly n: number
}
/** An input with a row for each: row-major numbers. */
export interface Column {
  of(part: Part): Numbers | Promise<Numbers>
}
/** The results, by name: row-major numbers of all rows. */
type Found = { readonly [name: string]: Numbers }

/** A program whose results have a row for each row of its inputs, for any number of rows. */
export interface InRows {
  /** `rest` is the same for all rows, but for what it gives of the number of the call. */
  run(count: number, columns: { readonly [name: string]: Column }, rest: (call: number) => Rest): Promise<Found>
  dispose(): void
}

/**
 * Runs a program of n rows for any number of them: in calls of so many, 1,024 unless given, and what is left in one of
 * the next power of two, which is filled with copies of its last row. Programs of few sizes are compiled, and what
 * becomes of a row does not depend on how many there are, where rows depend on no other: times and noise that are drawn
 * are those of their call.
 */
export function inRows(program: AnyProgram, device: Device, most: number = usual): InRows {
  const compiled = new Map<number, Promise<Run>>()
  const of = (n: number): Promise<Run> => {
    const run = compiled.get(n) ?? (compile(program as never, device, { n } as never) as unknown as Promise<Run>)
    compiled.set(n, run)
    return run
  }
  return {
    async run(count, columns, rest) {
      const parts: Found[] = []
      for (let first = 0, call = 0; first < count; first += most, call += 1) {
        const rows = Math.min(most, count - first)
        const n = Math.min(most, Math.max(fewest, 2 ** Math.ceil(Math.log2(rows))))
        const given = Object.entries(columns).map(
          async ([name, column]) => [name, await column.of({ first, rows, n })] as const,
        )
        const results = (await of(n))({ ...Object.fromEntries(await Promise.all(given)), ...rest(call) })
        const read = Object.entries(results).map(async ([name, result]) => {
          const all = await result.read()
          return [name, all.subarray(0, (all.length / n) * rows)] as const
        })
        parts.push(Object.fromEntries(await Promise.all(read)))
      }
      return joined(parts)
    },
    dispose() {
      // What could not be compiled has been told of.
      for (const run of compiled.values())
        run.then(
          (made) => made.dispose(),
          () => {},
        )
      compiled.clear()
    },
  }
}

type Run = ((inputs: unknown) => { readonly [name: string]: { read(): Promise<Numbers> } }) & { dispose(): void }

/** A column of numbers that are in memory, so many to a row. */
export const columnOf = (data: Numbers, width: number): Column => ({
  of({ first, rows, n }) {
    const part = data.subarray(first * width, (first + rows) * width)
    if (rows === n) return part
    const filled = emptyLike(data, n * width)
    filled.set(part)
    for (let row = rows; row < n; row += 1) filled.set(part.subarray((rows - 1) * width), row * width)
    return filled
  },
})

function joined(parts: readonly Found[]): Found {
  const [first] = parts
  if (first === undefined || parts.length === 1) return first ?? {}
  return Object.fromEntries(
    Object.entries(first).map(([name, part]) => {
      const all = parts.map((part) => part[name]!)
      const lengths = all.map(({ length }) => length)
      const whole = emptyLike(
        part,
        lengths.reduce((sum, length) => sum + length, 0),
      )
      let at = 0
      for (const part of all) {
        whole.set(part, at)
        at += part.length
      }
      return [name, whole]
    }),
  )
}

const emptyLike = (numbers: Numbers, length: number): Numbers =>
  new (numbers.constructor as new (length: number) => Numbers)(length)
