/**
 * What keeps sources from being read: a mistake in what was asked for, or in the sources. Its message says what to do.
 */
export class FrontendError extends Error {
  override readonly name = 'FrontendError'
}
