/** What an error says. Anything may be thrown, also what has no text. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : `${thrown}`
  } catch {
    return 'something that cannot be shown'
  }
}
