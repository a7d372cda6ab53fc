import { styleText } from 'node:util'
import type { Finding } from '../../compiler/frontend/finding.ts'
import type { Checked } from '../../compiler/frontend/index.ts'
import { pagePath, shownPath } from './paths.ts'

interface TextOptions {
  /** Paths are shown from here. */
  readonly folder: string
  readonly colours: boolean
  readonly textOf: (file: string) => string | undefined
}

/**
 * Findings one below the other, each with its lines of the source, what to do, and its page; then how many there are.
 */
export function describeFindings({ findings, files, programs }: Checked, options: TextOptions): string {
  const looked = `${counted(files, 'file')}, ${counted(programs.length, 'program')}`
  if (findings.length === 0) return `nothing found in ${looked}`
  const count = (severity: Finding['severity']): number =>
    findings.filter((finding) => finding.severity === severity).length
  const [errors, warnings] = [count('error'), count('warning')]
  const counts = [errors > 0 && counted(errors, 'error'), warnings > 0 && counted(warnings, 'warning')].filter(Boolean)
  return [...findings.map((finding) => describeFinding(finding, options)), `${counts.join(' and ')} in ${looked}`].join(
    '\n\n',
  )
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

export function describeFinding(finding: Finding, { folder, colours, textOf }: TextOptions): string {
  const paint = (style: Style, text: string): string =>
    colours ? styleText(style, text, { validateStream: false }) : text
  const { code, severity, message, help, file, line, column } = finding
  const tint = severity === 'error' ? 'red' : 'yellow'
  return [
    `${paint('cyan', shownPath(file, folder))}:${line}:${column} - ${paint(tint, `${severity} ${code}`)}: ${message}`,
    ...codeFrame(
      finding,
      textOf(file),
      (text) => paint(tint, text),
      (text) => paint('gray', text),
    ),
    `  ${paint('green', 'help')}: ${help}`,
    `  ${paint('gray', `see ${pagePath(code, folder)}`)}`,
  ].join('\n')
}

type Style = 'cyan' | 'gray' | 'green' | 'red' | 'yellow'

/**
 * The line before, the line with what it is about underlined, and the line after; nothing where there is no such line.
 */
function codeFrame(
  { line, column, length }: Finding,
  text: string | undefined,
  tint: (text: string) => string,
  pale: (text: string) => string,
): readonly string[] {
  const lines = text?.split(/\r?\n/) ?? []
  if (lines[line - 1] === undefined) return []
  const numbers = [line - 1, line, line + 1].filter((number) => number >= 1 && lines[number - 1] !== undefined)
  const width = `${numbers.at(-1)}`.length
  const bar = (number: number | string): string => pale(`${`${number}`.padStart(width)} |`)
  return numbers.flatMap((number) => {
    const row = `  ${bar(number)} ${lines[number - 1]}`.trimEnd()
    if (number !== line) return [row]
    // Tabs stay tabs, so that the mark stands below what it marks.
    const before = lines[line - 1]!.slice(0, column - 1).replace(/[^\t]/g, ' ')
    return [row, `  ${bar('')} ${before}${tint('^'.repeat(length))}`]
  })
}
