import type { Misfit } from '../shape/misfit.ts'
import type { Needs } from '../shape/rule.ts'
import type { Spec, Specs } from '../spec.ts'
import type { Tensor } from '../tensor.ts'

/** Two pure functions: the specs of its state, and one update. Slots are the moments that it keeps of each parameter: 'm' | 'v' for Adam. */
export interface Optimiser<Slots extends string> {
  /** The specs of its state for parameters of these specs. All of it starts at zero. */
  state<P extends Specs>(params: P): { [K in Slots | 'count']: K extends 'count' ? Spec<[], 'i32'> : P }
  /** The parameters after one step along the gradients, and the state for the next. */
  update<G, S, P>(
    grads: Needs<Misfit<P, G, 'grads'>, G>,
    state: Needs<Misfit<State<Slots, P>, S, 'the optimiser state'>, S>,
    params: P,
  ): { params: P; opt: S }
}
/** The state for parameters of type P. */
type State<Slots extends string, P> = { [K in Slots | 'count']: K extends 'count' ? Tensor<[], 'i32'> : P }
