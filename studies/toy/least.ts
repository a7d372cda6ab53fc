type Point = readonly [number, number]

/** How far apart values are from which slopes and curvatures are found. */
const h = 0.02
const stencil: readonly Point[] = [
  [0, 0],
  [h, 0],
  [-h, 0],
  [0, h],
  [0, -h],
  [h, h],
  [-h, -h],
]

/**
 * The minimiser of a smooth function in the plane that is near to a point: Newton's steps where it is convex, and short
 * ones downhill elsewhere. The function takes points [n, 2] and gives [n].
 */
export function leastNear(f: (points: Float64Array) => ArrayLike<number>, start: Point): Point {
  let [x, y] = start
  for (let step = 0; step < 40; step += 1) {
    const values = f(Float64Array.from(stencil.flatMap(([dx, dy]) => [x + dx, y + dy])))
    const [middle, right, left, up, down, both, neither] = Array.from(values) as Seven
    const slope = [(right - left) / (2 * h), (up - down) / (2 * h)] as const
    const [xx, yy] = [(right + left - 2 * middle) / h ** 2, (up + down - 2 * middle) / h ** 2]
    const xy = (both + neither + 2 * middle - right - left - up - down) / (2 * h ** 2)
    const determinant = xx * yy - xy ** 2
    const isConvex = xx > 0 && determinant > 0
    const [dx, dy] = isConvex
      ? [(xy * slope[1] - yy * slope[0]) / determinant, (xy * slope[0] - xx * slope[1]) / determinant]
      : [-slope[0], -slope[1]]
    const shorter = Math.min(1, longest / Math.hypot(dx, dy))
    if (isConvex && Math.hypot(dx, dy) < 1e-4) return [x + dx, y + dy]
    x += shorter * dx
    y += shorter * dy
  }
  return [x, y]
}
const longest = 0.1
type Seven = [number, number, number, number, number, number, number]
