import { checkFlag, checkFunction, optionsOf } from '../given.ts'

/** The options of a layer: of a bias it is said whether there is one, and an initialiser is a function. */
export function layerOptions<T extends { readonly bias?: unknown; readonly initialiser?: unknown }>(
  op: string,
  given: T,
): T {
  const options = optionsOf(op, given)
  if (options.bias !== undefined) checkFlag(op, 'bias', options.bias)
  if (options.initialiser !== undefined) checkFunction(op, options.initialiser, 'a function of a key and a shape')
  return options
}
