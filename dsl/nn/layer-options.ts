import { checkFunction } from '../given.ts'
import { checkFlag, optionsOf, type Whole } from '../option.ts'

/** The options of a layer: of a bias it is said whether there is one, and an initialiser is a function. */
export function layerOptions<
  T extends { readonly bias?: unknown; readonly initialiser?: unknown },
  const N extends readonly (keyof T & string)[],
>(op: string, given: T, names: N & Whole<T, N>): T {
  const options = optionsOf(op, given, names as never)
  if (options.bias !== undefined) checkFlag(op, 'bias', options.bias)
  if (options.initialiser !== undefined) checkFunction(op, options.initialiser, 'a function of a key and a shape')
  return options
}
