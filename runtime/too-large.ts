import type { LargeTensor, Region } from '../compiler/plan/plan.ts'

/**
 * What takes most of some regions, and what an author can do about it: to follow 'this needs so much, and there is only
 * that'.
 */
export function tooLarge(regions: readonly Region[]): string {
  const largest = regions
    .flatMap(({ largest = [] }) => largest)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 5)
  const kinds = new Set(regions.map(({ kind }) => kind))
  const remedies = [
    'smaller sizes, such as a smaller batch',
    ...(kinds.has('temporary')
      ? ['checkpoint(...) around parts of the model, which computes them again rather than store them']
      : []),
    'the work split into several calls',
  ]
  const named = largest.map((tensor) => `\n  ${described(tensor)}`).join('')
  return `${named && `\nThe largest there:${named}\n`}${named ? 'Try' : '; try'} ${remedies.join('; or ')}`
}

const described = ({ name, shape, bytes, line }: LargeTensor): string =>
  `${name} [${shape.join(', ')}], ${amountOf(bytes)}${line ? ` (${line})` : ''}`

/** '1.50 GB', '12.00 MB': powers of 1000, as `explain` has them. */
export const amountOf = (bytes: number): string => {
  const [size, unit] = bytes >= 1e9 ? [1e9, 'GB'] : bytes >= 1e6 ? [1e6, 'MB'] : [1e3, 'kB']
  return `${(bytes / size).toFixed(2)} ${unit}`
}
