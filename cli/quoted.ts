/** A part of a command as a shell is given it: what is not of plain letters in quotes. */
export const quoted = (part: string): string =>
  /^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", `'\\''`)}'`

/** A command to copy: its words, each quoted where it has to be. */
export const commandOf = (...parts: readonly string[]): string => parts.map(quoted).join(' ')
