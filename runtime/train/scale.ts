import type { Dataset } from '../data/dataset.ts'

export interface Scale {
  readonly mean: number
  readonly std: number
}

/** How many rows are looked at, evenly over the data. */
const most = 2048

/**
 * What to tell about the numbers of the columns that are trained on: that they are not as was said, or, where nothing
 * was, that they are of a size on which networks train badly.
 */
export async function scaleWarnings(
  set: Dataset,
  names: readonly string[],
  said: { readonly [name: string]: Scale },
): Promise<readonly string[]> {
  for (const name of Object.keys(said))
    if (!names.includes(name))
      throw new TypeError(
        `fit: scale speaks of ${name}, which is no column that is trained on; they are ${names.join(', ')}`,
      )
  const count = Math.min(most, set.size)
  const rows = await set.rows(Uint32Array.from({ length: count }, (_, i) => Math.floor((i * set.size) / count)))
  return names.flatMap((name) => {
    if (set.columns[name]!.dtype !== 'f32') return []
    const found = scaleOf(rows[name] as Float32Array)
    const problem = said[name] ? differs(found, said[name], count) : unusual(found)
    if (problem === undefined) return []
    const has = `column ${name} has mean ${found.mean.toPrecision(3)} and standard deviation ${found.std.toPrecision(3)}`
    return [`${has}, ${problem}`]
  })
}

function scaleOf(values: Float32Array): Scale {
  let [sum, squares] = [0, 0]
  for (const value of values) sum += value
  const mean = sum / values.length
  for (const value of values) squares += (value - mean) ** 2
  return { mean, std: Math.sqrt(squares / values.length) }
}

function differs({ mean, std }: Scale, said: Scale, count: number): string | undefined {
  // A tenth, and what few rows are off by.
  const off = (0.1 + 3 / Math.sqrt(count)) * said.std
  const isSame = Math.abs(mean - said.mean) <= off && Math.abs(std - said.std) <= off
  return isSame
    ? undefined
    : `and not ${said.mean} and ${said.std} as scale says: is it normalised twice, or not at all?`
}

/** Pixels up to 255 have deviations of about 70. NaN is neither small nor large. */
function unusual({ mean, std }: Scale): string | undefined {
  if (!Number.isFinite(std)) return 'which are no numbers: look for NaN and infinities in the file'
  if (std > 0 && std < 10 && std > 0.01 && Math.abs(mean) < 10 * std) return undefined
  return 'and networks train best on about 0 and 1: normalise it, or say that it is meant so with scale'
}
