import type { Sizes } from '../dsl/index.ts'

/** A program, as far as sizes go. */
export interface Sized {
  /** For messages. */
  readonly name: string
  /** The names of its dims. */
  readonly dims: readonly string[]
}

/**
 * Of each program the choices of sizes that it is to be compiled for: of each of `given` the sizes of the dims that it
 * has, every choice once. `{}` alone for a program without dims; what gives a program none of its dims is meant for
 * others.
 *
 * `written` is how sizes are given, for messages. Throws where a dim is of no program, where some dims of a program
 * have sizes and others not, and where a program is left without.
 */
export function choicesFor(
  programs: readonly Sized[],
  given: readonly Sizes[],
  written: (sizes: { readonly [dim: string]: number | string }) => string,
): readonly (readonly Sizes[])[] {
  for (const dim of given.flatMap((sizes) => Object.keys(sizes)))
    if (!programs.some(({ dims }) => dims.includes(dim)))
      throw new Error(
        `no program has a dim ${dim}: ${programs.map(({ name, dims }) => `${name} has ${dims.join(', ') || 'none'}`).join('; ')}`,
      )
  return programs.map(({ name, dims }) => {
    const choices = new Map<string, Sizes>()
    for (const sizes of given) {
      const own = dims.filter((dim) => Object.hasOwn(sizes, dim))
      if (own.length === 0) continue
      const missing = dims.find((dim) => !own.includes(dim))
      if (missing !== undefined) throw new Error(withoutSize(name, missing, written({ ...sizes, [missing]: '256' })))
      const choice = Object.fromEntries(own.map((dim) => [dim, sizes[dim]!]))
      choices.set(JSON.stringify(choice), choice)
    }
    if (choices.size > 0) return [...choices.values()]
    if (dims.length === 0) return [{}]
    throw new Error(withoutSize(name, dims[0]!, written(Object.fromEntries(dims.map((dim) => [dim, '256'])))))
  })
}

const withoutSize = (name: string, dim: string, how: string): string =>
  `${name} has a dim ${dim}, which has no size; give it one, as in ${how}`
