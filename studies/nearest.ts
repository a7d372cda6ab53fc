/**
 * The name that was probably meant: the one that the fewest changes of a letter make of what was written, if those are
 * few.
 */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(written.length / 3))
  const ranked = names
    .map((name) => ({ name, changes: changesBetween(written.toLowerCase(), name.toLowerCase()) }))
    // Of a letter that is replaced nothing is left that could be meant.
    .filter(({ changes }) => changes <= most && changes < written.length)
    .sort((a, b) => a.changes - b.changes)
  return ranked[0]?.name
}

/** For the end of a message that says that there is no such name: '; did you mean ...?', or nothing. */
export function didYouMean(written: string, names: readonly string[]): string {
  const name = nearestName(written, names)
  return name === undefined ? '' : `; did you mean '${name}'?`
}

/**
 * How many letters are to be inserted, left out or replaced, or neighbours swapped (the optimal string alignment of
 * Damerau and Levenshtein).
 */
function changesBetween(a: string, b: string): number {
  let [before, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = last![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(Math.min(last![j]! + 1, row[j - 1]! + 1, replaced, isSwapped ? before![j - 2]! + 1 : replaced))
    }
    ;[before, last] = [last, row]
  }
  return last![b.length]!
}
