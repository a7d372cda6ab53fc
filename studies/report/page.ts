import { escaped } from '../../compiler/explain/html/escape.ts'
import { style } from './style.ts'

interface Section {
  readonly id: string
  readonly title: string
  readonly html: string
}

export const section = (id: string, title: string, body: string): Section => ({
  id,
  title,
  html: `<section id="${id}">\n<h2>${title}</h2>\n${body}\n</section>`,
})

interface Page {
  readonly title: string
  readonly head: string
  /** Below the head. */
  readonly about: string
  /** Sections that stand in `before`. */
  readonly first?: readonly Pick<Section, 'id' | 'title'>[]
  /** HTML. */
  readonly before?: string
  readonly sections: readonly Section[]
}

/** A page that needs nothing beside it and no network. */
export const pageOf = ({ title, head, about, first = [], before = '', sections }: Page): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escaped(head)}</h1>
<p>${escaped(about)}</p>
</header>
<nav aria-label="sections"><ul>${[...first, ...sections].map(({ id, title }) => `<li><a href="#${id}">${title}</a></li>`).join('')}</ul></nav>
<main>
${before}
${sections.map(({ html }) => html).join('\n')}
</main>
</body>
</html>
`

/** To the minute, in UTC, so that a page is the same wherever it is made. */
export const dateOf = (iso: string): string => `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`
