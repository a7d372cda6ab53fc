import { DataError } from './data-error.ts'

/** Holds the booleans that begin at a byte of a file to be 0 or 1. */
export function checkBooleans(bytes: Uint8Array, file: string, start: number): void {
  const wrong = bytes.findIndex((byte) => byte > 1)
  if (wrong >= 0) throw new DataError(file, start + wrong, `expected a boolean, 0 or 1, found ${bytes[wrong]}`)
}
