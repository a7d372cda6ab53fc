import type { Alias, Plugin } from 'vite'
import { codeFrame, Mistake } from '../dsl/scalar/source/index.ts'
import { type AheadOptions, aheadLoader } from './ahead.ts'
import { located, offsetOf } from './located.ts'
import { scalarInsertions } from './scalar-functions.ts'
import { inserted } from './source-map.ts'
import type { Node } from './syntax.ts'
import { nameInsertions } from './unnamed-programs.ts'

export type { AheadOptions } from './ahead.ts'

/**
 * A plugin for Vite and vitest that gives every program, and every scalar function, the name of the variable that holds
 * it, so that reports and errors say `flowMatching` and not `program at matching.ts:12`; what has a name of its own
 * keeps it. It gives scalar functions what they name outside of themselves, and reports one that cannot be compiled, at
 * its line, before anything runs.
 *
 * And it compiles programs ahead of time that are imported with `?fluxion`, as `fluxion build` does: `import { step }
 * from './model.ts?n=256&fluxion'` gives functions that need only `fluxion/runtime`.
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
      const file = id.replace(/[?#].*$/, '')
      const module = this.parse(code) as unknown as Node
      try {
        const insertions = [...nameInsertions(module, code), ...scalarInsertions(module, code)]
        insertions.sort((a, b) => a.at - b.at)
        return insertions.length > 0 ? inserted(code, insertions, file) : undefined
      } catch (error) {
        if (!(error instanceof Mistake)) throw error
        const { text, ...loc } = located(code, error.at, this.getCombinedSourcemap(), file)
        const frame = codeFrame(text, offsetOf(text, loc.line - 1, loc.column)).join('\n')
        const message = `source error: scalar: ${error.message}`
        // With the code, places are taken as they are: Vite would look for them in the code, and follow the map once
        // more.
        return this.error({ message, id: file, plugin: 'fluxion', pluginCode: code, loc, frame })
      }
    },
  }
}

const script = /\.[cm]?[jt]sx?($|\?)/
/** Parsing is spared where there is nothing to find. */
const mentions = (code: string): boolean => /['"]fluxion['"]/.test(code) && /\b(program|scalar)\b/.test(code)
