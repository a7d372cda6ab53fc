import type { Columns, Dataset, Rows } from './dataset.ts'

/** A dataset with only these columns of another. */
export function selectColumns<C extends Columns, K extends keyof C & string>(
  dataset: Dataset<C>,
  names: readonly K[],
): Dataset<{ readonly [N in K]: C[N] }> {
  for (const name of names)
    if (!Object.hasOwn(dataset.columns, name))
      throw new TypeError(`selectColumns: there is no column ${name}; there are ${Object.keys(dataset.columns)}`)
  const chosen = <T extends { readonly [N in K]: unknown }>(of: T) =>
    Object.fromEntries(names.map((name) => [name, of[name]])) as { [N in K]: T[N] }
  return {
    size: dataset.size,
    columns: chosen(dataset.columns),
    rows: async (indices) => chosen(await dataset.rows(indices)) as unknown as Rows<{ readonly [N in K]: C[N] }>,
  }
}
