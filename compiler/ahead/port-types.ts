import type { Port, Tree } from '../plan/plan.ts'
import { isIdentifier } from './literal.ts'

/** What can be given for inputs, as a type. */
export const inputType = (tree: Tree<Port>, indent: string): string => printed(tree, indent, givenType)

/** What results are, as a type. */
export const resultType = (tree: Tree<Port>, indent: string): string => printed(tree, indent, tensorType)

function printed(tree: Tree<Port>, indent: string, leafType: (port: Port) => string): string {
  if ('leaf' in tree) return leafType(tree.leaf)
  const inner = `${indent}  `
  if ('list' in tree) {
    const parts = tree.list.map((part) => printed(part, inner, leafType))
    return enclosed('readonly [', ', ', ']', parts, indent)
  }
  const parts = Object.entries(tree.record).map(
    ([name, part]) => `readonly ${isIdentifier(name) ? name : JSON.stringify(name)}: ${printed(part, inner, leafType)}`,
  )
  return enclosed('{ ', '; ', ' }', parts, indent)
}

/** In one line where it is short. */
function enclosed(open: string, between: string, close: string, parts: readonly string[], indent: string): string {
  if (parts.length === 0) return `${open}${close}`
  const line = `${open}${parts.join(between)}${close}`
  if (!line.includes('\n') && indent.length + line.length <= mostInLine) return line
  const lines = parts.map((part) => `${indent}  ${part}${between.trim()}\n`)
  return `${open.trim()}\n${lines.join('')}${indent}${close.trim()}`
}
const mostInLine = 80

const givenType = (port: Port): string => [...scalarsFor(port), ...elementsFor(port), tensorType(port)].join(' | ')

/** A number alone, for a tensor that is one. */
function scalarsFor({ shape, dtype }: Port): readonly string[] {
  if (shape.length > 0 || dtype === 'key') return []
  return dtype === 'bool' ? ['boolean', 'number'] : ['number']
}

const elementsFor = ({ dtype }: Port): readonly string[] => elements[dtype]

const elements: { readonly [D in Port['dtype']]: readonly string[] } = {
  f32: ['Float32Array'],
  f16: ['Float32Array', 'readonly number[]', 'Halves'],
  i32: ['Int32Array'],
  u32: ['Uint32Array'],
  bool: ['Uint32Array'],
  key: ['Uint32Array'],
}

const tensorType = ({ shape, dims, dtype }: Port): string => {
  const axes = shape.map((size, axis) => axisType(size, dims[axis]))
  return `TypedTensor<[${axes.join(', ')}], '${dtype}'>`
}

/** n: 256 */
function axisType(size: number, dim: number | string | undefined): string {
  if (typeof dim !== 'string') return `${size}`
  return isIdentifier(dim) ? `${dim}: ${size}` : `/* ${dim.replaceAll('*/', '* /')} */ ${size}`
}
