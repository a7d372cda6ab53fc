import type { Sizes } from '../ahead/index.ts'

/** What an import with `?fluxion` asks for. */
export interface AheadRequest {
  /** The author's module. */
  readonly file: string
  /** Those that the query has. */
  readonly sizes: Sizes
  /** Of which target the code is wanted; without it what chooses among them. */
  readonly target: 'wasm' | 'wgsl' | undefined
}

/**
 * './model.ts?n=256&fluxion' and, for a target's code, './model.ts?fluxion=wasm&n=256'; undefined for other modules.
 * What else a bundler puts into a query is left alone.
 *
 * Throws where a size is none.
 */
export function requestOf(id: string): AheadRequest | undefined {
  const at = id.indexOf('?')
  if (at < 0) return undefined
  const query = new URLSearchParams(id.slice(at + 1))
  const target = query.get('fluxion')
  if (target === null) return undefined
  const given = [...query].filter(([name, value]) => name !== 'fluxion' && value !== '')
  for (const [name, value] of given)
    if (!/^\d+$/.test(value) || !Number.isSafeInteger(Number(value)))
      throw new Error(`'${id}': ${name} is '${value}', which is no size; write as ?${name}=256&fluxion`)
  return {
    file: id.slice(0, at),
    sizes: Object.fromEntries(given.map(([name, value]) => [name, Number(value)])),
    target: target === 'wasm' || target === 'wgsl' ? target : undefined,
  }
}

/** What is imported for a target's code by the module that chooses among them. */
export const targetRequest = ({ file, sizes }: AheadRequest, target: 'wasm' | 'wgsl'): string => {
  const query = Object.entries(sizes).map(([dim, size]) => `&${encodeURIComponent(dim)}=${size}`)
  return `./${file.split(/[\\/]/).at(-1)}?fluxion=${target}${query.join('')}`
}

/** As it is written in an import, '?n=256&fluxion': at the end, where a declaration of TypeScript can name it. */
export const writtenQuery = (sizes: { readonly [dim: string]: number | string }): string =>
  `?${Object.entries(sizes)
    .map(([dim, size]) => `${dim}=${size}&`)
    .join('')}fluxion`
