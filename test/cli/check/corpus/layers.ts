// expects: FX1001 at 4
import { linear, sequential, silu } from 'fluxion/nn'

export const field = sequential(linear(3, 256), silu, linear(128, 2))
