import type { AnyProgram } from '../../dsl/index.ts'
import { isProgram } from '../../dsl/program.ts'
import { didYouMean } from '../../studies/nearest.ts'
import { loadModule } from '../load-module.ts'

/**
 * The program that a module exports under that name; without one, the only one that it exports.
 *
 * @throws Error where there is no such module, it cannot be loaded, or it exports no such program.
 */
export async function fileProgram(file: string, name: string | undefined): Promise<AnyProgram> {
  const exported = await loadModule(file)
  const all = Object.entries(exported).filter((entry): entry is [string, AnyProgram] => isProgram(entry[1]))
  const names = all.map(([name]) => name)
  const there = names.join(', ') || 'none'
  if (name === undefined) {
    if (all.length === 1) return all[0]![1]
    throw new Error(
      all.length === 0
        ? `${file} exports no program; export what program({ ... }, ...) gives: export const step = program(...)`
        : `${file} exports several programs: ${there}; say which: fluxion explain ${file} NAME`,
    )
  }
  const found = all.find(([known]) => known === name)
  if (found) return found[1]
  throw new Error(
    Object.hasOwn(exported, name)
      ? `${name} of ${file} is no program; its programs are ${there}`
      : `${file} exports no program '${name}'; its programs are ${there}${didYouMean(name, names)}`,
  )
}
