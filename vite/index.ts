import type { Plugin } from 'vite'
import { inserted } from './source-map.ts'
import type { Node } from './syntax.ts'
import { nameInsertions } from './unnamed-programs.ts'

/**
 * A plugin for Vite and vitest that gives every program the name of the variable that holds it, so that reports and errors say `flowMatching` and not `program at matching.ts:12`.
 * A program with a name of its own keeps it.
 */
export function fluxion(): Plugin {
  return {
    name: 'fluxion',
    // Without `enforce`, it comes after TypeScript has become JavaScript, which every version of Vite can parse.
    transform(code, id) {
      if (!script.test(id) || !mentions(code)) return undefined
      const insertions = nameInsertions(this.parse(code) as unknown as Node, code)
      return insertions.length > 0 ? inserted(code, insertions, id.replace(/[?#].*$/, '')) : undefined
    },
  }
}

const script = /\.[cm]?[jt]sx?($|\?)/
/** Parsing is spared where there is nothing to find. */
const mentions = (code: string): boolean => /['"]fluxion['"]/.test(code) && /\bprogram\b/.test(code)
