import type { Sizes } from '../dsl/index.ts'

/** Reads 'n=256,width=512'. */
export function readSizes(text: string, option: string): Sizes {
  const pairs = text.split(',').map((part) => {
    const [, dim, size] = /^\s*([^\s=,]+)\s*=\s*(\d+)\s*$/.exec(part) ?? []
    if (dim === undefined || !Number.isSafeInteger(Number(size)))
      throw new Error(`--${option} takes sizes such as n=256,width=512; was given '${text}'`)
    return [dim, Number(size)] as const
  })
  const twice = pairs.find(([dim], i) => pairs.some(([other], j) => other === dim && j < i))
  if (twice) throw new Error(`--${option} has two sizes of ${twice[0]}: '${text}'; give it again for another size`)
  return Object.fromEntries(pairs)
}

/** 'n=256,width=512' */
export const writtenSizes = (sizes: { readonly [name: string]: number | string }): string =>
  Object.entries(sizes)
    .map(([name, size]) => `${name}=${size}`)
    .join()
