import type { CheckedProgram } from '../../compiler/frontend/checked-programs.ts'
import { codes } from '../../compiler/frontend/codes.ts'
import { type Finding, findingAt, inOrder, type Place } from '../../compiler/frontend/finding.ts'
import { heeded, type Ignored, leavesOut, unusedIgnore } from '../../compiler/frontend/ignored.ts'
import { cycleText, type ImportGraph, importCycle, importGraph } from '../../compiler/frontend/imports.ts'
import { type Checked, type CheckOptions, check, type Sources } from '../../compiler/frontend/index.ts'
import { readSource } from '../../compiler/frontend/read-source.ts'
import { isAt, openEvaluator } from './evaluate.ts'
import type { Frame, Module, Raw } from './raw.ts'

interface ProjectOptions extends Pick<CheckOptions, 'under' | 'types'> {
  /** Whether modules are run, in a process of their own, so that their exported programs can be traced. */
  readonly run: boolean
  /** Seconds that a module may take. */
  readonly limit: number
}

/** What is wrong in a project: by its sources, and by tracing the programs that its modules export. */
export async function checkProject(sources: Sources, { run, limit, ...options }: ProjectOptions): Promise<Checked> {
  if (!run) return check(sources, options)
  const evaluator = openEvaluator({ limit })
  try {
    let evaluated: Promise<readonly Raw[]> | undefined
    const checked = await check(sources, {
      ...options,
      onPrograms: (programs) => {
        evaluated = evaluator.evaluate(modulesOf(programs))
      },
    })
    return { ...checked, findings: joined(checked, (await evaluated) ?? []) }
  } finally {
    evaluator.close()
  }
}

/** Those that export programs. Others may be scripts, which are not to be run here. */
function modulesOf(programs: readonly CheckedProgram[]): readonly Module[] {
  const exported = programs.filter(({ exportedAs }) => exportedAs.length > 0)
  const localsOf = (of: string): readonly string[] =>
    programs.flatMap(({ file, local }) => (file === of && local !== undefined ? [local] : []))
  return [...new Map(exported.map(({ file, language }) => [file, { file, language, locals: localsOf(file) }])).values()]
}

/** Both kinds of findings. What a source tells as well is said once, at the place that the source tells. */
export function joined({ findings, programs, ignored }: Checked, raws: readonly Raw[]): readonly Finding[] {
  const graph = importGraph(readSource)
  const isBroken = findings.some(({ code }) => code === 'FX9001')
  const evaluated = raws
    .filter((raw) => !isShapeOnly(raw, programs) && !isDoubtful(raw, findings, programs))
    .map((raw) => placed(raw, programs, graph))
    // A file that does not parse cannot be loaded either, nor what imports it.
    .filter(({ code }) => !(isBroken && code === 'FX9003'))
    .filter((found) => !findings.some((known) => isSaid(found, known)))
  const unused = ignored
    .filter((one) => isLookedFor(one, programs, raws) && !evaluated.some((found) => leavesOut(one, found)))
    .map(unusedIgnore)
  return inOrder([...findings, ...heeded([...evaluated, ...unused], graph.textOf)])
}

/**
 * Whether evaluating would have found what a comment leaves out: what it is about is in a program that has been traced
 * to its end.
 */
const isLookedFor = ({ file, line }: Ignored, programs: readonly CheckedProgram[], raws: readonly Raw[]): boolean =>
  programs.some(
    (one) => one.file === file && line + 1 >= one.line && line + 1 <= one.endLine && one.exportedAs.length > 0,
  ) && !raws.some(({ module, code }) => module === file && codes[code].severity === 'error')

/**
 * Types and tracing word a mistake alike, but for what they have different words for. Of a function that is written
 * apart from the call of `scalar`, the source tells the place within, and the module the call.
 */
const isSaid = (found: Finding, known: Finding): boolean =>
  found.file === known.file &&
  found.code === known.code &&
  (found.line === known.line
    ? found.message === known.message || ['FX2002', 'FX2006', 'FX9005'].includes(found.code)
    : found.message === known.message && found.code === 'FX1006')

/** An input of which only the shape is read reaches no result, and is used. */
const isShapeOnly = ({ code, program, input }: Raw, programs: readonly CheckedProgram[]): boolean =>
  code === 'FX2003' && input !== undefined && programOf(program, programs)?.uses[input] === 'shape'

/** What the graph of a program says that has errors: it is not the one that was meant. */
function isDoubtful(
  { code, input, program }: Raw,
  findings: readonly Finding[],
  programs: readonly CheckedProgram[],
): boolean {
  // A loop on a tensor never ends.
  const found = input === undefined && code !== 'FX9004' ? undefined : programOf(program, programs)
  return findings.some(
    ({ severity, file, line }) =>
      severity === 'error' && found?.file === file && line >= found.line && line <= found.endLine,
  )
}

const programOf = (frame: Frame | undefined, programs: readonly CheckedProgram[]): CheckedProgram | undefined =>
  programs.find(({ file, line, endLine }) => isAt(frame, file, line, endLine))

function placed(raw: Raw, programs: readonly CheckedProgram[], graph: ImportGraph): Finding {
  const { textOf } = graph
  const program = programOf(raw.program, programs)
  const isHere = raw.frame && textOf(raw.frame.file) !== undefined && !/[\\/]node_modules[\\/]/.test(raw.frame.file)
  const place = isHere
    ? placeAt(raw.frame!, textOf)
    : ((raw.input !== undefined ? program?.inputPlaces[raw.input.split('.')[0]!] : undefined) ??
      program?.place ?? { file: raw.module, line: 1, column: 1, length: 1 })
  const cycle = isTooEarly(raw) ? importCycle(graph, raw.module) : undefined
  return cycle
    ? findingAt(place, 'FX9005', `${raw.message}; it is imported in a circle: ${cycleText(cycle)}`)
    : findingAt(place, raw.code, raw.message)
}

/**
 * What a module may throw that uses something of another one before that has run: in a circle it is not there yet, or
 * undefined.
 */
const isTooEarly = ({ program, message }: Raw): boolean =>
  program === undefined && /before initialization|is not a function|undefined|is not defined|NaN/.test(message)

/** From a frame to the end of the name that stands there. */
function placeAt({ file, line, column }: Frame, textOf: (file: string) => string | undefined): Place {
  const text = textOf(file)?.split('\n')[line - 1] ?? ''
  return { file, line, column, length: /^[\w$]+/.exec(text.slice(column - 1))?.[0].length ?? 1 }
}
