import { mentionsIn, type ScalarSource } from './expression.ts'
import { Mistake } from './mistake.ts'

/** What stands outside: a number, a scalar function of so many numbers, something else, or what nobody knows yet. */
export type Known = 'number' | number | { readonly wrong: string } | 'unknown'

/**
 * Throws a Mistake where a function names what is not there, or uses it as something else. `self` is what holds the
 * function.
 */
export function checkMentions(source: ScalarSource, known: ReadonlyMap<string, Known>, self?: string): void {
  const paths = new Map<string, string>()
  for (const { path, name, at, given } of mentionsIn(source.body)) {
    const first = paths.get(name) ?? path
    if (first !== path)
      throw new Mistake(`${first} and ${path} are both called ${name} in uses: give one of them a name of its own`, at)
    paths.set(name, path)
    const what = known.get(name)
    if (what === undefined) throw new Mistake(path === self ? recursion(path) : unknown(name, path), at)
    if (typeof what === 'object') throw new Mistake(`${path} ${wrongUse(what.wrong)}`, at)
    if (what === 'number' && given !== undefined) throw new Mistake(`${path} is a number and cannot be called`, at)
    if (typeof what !== 'number') continue
    if (given === undefined) throw new Mistake(`${path} is a scalar function: call it`, at)
    if (given !== what)
      throw new Mistake(`${path} takes ${what} ${what === 1 ? 'number' : 'numbers'} and is given ${given}`, at)
  }
}

export const wrongUse = (what: string): string =>
  `is ${what}, needs a number or a scalar function; make one with scalar(fn)`

export const recursion = (name: string): string =>
  `recursion is not compiled: ${name} names itself; write the terms out`

const unknown = (name: string, path: string): string =>
  `${path} stands outside of the function, which cannot be looked into: write scalar(fn, { uses: { ${name === path ? name : `${name}: ${path}`} } }), or use the plugin of fluxion/vite, which does`
