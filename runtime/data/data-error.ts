/** A file, or bytes that stand for one, is not what it should be. Nothing of it is used. */
export class DataError extends Error {
  /** The file, or what else it was called. */
  readonly file: string
  /** Where in it, in bytes; undefined where it is no one place. */
  readonly offset: number | undefined

  /** `problem`: 'expected ..., found ...'. */
  constructor(file: string, offset: number | undefined, problem: string, options?: ErrorOptions) {
    super(`${file}${offset === undefined ? '' : `, byte ${offset}`}: ${problem}`, options)
    this.name = 'DataError'
    this.file = file
    this.offset = offset
  }
}
