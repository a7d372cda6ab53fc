const entities: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text as it may stand in a page or an attribute. */
export const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character]!)

/** At most so many characters, with the middle left out. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  const end = Math.floor((most - 1) / 2)
  return `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`
}

/** A coordinate, without digits that nobody sees. */
export const at = (value: number): string => `${Math.round(value * 10) / 10}`
