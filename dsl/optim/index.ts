export { type AdamOptions, adam } from './adam.ts'
export type { Optimiser } from './optimiser.ts'
