import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Code } from '../../../compiler/frontend/index.ts'

const folder = resolve(import.meta.dirname, '../../../docs/diagnostics')

export interface Page {
  readonly code: Code
  readonly title: string
  /** Its listings, as files by name. */
  readonly wrong: Files
  readonly right: Files
}
type Files = { readonly [name: string]: string }

/** Every page on something that can be found, by its code. */
export const pages: readonly Page[] = readdirSync(folder)
  .filter((name) => /^FX\d{4}\.md$/.test(name))
  .sort()
  .map((name) => {
    const text = readFileSync(join(folder, name), 'utf8')
    const [wrong, right] = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => filesIn(code!))
    return {
      code: name.replace('.md', '') as Code,
      title: /^# (.*)$/m.exec(text)![1]!,
      wrong: wrong ?? {},
      right: right ?? {},
    }
  })

/** What the list of all pages says, in its order. */
export const listed: readonly (readonly string[])[] = [
  ...readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/^\| \[(FX\d{4})\]\(\1\.md\) \| (.*) \|$/gm),
].map(([, code, title]) => [code!, title!])

/** A listing is one file, model.ts, or several, each below a comment that is its name alone. */
function filesIn(listing: string): Files {
  const parts = listing.split(/^\/\/ ([\w-]+\.ts)\n/m)
  if (parts.length === 1) return { 'model.ts': listing }
  return Object.fromEntries(parts.slice(1).flatMap((name, i, all) => (i % 2 === 0 ? [[name, all[i + 1]!]] : [])))
}
