// expects: FX9007 at 4; FX9007 at 7; FX9007 at 7; FX9007 at 13; FX9007 at 19
import { f32, program, type Tensor } from 'fluxion'

// fluxion-ignore FX3005: the norm is kept from zero by now
export const a = (x: Tensor<['n', 3]>) => x.div(x.norm(1, { keepdims: true }).maximum(1e-8))

// fluxion-ignore FX3003, FX3004, FX3999: only the second of these is there
export const b = (x: Tensor<['n', 3]>) => x.exp().sub(1)

export const used = program(
  {
    x: f32('n'),
    // fluxion-ignore FX2003: it is used
    y: f32('n'),
    // fluxion-ignore FX2003: it is not
    z: f32('n'),
  },
  ({ x, y }) => {
    // fluxion-ignore FX2006: nothing is captured
    return x.add(y)
  },
)

// Whether it is used is told by tracing as well, and nothing traces it.
const hidden = (n: number) =>
  program(
    {
      // fluxion-ignore FX2003: who knows
      x: f32('n'),
    },
    ({ x }) => x.mul(n),
  )
export const many = [hidden(1), hidden(2)]
export const text = `
// fluxion-ignore FX3005: a text
`
// fluxion-ignore FX9007: left for later
// fluxion-ignore FX3001: never was
export const last = 1
