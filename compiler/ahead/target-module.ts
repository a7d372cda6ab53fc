import type { Executable, Target, WasmCode } from '../plan/plan.ts'
import { literal, templateOf } from './literal.ts'
import { type AheadModule, type Followed, headerOf, type Made, targetFile } from './module.ts'
import { exportWord, namedIn, otherExports } from './names.ts'
import type { Origins } from './origins.ts'
import { type Mapping, sourceMap } from './source-map.ts'

/** The text of a module, and its source map where there is one. */
export interface MappedCode {
  readonly code: string
  readonly map?: string
}

/**
 * The module with the code of all programs for one target: data alone, with shaders as text and WebAssembly in
 * hexadecimal digits. Beside shaders a source map leads the first line of each, and every line that names one, to the
 * author's.
 *
 * `pathOf` gives what the map calls a source.
 */
export function targetModule(module: AheadModule, target: Target, pathOf: (file: string) => string): MappedCode {
  const named = namedIn(module, [])
  const exported = named.map((one) => {
    const variants = one.program.variants.map(({ dims, targets }) => dataOf(dims, targets[target]!))
    return `${exportWord(one)}const ${one.local} = ${literal(variants)}\n`
  })
  const code = `${headerOf(module.source)}\n\n${exported.join('\n')}${otherExports(named)}`
  if (target !== 'wgsl') return { code }
  const followed = named
    .flatMap(({ program }) => program.variants.map(({ targets }) => targets[target]!))
    .flatMap(({ program, init }) => (init ? [program, init] : [program]))
  return { code, map: sourceMap(targetFile(module.name, target), mappingsOf(code, followed, pathOf)) }
}

/** As `loadBuilt` of the runtime reads it. */
const dataOf = (dims: { readonly [dim: string]: number }, { features, program, init }: Made): object => ({
  dims,
  features,
  program: executableData(program.executable),
  init: init && executableData(init.executable),
})

const executableData = ({ plan, code }: Executable): object => ({
  plan,
  code: code.target === 'wasm' ? wasmData(code) : code,
})

const wasmData = ({ module, ...rest }: WasmCode): object => ({ ...rest, module: hex(module) })

/**
 * Two digits a byte: what repeats in the bytes repeats in the text, so that it takes a quarter less than base64 once it
 * is gzipped.
 */
const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** `followed` has its shaders in the order in which they stand in the code. */
function mappingsOf(code: string, followed: readonly Followed[], pathOf: (file: string) => string): readonly Mapping[] {
  const found: Mapping[] = []
  let at = 0
  let line = 0
  for (const { executable, origins } of followed) {
    if (executable.code.target !== 'wgsl') continue
    for (const [shader, { source }] of executable.code.shaders.entries()) {
      const begins = code.indexOf(templateOf(source), at + 1)
      line += newlinesIn(code.slice(at, begins))
      at = begins
      for (const [i, text] of source.split('\n').entries()) {
        const frame = (i === 0 && origins.shaders[shader]) || namedBy(text, origins)
        if (frame)
          found.push({
            line: line + i,
            source: pathOf(frame.file),
            sourceLine: frame.line - 1,
            sourceColumn: frame.column - 1,
          })
      }
    }
  }
  return found
}

const newlinesIn = (text: string): number => text.split('\n').length - 1

/** The place that a comment at the end of a line names: '// linear, matching.ts:16'. */
const namedBy = (line: string, { lines }: Origins) =>
  lines.get(line.slice(Math.max(line.lastIndexOf(', ') + 2, line.lastIndexOf('// ') + 3)))
