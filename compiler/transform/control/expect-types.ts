import { sameShape, type Type, type Value } from '../../ir/graph.ts'
import { misfit, showType } from '../../ir/primitives/type-rule.ts'

/** Throws where values are not of the types given. */
export function expectTypes(
  name: string,
  inputs: readonly Type[],
  what: string,
  values: readonly Value[],
  types: readonly Type[],
): void {
  const show = (list: readonly Type[]) => list.map(showType).join(', ') || 'nothing'
  const fits =
    values.length === types.length &&
    values.every(({ type }, i) => type.dtype === types[i]!.dtype && sameShape(type.shape, types[i]!.shape))
  if (!fits) throw misfit(name, inputs, `${what} ${show(values.map(({ type }) => type))} and is given ${show(types)}`)
}
