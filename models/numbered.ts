/** The parameters of blocks that are all alike, by number from 0, as state dicts name them. */
export const numbered = <P>(params: P, count: number): { readonly [block: `${number}`]: P } =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}`, params]))
