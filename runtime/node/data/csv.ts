import { readFile } from 'node:fs/promises'
import { type CsvColumns, type CsvDataset, type CsvOptions, parseCsv } from '../../data/csv.ts'

/**
 * A CSV file as a dataset: `loadCsv(path, { columns: { size: { from: ['width', 'height'] }, kind: { labels: ['cat',
 * 'dog'] } } })`. Needs the package `csv-parse`.
 *
 * @throws DataError with the line, where a field is missing or is not what its column says.
 */
export const loadCsv = async <const O extends CsvColumns>(
  path: string,
  options: CsvOptions<O>,
): Promise<CsvDataset<O>> => parseCsv(await readFile(path), path, options)
