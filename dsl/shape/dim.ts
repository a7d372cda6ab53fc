/** A size: 3, or the name of one that is bound later. */
export type Dim = number | string
export type Shape = readonly Dim[]

/** True for a dim of which the type knows nothing, such as `number`. It passes every rule here; tracing checks it. */
export type Wide<D> = number extends D ? true : string extends D ? true : false
/** True for a size that the type knows: a number, and not a name. */
export type Sized<D> = D extends number ? (number extends D ? false : true) : false

/** Digits alone would be read as a size where dims are added. */
export const isDim = (dim: unknown): dim is Dim =>
  typeof dim === 'number' ? Number.isSafeInteger(dim) && dim >= 0 : typeof dim === 'string' && /^(?!\d+$)\S+$/.test(dim)

/** A shape as messages print it. */
export type Show<S extends Shape> = number extends S['length'] ? '[...]' : `[${List<S>}]`
type List<S extends Shape> = S extends readonly [infer Head extends Dim, ...infer Rest extends Shape]
  ? Rest extends readonly []
    ? `${Head}`
    : `${Head}, ${List<Rest>}`
  : ''

/** A dim of a traced tensor: what the author calls it, and the size that the trace has bound it to. */
export interface Extent {
  readonly dim: Dim
  readonly size: number
}
export type Extents = readonly Extent[]

export const show = (shape: Extents | Shape): string =>
  `[${shape.map((at) => (typeof at === 'object' ? at.dim : at)).join(', ')}]`

/** Names are compared as names. A number meets a name only where a type was wide; there the sizes decide. */
export const agree = (a: Extent, b: Extent): boolean =>
  a.size === b.size && (a.dim === b.dim || typeof a.dim !== typeof b.dim)

/** Of two dims that agree, the one that says more. */
export const nameOf = (a: Extent, b: Extent): Extent => (typeof a.dim === 'number' ? b : a)

/**
 * Two dims in a complaint. Equal names with different sizes come from different programs, so there the sizes are told.
 */
export const both = (a: Extent, b: Extent): readonly [string, string] =>
  a.dim === b.dim ? [`${a.dim} = ${a.size}`, `${b.dim} = ${b.size}`] : [`${a.dim}`, `${b.dim}`]
