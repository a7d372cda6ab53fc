import { programsIn, programsOf } from '../../ahead/index.ts'
import type { AnyProgram } from '../../dsl/index.ts'
import { didYouMean } from '../../studies/nearest.ts'
import { loadModule } from '../load-module.ts'

/**
 * The program that a module exports under that name; without one, the only one that it exports.
 *
 * @throws Error where there is no such module, it cannot be loaded, or it exports no such program.
 */
export async function fileProgram(file: string, name: string | undefined): Promise<AnyProgram> {
  const exports = await loadModule(file)
  const all = name === undefined ? programsOf({ file, exports }) : programsIn(exports)
  const names = all.map(({ exported }) => exported)
  const there = names.join(', ') || 'none'
  if (name === undefined) {
    if (all.length === 1) return all[0]!.program
    throw new Error(`${file} exports several programs: ${there}; say which: fluxion explain ${file} NAME`)
  }
  const found = all.find(({ exported }) => exported === name)
  if (found) return found.program
  throw new Error(
    Object.hasOwn(exports, name)
      ? `${name} of ${file} is no program; its programs are ${there}`
      : `${file} exports no program '${name}'; its programs are ${there}${didYouMean(name, names)}`,
  )
}
