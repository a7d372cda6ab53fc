import type { Lanes, Scalar } from '../../kernel/expr.ts'

/** The WGSL type of a scalar, or of four. */
export const typeName = (dtype: Scalar | 'f16', lanes: Lanes): string => (lanes === 1 ? dtype : vectors[dtype])

const vectors: { readonly [D in Scalar | 'f16']: string } = {
  f32: 'vec4f',
  i32: 'vec4i',
  u32: 'vec4u',
  bool: 'vec4<bool>',
  f16: 'vec4h',
}

/**
 * A number as WGSL reads it back exactly, or undefined for an infinity or NaN, which WGSL has no spelling for, and -0,
 * whose sign it may lose. f32 and i32 have no suffix: they stand beside something of their own type, or are what WGSL
 * takes such a number for.
 */
export function literal(value: number, dtype: Scalar): string | undefined {
  switch (dtype) {
    case 'bool':
      return value ? 'true' : 'false'
    case 'i32':
      return `${value | 0}`
    case 'u32':
      return `${value >>> 0}u`
    case 'f32':
      return float(Math.fround(value))
  }
}

/** The fewest digits that give the same f32 and do not pass the greatest one. */
function float(value: number): string | undefined {
  if (!Number.isFinite(value) || Object.is(value, -0)) return undefined
  let shortest = value
  for (let digits = 1; digits <= 9; digits++) {
    shortest = Number(value.toPrecision(digits))
    if (Math.fround(shortest) === value && Math.abs(shortest) <= greatest) break
    shortest = value
  }
  const text = `${shortest}`.replace('e+', 'e')
  return /[.e]/.test(text) ? text : `${text}.0`
}

const greatest = 2 ** 128 - 2 ** 104

/** The bits of an f32. */
export const bitsOf = (value: number): string =>
  `0x${new DataView(new Float32Array([value]).buffer).getUint32(0, true).toString(16).padStart(8, '0')}u`

/** In which plane an element is, and where in it. */
export const planes = (element: string, plane: number): readonly [string, string] => [
  `${element} >> ${Math.log2(plane)}u`,
  `${element} & ${plane - 1}`,
]
