import { resolve } from 'node:path'
import type { ts } from 'ts-morph'
import { type CheckedProgram, type ProgramCall, programsIn, unusedInputs } from './checked-programs.ts'
import { earlyUses } from './circles.ts'
import { evaluatedCodes } from './codes.ts'
import { FrontendError } from './error.ts'
import { checkResolves } from './find-programs.ts'
import { type Finding, findingAt, inOrder, placeIn } from './finding.ts'
import { heeded, type Ignored, ignoredIn, leavesOut, unusedIgnore } from './ignored.ts'
import { importGraph } from './imports.ts'
import { languageOf } from './language.ts'
import type { Sources } from './load-sources.ts'
import { ofFluxion } from './of-fluxion.ts'
import { type ChosenSources, chooseSources, type OpenedSources, openSources } from './open-sources.ts'
import { readSource } from './read-source.ts'
import { captured } from './rules/captured.ts'
import { controlFlow } from './rules/control-flow.ts'
import { keys } from './rules/keys.ts'
import { logits } from './rules/logits.ts'
import { lostShapes } from './rules/lost-shapes.ts'
import { operators, refusedOperators } from './rules/operators.ts'
import { applyRules, placeOf, type Report } from './rules/rule.ts'
import { unstable } from './rules/unstable.ts'
import { unusedParameters } from './rules/unused-parameters.ts'
import { scalarMistakes } from './scalar-mistakes.ts'
import { inOwnWords, nativeCompiler, typeErrorsByMorph, typeErrorsByNative } from './type-errors.ts'

export interface CheckOptions {
  /**
   * Files and folders that alone are looked at; a file among them is, even if it does not import fluxion or is a test.
   * All of the project but its tests unless given.
   */
  readonly under?: readonly string[]
  /**
   * Who is asked for type errors: the project's own native compiler, where it has one, or ts-morph. 'native' unless
   * given, which is the faster one for a whole project.
   */
  readonly types?: 'native' | 'morph'
  /** Told of the programs as soon as they are found, before the rules are tried: who evaluates them can begin. */
  readonly onPrograms?: (programs: readonly CheckedProgram[]) => void
}

export interface Checked {
  /** By file and line. */
  readonly findings: readonly Finding[]
  readonly programs: readonly CheckedProgram[]
  /** How many files were looked at. */
  readonly files: number
  /** What comments say to leave out that sources alone do not tell of; evaluating the programs may. */
  readonly ignored: readonly Ignored[]
}

/**
 * What is wrong in a project's sources, as far as it can be told without running them: type errors in the language's
 * words, and what the types allow and the language does not. A project that cannot be read is a finding, too, of code
 * FX9002.
 */
export async function check(sources: Sources, options: CheckOptions = {}): Promise<Checked> {
  try {
    const under = (options.under ?? []).map((path) => resolve(path))
    return await checkChosen(await chooseSources(sources, under), options)
  } catch (error) {
    if (!(error instanceof FrontendError)) throw error
    const file = resolve(sources.tsConfigFilePath ?? sources.files?.[0] ?? '.')
    return {
      findings: [findingAt({ file, line: 1, column: 1, length: 1 }, 'FX9002', error.message.replaceAll('\n', ' '))],
      programs: [],
      files: 0,
      ignored: [],
    }
  }
}

async function checkChosen(chosen: ChosenSources, { types = 'native', onPrograms }: CheckOptions): Promise<Checked> {
  const { morph, tsConfigFilePath } = chosen
  const compiler = types === 'native' && tsConfigFilePath !== undefined ? nativeCompiler(tsConfigFilePath) : undefined
  const native = compiler === undefined ? undefined : typeErrorsByNative(compiler, chosen).catch(() => undefined)
  const opened = openSources(chosen)
  const { project, files } = opened
  const broken = files.flatMap((file) => syntaxErrors(opened, file.compilerNode as ts.SourceFile))
  const sound = {
    ...opened,
    files: files.filter((file) => !broken.some((finding) => finding.file === file.getFilePath())),
  }
  for (const file of sound.files) checkResolves(file)

  const isOfFluxion = ofFluxion()
  const checker = project.getTypeChecker().compilerObject as ts.TypeChecker
  const language = languageOf(morph.ts, checker, isOfFluxion)
  const calls = programsIn(sound, language)
  const programs = calls.map(({ program }) => program)
  onPrograms?.(programs)

  const graph = importGraph(textOf(opened))
  const found: Finding[] = [...broken, ...programs.flatMap(unusedInputs)]
  for (const file of sound.files) {
    // What waits for programs that are evaluated meanwhile is to hear of them.
    await new Promise(setImmediate)
    const source = file.compilerNode as ts.SourceFile
    found.push(
      ...applyRules(language, source, rules),
      ...earlyUses(language, source, graph),
      ...scalarMistakes(language, source),
    )
  }
  const paths = new Set<string>(files.map((file) => file.getFilePath()))
  const errors = ((await native) ?? typeErrorsByMorph(sound)).filter(({ file }) => paths.has(file))
  const refused = [operators(refusedOperators(errors))]
  for (const file of sound.files) found.push(...applyRules(language, file.compilerNode as ts.SourceFile, refused))
  const typed = inOwnWords(errors)
  found.push(...typed, ...calls.flatMap((call) => (isMistyped(call, typed) ? [] : lostIn(call))))
  const idle = idleComments(sound, found)
  const unused = idle.filter((comment) => !mayBeEvaluated(comment)).map(unusedIgnore)
  return {
    findings: inOrder(heeded([...found, ...unused], graph.textOf)),
    programs,
    files: files.length,
    ignored: idle.filter(mayBeEvaluated),
  }

  function lostIn({ node }: ProgramCall): readonly Finding[] {
    const lost: Finding[] = []
    const source = node.getSourceFile()
    const report: Report = (at, code, message, help) => lost.push(findingAt(placeOf(at, source), code, message, help))
    lostShapes(language, node, report)
    return lost
  }
}

/**
 * Comments that leave none of these findings out, in files without errors: what is not found beside an error may be
 * found without it.
 */
const idleComments = ({ morph, files }: OpenedSources, found: readonly Finding[]): readonly Ignored[] =>
  files
    .filter((file) => !found.some((one) => isErrorIn(one, file.getFilePath())))
    .flatMap((file) => ignoredIn(morph.ts, file.compilerNode as ts.SourceFile))
    // What is unused is said later: a comment that leaves that out is not asked what for.
    .filter((comment) => comment.code !== 'FX9007' && !found.some((one) => leavesOut(comment, one)))

const mayBeEvaluated = ({ code }: Ignored): boolean => evaluatedCodes.some((evaluated) => evaluated === code)

/** Those that need no errors of TypeScript. */
const rules = [controlFlow, unstable, logits, keys, captured, unusedParameters]

const isErrorIn = ({ severity, file }: Finding, of: string): boolean => severity === 'error' && file === of

/** Whether its types have an error already, or are told to expect one: what they make of the rest then says little. */
const isMistyped = ({ node, program }: ProgramCall, typed: readonly Finding[]): boolean =>
  /@ts-(expect-error|ignore)/.test(linesOf(node.getSourceFile().text, program.line - 1, program.endLine)) ||
  typed.some(({ file, line }) => file === program.file && line >= program.line && line <= program.endLine)

/** From one line to another, from 1. */
const linesOf = (text: string, first: number, last: number): string =>
  text
    .split('\n')
    .slice(Math.max(0, first - 1), last)
    .join('\n')

const syntaxErrors = ({ project, morph }: OpenedSources, file: ts.SourceFile): readonly Finding[] =>
  (project.getProgram().compilerObject as ts.Program)
    .getSyntacticDiagnostics(file)
    .map(({ start, length, messageText }) => {
      const message = morph.ts.flattenDiagnosticMessageText(messageText, ' ')
      return findingAt(placeIn(file.fileName, file.text, start, length), 'FX9001', message)
    })

/** Of files that are parsed already, and of others. */
const textOf =
  ({ project }: OpenedSources) =>
  (file: string): string | undefined =>
    project.getSourceFile(file)?.getFullText() ?? readSource(file)
