import { constant } from '../../compiler/ir/primitives/index.ts'
import { jacobianByColumns } from '../../compiler/transform/jacobian.ts'
import { checkFunction, checkList } from '../given.ts'
import type { Needs, Or } from '../shape/rule.ts'
import { enter } from '../trace/trace.ts'
import type { Applied, ArgumentAt, ResultAt, TangentsOf } from './applied.ts'
import type { ArgumentsOf, Callable, OutOf, Plain } from './function.ts'
import { differentiate, type Loss, scalarLoss } from './grad.ts'
import { type Jacobian, jacobian } from './jacobian.ts'
import { pushed } from './jvp.ts'
import { type Cotangents, floatsOf } from './selected.ts'
import { transformed } from './transformed.ts'
import { pulled, reversed } from './vjp.ts'
import type { Like, PartOf, Wrt, WrtIn } from './wrt.ts'

/**
 * The second derivatives of a scalar in its first argument, or in what `wrt` names, as for `grad`: for each two tensors
 * there, of shapes S and T, a tensor [...S, ...T]. It is jacfwd of grad: the gradient, differentiated forward in all
 * directions at once.
 */
export function hessian<F extends Callable, const W extends Wrt = ''>(
  f: Needs<Loss<'hessian', OutOf<Plain<F>>>, F>,
  wrt?: WrtIn<'hessian', F, W>,
): Like<F, Jacobian<PartOf<ArgumentsOf<Plain<F>>, W>, PartOf<ArgumentsOf<Plain<F>>, W>>> {
  return transformed('hessian', f, (f, args) => {
    const at = wrt as Wrt | undefined
    const gradient = (...args: readonly unknown[]) => differentiate('hessian', f, at, args).gradient
    return jacobian('hessian', jacobianByColumns, gradient as Callable, at, args)
  }) as Like<F, Jacobian<PartOf<ArgumentsOf<Plain<F>>, W>, PartOf<ArgumentsOf<Plain<F>>, W>>>
}

/**
 * The product of the Hessian of a scalar f at `primals` with `tangents`, like `pull` of vjp a tuple with a part for
 * each primal: the derivative of the gradient along the tangents, forward over reverse (Pearlmutter 1994), at the cost
 * of a few evaluations of f.
 */
export function hvp<X extends readonly unknown[], const T extends readonly unknown[], R, G = never, P = never>(
  f: Applied<X, R, G, P>,
  primals: [...{ [K in keyof X]: Needs<ArgumentAt<X, K, G, P>, X[K]> }],
  tangents: Needs<Or<Loss<'hvp', ResultAt<X, R, G, P>>, TangentsOf<'hvp', X, T>>, T>,
): Cotangents<X> {
  checkFunction('hvp', f)
  checkList('hvp', primals, 'a list of primals', 'hvp(f, [x], [v])')
  checkList('hvp', tangents, 'a list of tangents', 'hvp(f, [x], [v])')
  const { treeOf } = floatsOf('hvp', enter('hvp'), primals, 'primal')
  const gradient = (...args: readonly unknown[]): readonly unknown[] => {
    const trace = enter('hvp')
    const checked = (...given: never) => scalarLoss('hvp', (f as Callable)(...given))
    const { selected, at } = reversed('hvp', trace, checked, args)
    const one = trace.builder.emit(constant, [], { value: 1, shape: [], dtype: at.outputs[0]!.type.dtype })
    return pulled('hvp', trace, { ...selected, treeOf: (leaves) => leaves }, at, [one]) as readonly unknown[]
  }
  const [, products] = pushed('hvp', gradient, primals, tangents as unknown as readonly unknown[])
  return treeOf(products as readonly unknown[]) as Cotangents<X>
}
