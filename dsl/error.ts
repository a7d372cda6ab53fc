import type { Frame, Source } from '../compiler/ir/graph.ts'

/**
 * A mistake in an author's program. The first line of its message is worded as the type error is; the next ones say
 * where.
 */
export class FluxionError extends Error {
  override readonly name = 'FluxionError'
  /** The first line. */
  readonly complaint: string
  /** The author's line, where the stack tells it. */
  readonly frame: Frame | undefined

  /** `excerpt` shows the place in a source that is not the file's own, such as a function's text. */
  constructor(complaint: string, source: Source, excerpt: readonly string[] = []) {
    const frame = source.frame()
    super(
      [
        complaint,
        ...excerpt.map((line) => `    ${line}`),
        ...(source.scope.length > 0 ? [`  in ${source.scope.join(' > ')}`] : []),
        ...(frame ? [`  at ${frame.file}:${frame.line}:${frame.column}`] : []),
      ].join('\n'),
    )
    this.complaint = complaint
    this.frame = frame
  }
}

/** Something that is not what it should be, in a complaint. */
export const described = (x: unknown): string =>
  typeof x === 'string'
    ? `'${x}'`
    : typeof x === 'bigint'
      ? `${x}n`
      : typeof x === 'function'
        ? 'a function'
        : typeof x !== 'object' || x === null
          ? String(x)
          : Array.isArray(x)
            ? 'a list'
            : 'value' in x && 'trace' in x
              ? 'a tensor'
              : 'an object'
