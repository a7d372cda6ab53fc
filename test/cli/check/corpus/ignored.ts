// expects: FX3005 at 8
import { type Tensor } from 'fluxion'

// fluxion-ignore FX3005: rows are never zero here
export const a = (x: Tensor<['n', 3]>) => x.div(x.norm(1, { keepdims: true }))
// The comment below has no reason.
// fluxion-ignore FX3005
export const b = (x: Tensor<['n', 3]>) => x.div(x.norm(1, { keepdims: true }))
// fluxion-ignore FX1001, FX3004: of this line, both would be left out
export const c = (x: Tensor<['n', 3]>) => x.exp().sub(1)
