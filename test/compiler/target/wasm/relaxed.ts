import { setFlagsFromString } from 'node:v8'
import { hasRelaxedSimd } from '../../../../runtime/cpu/features.ts'

// Node 20 knows relaxed SIMD only behind this flag; later engines say on the terminal that there is no such flag.
if (!hasRelaxedSimd()) setFlagsFromString('--experimental-wasm-relaxed-simd')

/** [strict] or [strict, relaxed], as this engine can. */
export const modes: readonly { readonly relaxed: boolean }[] = hasRelaxedSimd()
  ? [{ relaxed: false }, { relaxed: true }]
  : [{ relaxed: false }]

if (modes.length === 1) console.log('skipped: relaxed SIMD, which this engine does not have')
