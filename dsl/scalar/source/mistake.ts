/** What cannot be compiled, at an offset of the source that was read. */
export class Mistake extends Error {
  override readonly name = 'Mistake'
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/** How much of a line a code frame shows, and how much of that before the place where the line is cut. */
const width = 100
const before = 60

/** The line that an offset is in, without its indentation and cut where it is long, and a caret below the place. */
export function codeFrame(source: string, at: number): readonly [line: string, caret: string] {
  const start = source.lastIndexOf('\n', at - 1) + 1
  const [line = ''] = source.slice(start).split('\n', 1)
  const column = at - start
  const indentation = line.length - line.trimStart().length
  const from = column < width ? Math.min(indentation, column) : column - before
  const shown = line
    .slice(from, from + width)
    .trimEnd()
    .replace(/\s/g, ' ')
  return [shown, `${' '.repeat(column - from)}^`]
}
