import fc from 'fast-check'

export const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/** The index of every element of a shape, in row-major order. */
export const indices = (shape: readonly number[]): number[][] =>
  shape.reduce<number[][]>((all, n) => all.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])), [[]])
export const flat = (shape: readonly number[], index: readonly number[]) =>
  shape.reduce((at, n, i) => at * n + index[i]!, 0)

/** Element of x at an index of the shape that it is broadcast to. */
export const read = (x: readonly number[], shape: readonly number[], index: readonly number[]) =>
  x[
    flat(
      shape,
      shape.map((n, i) => (n === 1 ? 0 : index[index.length - shape.length + i]!)),
    )
  ]!

/** Two shapes that broadcast, and what to. */
export const pairs = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom('both', 'left', 'right')), { maxLength: 3 })
  .chain((axes) =>
    fc.tuple(fc.nat(axes.length), fc.boolean()).map(([cut, left]) => {
      const a = axes.map(([n, which]) => (which === 'right' ? 1 : n))
      const b = axes.map(([n, which]) => (which === 'left' ? 1 : n))
      // One of them may lack leading axes, which are then the other's.
      const [s, t] = left ? [a.slice(cut), b] : [a, b.slice(cut)]
      const out = axes.map((_, i) => {
        const [x, y] = [s[i - axes.length + s.length] ?? 1, t[i - axes.length + t.length] ?? 1]
        return x === 1 ? y : x
      })
      return { s, t, out }
    }),
  )
