import type { Alias, Plugin } from 'vite'
import { type AheadOptions, aheadLoader } from './ahead.ts'
import { inserted } from './source-map.ts'
import type { Node } from './syntax.ts'
import { nameInsertions } from './unnamed-programs.ts'

export type { AheadOptions } from './ahead.ts'

/**
 * A plugin for Vite and vitest that gives every program the name of the variable that holds it, so that reports and errors say `flowMatching` and not `program at matching.ts:12`.
 * A program with a name of its own keeps it.
 *
 * And it compiles programs ahead of time that are imported with `?fluxion`, as `fluxion build` does: `import { step } from './model.ts?n=256&fluxion'` gives functions that need only `fluxion/runtime`.
 */
export function fluxion(options: AheadOptions = {}): Plugin {
  let alias: Alias[] = []
  // What an author's module is run with here; of this plugin it needs the names.
  const ahead = aheadLoader(options, () => ({ plugins: [fluxion()], resolve: { alias } }))
  return {
    name: 'fluxion',
    configResolved(config) {
      alias = config.resolve.alias
    },
    async load(id) {
      const loaded = await ahead.load(id)
      if (!loaded) return undefined
      for (const file of loaded.files) this.addWatchFile(file)
      return { code: loaded.code, map: loaded.map, moduleType: 'js', moduleSideEffects: false }
    },
    watchChange(id) {
      ahead.changed(id)
    },
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
