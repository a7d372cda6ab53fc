import type { PlanOutline } from '../plan/plan.ts'
import { isIdentifier } from './literal.ts'
import { type AheadModule, headerOf, type Variant } from './module.ts'
import { exportWord, type Named, namedIn, otherExports } from './names.ts'
import { inputType, resultType } from './port-types.ts'

/**
 * The types of a module, of which the sizes are literal and keep the names of their dims. They speak of the runtime
 * alone.
 */
export function declarations(module: AheadModule): string {
  const named = namedIn(module, imported)
  return `${headerOf(module.source)}
import type { ${imported.join(', ')} } from 'fluxion/runtime'

${named.map((one) => (one.program.variants.length === 1 ? oneChoice(one) : severalChoices(one))).join('\n')}${otherExports(named)}`
}

const imported = ['Device', 'Halves', 'Run', 'StatefulRun', 'TypedTensor']

/** `step(device)`; sizes may be given, and are then those that it was built for. */
function oneChoice(named: Named): string {
  const { program, local } = named
  const [variant] = program.variants as [Variant]
  const dims = Object.keys(variant.dims).length > 0 ? `, sizes?: ${sizesType(variant)}` : ''
  return `${docOf(named)}${exportWord(named)}declare function ${local}(device: Device${dims}): Promise<${runType(variant, local)}>
${exportWord(named)}declare namespace ${local} {
${typesOf(variant, '  ')}}
`
}

/** `step(device, { n: 256 })`. */
function severalChoices(named: Named): string {
  const { program, local } = named
  const spaces = spacesOf(program.variants)
  const chosen = program.variants.map((one, i) => `    S extends ${sizesType(one)} ? ${runType(one, spaces[i]!)} :\n`)
  const inner = program.variants.map((one, i) => `  namespace ${spaces[i]} {\n${typesOf(one, '    ')}  }\n`)
  return `${docOf(named)}${exportWord(named)}declare function ${local}<const S extends ${local}.Sizes>(device: Device, sizes: S): Promise<${local}.Chosen<S>>
${exportWord(named)}declare namespace ${local} {
  type Sizes = ${program.variants.map(sizesType).join(' | ')}
  type Chosen<S extends Sizes> =
${chosen.join('')}    never
${inner.join('')}}
`
}

const docOf = ({ program: { doc } }: Named): string => (doc === '' ? '' : `${doc}\n`)

const runType = ({ targets }: Variant, space: string): string =>
  `${Object.values(targets)[0]!.init ? 'StatefulRun' : 'Run'}<${space}.Inputs, ${space}.Results>`

const sizesType = ({ dims }: Variant): string =>
  `{ ${Object.entries(dims)
    .map(([dim, size]) => `readonly ${isIdentifier(dim) ? dim : JSON.stringify(dim)}: ${size}`)
    .join('; ')} }`

function typesOf({ targets }: Variant, indent: string): string {
  // Every target has the same.
  const { inputs, outputs }: PlanOutline = Object.values(targets)[0]!.program.executable.plan
  return `${indent}type Inputs = ${inputType(inputs, indent)}
${indent}type Results = ${resultType(outputs, indent)}
`
}

/** n256, n64_d2: a name for each choice. */
function spacesOf(variants: readonly Variant[]): readonly string[] {
  const plain = variants.map(({ dims }) =>
    Object.entries(dims)
      .map(([dim, size]) => `${dim}${size}`)
      .join('_'),
  )
  return plain.every(isIdentifier) ? plain : variants.map((_, i) => `sizes${i}`)
}
