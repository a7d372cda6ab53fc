import type { Plugin } from 'vite'

/**
 * A plugin that exports variables that modules keep to themselves, under names that no source has by chance; what a
 * module does stays the same.
 */
export const exportedLocals = (localsOf: (file: string) => readonly string[]): Plugin => ({
  name: 'fluxion-exported-locals',
  // Without `enforce`, it comes after TypeScript has become JavaScript. Nothing of the code moves.
  transform(code, id) {
    const locals = localsOf(id.replace(/[?#].*$/, ''))
    if (locals.length === 0) return undefined
    return { code: `${code}\nexport { ${locals.map((name) => `${name} as 'local ${name}'`).join(', ')} }`, map: null }
  },
})
