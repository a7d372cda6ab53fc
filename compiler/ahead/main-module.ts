import type { Target } from '../plan/plan.ts'
import { type AheadModule, type AheadProgram, headerOf } from './module.ts'
import { asExported, exportWord, type Named, namedIn, otherExports } from './names.ts'

/**
 * The module that is imported: a function for each program, which brings the code for the target of the device that it
 * is given. `fileFor` names the file with a target's code, as it is imported.
 */
export function mainModule(
  module: AheadModule,
  targets: readonly Target[],
  fileFor: (target: Target) => string,
): string {
  const named = namedIn(module, ['loadBuilt'])
  const functions = named.map((one) => functionOf(one, targets, fileFor))
  return `${headerOf(module.source)}
import { loadBuilt } from 'fluxion/runtime'

${functions.join('\n')}${otherExports(named)}`
}

function functionOf(named: Named, targets: readonly Target[], fileFor: (target: Target) => string): string {
  const { program, local } = named
  // A bundler sees which program is taken of a file, and leaves the others out.
  const taken = `({ ${asExported(program.exported)}: it }) => it`
  const code = targets.map(
    (target) => `    ${target}: () => import(${JSON.stringify(fileFor(target))}).then(${taken}),\n`,
  )
  return `${exportWord(named)}const ${local} = (device, sizes) => {
  const code = {
${code.join('')}  }
  return loadBuilt(${JSON.stringify(nameOf(program))}, code, device, sizes)
}
`
}

/** For messages. A default export has the name of its program. */
function nameOf({ exported, variants }: AheadProgram): string {
  if (exported !== 'default') return exported
  return Object.values(variants[0]!.targets)[0]!.program.executable.plan.name
}
