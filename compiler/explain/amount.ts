const scales = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const

/** '1.23 MB': three digits, of which 999,999 bytes are 1.00 MB as well. */
export function amount(value: number, unit: string): string {
  const [scale, prefix] = scales.find(([size]) => Number((value / size).toPrecision(3)) >= 1) ?? ([1, ''] as const)
  const digits = Number.isInteger(value) && scale === 1 ? `${value}` : (value / scale).toPrecision(3)
  return `${digits} ${prefix}${unit}`
}
