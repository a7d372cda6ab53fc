// expects: FX2001 at 4
import { type AnyTensor } from 'fluxion'

export const chosen = <A extends AnyTensor>(a: A) => (a ? 1 : 0)
