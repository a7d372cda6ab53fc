// expects: FX1006 at 5; FX1006 at 9; FX1006 at 12; FX1006 at 14; FX1006 at 23
import { f32, program, scalar } from 'fluxion'

const rate = 0.5
const noisy = scalar((x: number): number => x + Math.random() * rate)
const swish = scalar(<T extends number>(x: T) => (x as number) / (1 + Math.exp(-x!)))
const bent = scalar((x: number, y: number): number => {
  const z: number = x * 2
  return z > 0 ? (z as number) & y : 2
})
const apart = (x: number) => {
  let sum = 0; sum += x
  return sum }
const written = (x: number): number => x > 0 ? x : `${x}`.length
const again = [scalar(apart), scalar(written)]
const fine = scalar(
  (x: number, a: number): number => {
    type Unused = { readonly a: number }
    return x > 0 ? x : a * softer(x) * rates.rate
  },
  { uses: { softer: scalar((x: number) => Math.log1p(Math.exp(x))), rate: 2 } },
)
const self = scalar((x: number): number => (x > 0 ? self(x - 1) : x)) satisfies unknown
declare const softer: (x: number) => number
declare const rates: { readonly rate: number }
export const all = program({ x: f32('n') }, ({ x }) => [noisy, swish, again[0]!, self].reduce((y, f) => f(y), bent(x, fine(x, x))))
