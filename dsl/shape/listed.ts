import { described } from '../error.ts'

/** A list that an author wrote, as messages print it. */
export type Listed<L extends readonly unknown[]> = number extends L['length'] ? '[...]' : `[${Items<L>}]`
type Items<L extends readonly unknown[]> = L extends readonly [infer Head, ...infer Rest]
  ? Rest extends readonly []
    ? Item<Head>
    : `${Item<Head>}, ${Items<Rest>}`
  : ''
type Item<T> = T extends readonly unknown[] ? Listed<T> : T extends number | string | boolean | null ? `${T}` : '...'

export const listed = (list: readonly unknown[]): string =>
  `[${list.map((item) => (Array.isArray(item) ? listed(item) : typeof item === 'string' ? item : described(item))).join(', ')}]`
