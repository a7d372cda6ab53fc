/** As JavaScript may name a property or a variable. */
export const isIdentifier = (name: string): boolean => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)

/**
 * Plain data as an expression of JavaScript. Texts of several lines are template strings, so that they can be read.
 * Throws a TypeError on what is no data.
 */
export function literal(value: unknown, indent = ''): string {
  if (typeof value === 'string') return value.includes('\n') ? templateOf(value) : JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return Object.is(value, -0) ? '-0' : `${value}`
  if (value === null || typeof value === 'boolean') return `${value}`
  const inner = `${indent}  `
  if (Array.isArray(value))
    return within(
      '[',
      ']',
      '',
      indent,
      value.map((part) => literal(part, inner)),
    )
  if (typeof value !== 'object' || ![Object.prototype, null].includes(Object.getPrototypeOf(value)))
    throw new TypeError(`${String(value)} is no plain data, which alone can be written into a module`)
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  return within(
    '{',
    '}',
    ' ',
    indent,
    entries.map(([name, part]) => `${keyOf(name)}: ${literal(part, inner)}`),
  )
}

/** In one line where it is short. */
function within(open: string, close: string, space: string, indent: string, parts: readonly string[]): string {
  if (parts.length === 0) return `${open}${close}`
  const line = `${open}${space}${parts.join(', ')}${space}${close}`
  if (!line.includes('\n') && indent.length + line.length <= mostInLine) return line
  return `${open}\n${parts.map((part) => `${indent}  ${part},\n`).join('')}${indent}${close}`
}
const mostInLine = 100

/** What is written as a name would set the prototype. */
const keyOf = (name: string): string =>
  name === '__proto__' ? '["__proto__"]' : isIdentifier(name) ? name : JSON.stringify(name)

/** Its lines are those of the text. */
export const templateOf = (text: string): string => `\`${text.replace(/\\|`|\$\{/g, '\\$&').replaceAll('\r', '\\r')}\``
