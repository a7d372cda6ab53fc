const voids = new Set(['meta', 'img', 'br', 'link', 'input', 'hr'])

/**
 * What is not well formed in a page: tags that are not closed or not nested, bare '<' and '&', attributes without
 * quotes or twice, ids twice, links to none.
 */
export function flawsOf(page: string): readonly string[] {
  const flaws: string[] = []
  const open: string[] = []
  const ids: string[] = []
  const links: string[] = []
  const body = page.replace(/^<!doctype html>/, '').replace(/<style>[^<]*<\/style>/, '')
  const rest = body.replace(
    /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, closing: string, name: string, attributes: string, selfClosing: string) => {
      const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!] as const)
      const keys = pairs.map(([key]) => key)
      if (new Set(keys).size < keys.length) flaws.push(`an attribute twice in ${name}`)
      for (const [key, value] of pairs) {
        if (key === 'id') ids.push(value)
        if (key === 'href' && value.startsWith('#')) links.push(value.slice(1))
        const clip = /^url\(#(.*)\)$/.exec(value)
        if (clip) links.push(clip[1]!)
        if (/&(?!(amp|lt|gt|quot);)/.test(value)) flaws.push(`a bare & in ${key}`)
      }
      if (closing) {
        const last = open.pop()
        if (last !== name) flaws.push(`</${name}> closes ${last}`)
      } else if (!selfClosing && !voids.has(name)) open.push(name)
      return ''
    },
  )
  if (open.length > 0) flaws.push(`not closed: ${open.join()}`)
  if (/[<>]/.test(rest)) flaws.push(`a bare < or >: ${/.{0,30}[<>].{0,30}/.exec(rest)?.[0]}`)
  if (/&(?!(amp|lt|gt|quot);)/.test(rest)) flaws.push('a bare &')
  if (new Set(ids).size < ids.length) flaws.push('an id twice')
  for (const link of links) if (!ids.includes(link)) flaws.push(`nothing has the id ${link}`)
  return flaws
}

/** What a reader sees of markup. */
export const textOf = (html: string): string =>
  html
    .replace(/<style>[^<]*<\/style>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
    .trim()

/** The cells of the table that is captioned so, by row, as a reader sees them. */
export function cellsOf(page: string, caption: RegExp): readonly (readonly string[])[] {
  const table = [...page.matchAll(/<table>[\s\S]*?<\/table>/g)].map(([text]) => text).find((text) => caption.test(text))
  if (table === undefined) throw new Error(`no table is captioned ${caption}`)
  const body = /<tbody>([\s\S]*)<\/tbody>/.exec(table)![1]!
  return [...body.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => textOf(cell!)),
  )
}
