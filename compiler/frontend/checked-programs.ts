import { join } from 'node:path'
import type { CallExpression, ts } from 'ts-morph'
import { describeProgram, type FoundProgram } from './find-programs.ts'
import { type Finding, findingAt, type Place } from './finding.ts'
import { type Language, meant } from './language.ts'
import type { OpenedSources } from './open-sources.ts'
import { callsOfProgram } from './program-calls.ts'
import { placeOfInput } from './rules/lost-shapes.ts'
import { placeOf } from './rules/rule.ts'
import { namesTaken, type Use } from './rules/taken.ts'
import { isFunction } from './rules/unused-parameters.ts'

/** A program, and what is needed to say where something is wrong with it. */
export interface CheckedProgram extends Omit<FoundProgram, 'dims'> {
  /** The module of the language that it is written in, which traces it: built, or the sources. */
  readonly language: string
  /** The call of `program`. */
  readonly place: Place
  /** The last line of the call. */
  readonly endLine: number
  /** Where its spec writes each input; the call where that is not seen. */
  readonly inputPlaces: { readonly [input: string]: Place }
  /** The variable of the module that holds it, where that is not exported. */
  readonly local: string | undefined
  /** How its body uses each input, as far as the source tells: not those that it may use. */
  readonly uses: { readonly [input: string]: Exclude<Use, 'used'> }
}

/** A call of `program`, with what is known of it. */
export interface ProgramCall {
  readonly node: ts.CallExpression
  readonly program: CheckedProgram
}

export const programsIn = ({ morph, files }: OpenedSources, language: Language): readonly ProgramCall[] =>
  files.flatMap((file) =>
    callsOfProgram(language, file).map(({ call, declared }) => programOf(call, declared, language, morph)),
  )

function programOf(
  call: CallExpression,
  declared: string,
  language: Language,
  morph: OpenedSources['morph'],
): ProgramCall {
  const file = call.getSourceFile()
  const node = call.compilerNode as ts.CallExpression
  const found = describeProgram(call, file, morph)
  const source = file.compilerNode as ts.SourceFile
  const [spec, body] = node.arguments
  const apply = body && meant(language, body)
  const taken = apply && isFunction(language.ts, apply) ? namesTaken(language.ts, apply) : undefined
  const uses = taken
    ? found.inputs.map((name) => [name, taken.get(name) ?? 'unused'] as const).filter(([, use]) => use !== 'used')
    : []
  const at = (name: string): Place =>
    placeOf(spec ? placeOfInput(language.ts, meant(language, spec), name) : node, source)
  const program: CheckedProgram = {
    ...found,
    language: languageModule(declared),
    place: placeOf(node, source),
    endLine: call.getEndLineNumber(),
    local: found.exportedAs.length === 0 && isOfModule(language.ts, node) ? found.name : undefined,
    inputPlaces: Object.fromEntries(found.inputs.map((name) => [name, at(name)])),
    uses: Object.fromEntries(uses) as CheckedProgram['uses'],
  }
  return { node, program }
}

/** Whether what a call gives is held by a variable of the module. */
function isOfModule(ts: Language['ts'], call: ts.CallExpression): boolean {
  const declaration = ts.findAncestor(call, ts.isVariableDeclaration)
  const statement = declaration?.parent.parent
  return statement !== undefined && ts.isVariableStatement(statement) && ts.isSourceFile(statement.parent)
}

/** Beside the file that declares `program`: index.ts of the sources, index.js of what is built. */
function languageModule(declared: string): string {
  const folder = join(declared, '..')
  return join(folder, declared.endsWith('.d.ts') ? 'index.js' : 'index.ts')
}

/** The message for an input, whether the source or the traced graph tells that it is not used. */
export const unusedInput = (name: string): string => `input ${name} reaches no result`

/** Inputs that a body does not mention. */
export const unusedInputs = ({ uses, inputPlaces, place }: CheckedProgram): readonly Finding[] =>
  Object.entries(uses)
    .filter(([, use]) => use === 'unused')
    .map(([name]) => findingAt(inputPlaces[name] ?? place, 'FX2003', unusedInput(name)))
