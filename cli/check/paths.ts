import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Code, pageOf } from '../../compiler/frontend/codes.ts'

/** From a folder where it lies below it, else as it is; with / on every system. */
export function shownPath(file: string, folder: string): string {
  const path = relative(folder, file)
  return (path.startsWith('..') ? file : path).replaceAll('\\', '/')
}

/**
 * The page of a code, in this package, as it is seen from a folder: node_modules/fluxion/docs/diagnostics/FX1001.md.
 */
export const pagePath = (code: Code, folder: string): string => shownPath(join(root, pageOf(code)), folder)

const above = (folder: string): string => (existsSync(join(folder, 'package.json')) ? folder : above(dirname(folder)))
const root = above(dirname(fileURLToPath(import.meta.url)))
