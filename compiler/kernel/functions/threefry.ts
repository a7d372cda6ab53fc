import type { Expr, ScalarFunction, Variable } from '../expr.ts'
import { apply, number, variable } from './tree.ts'

const u32 = (name: string): Variable => variable(name, 'u32')
const [k0, k1, c0, c1] = ['k0', 'k1', 'c0', 'c1'].map(u32) as [Variable, Variable, Variable, Variable]

const rotations = [13, 15, 26, 6, 17, 29, 16, 24]

export const threefry: ScalarFunction = (() => {
  const body: { variable: Variable; value: Expr }[] = []
  const bind = (name: string, value: Expr): Variable => {
    const bound = u32(name)
    body.push({ variable: bound, value })
    return bound
  }
  const k2 = bind('k2', apply('xor', apply('xor', k0, k1), number(0x1bd11bda, 'u32')))
  const keys = [k0, k1, k2]
  let [x, y] = [bind('x0', apply('add', c0, k0)), bind('y0', apply('add', c1, k1))]
  for (let round = 1; round <= 20; round++) {
    const by = rotations[(round - 1) % 8]!
    x = bind(`x${round}`, apply('add', x, y))
    const turned = apply('or', apply('shl', y, number(by, 'u32')), apply('shr', y, number(32 - by, 'u32')))
    y = bind(`y${round}`, apply('xor', turned, x))
    if (round % 4 > 0) continue
    const injection = round / 4
    x = bind(`x${round}k`, apply('add', x, keys[injection % 3]!))
    y = bind(`y${round}k`, apply('add', y, apply('add', keys[(injection + 1) % 3]!, number(injection, 'u32'))))
  }
  return {
    name: 'threefry',
    about:
      'Threefry-2x32, 20 rounds: random bits from a key (k0, k1) and a counter (c0, c1). J. K. Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC 2011).',
    params: [k0, k1, c0, c1],
    body,
    results: [x, y],
  }
})()
