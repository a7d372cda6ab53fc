import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AnyProgram } from '../../dsl/index.ts'
import { isProgram } from '../../dsl/program.ts'
import { didYouMean } from '../../studies/nearest.ts'

/** Whether it is the name of a module, and not of a program. */
export const isModule = (name: string): boolean => /\.[cm]?[jt]sx?$/.test(name)

/**
 * The program that a module exports under that name; without one, the only one that it exports.
 *
 * @throws Error where there is no such module, it cannot be loaded, or it exports no such program.
 */
export async function fileProgram(file: string, name: string | undefined): Promise<AnyProgram> {
  const path = resolve(file)
  if (!(await stat(path).catch(() => undefined))?.isFile()) throw new Error(`there is no module '${file}'`)
  const exported = await load(file, path)
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

async function load(file: string, path: string): Promise<{ readonly [name: string]: unknown }> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
      throw new Error(
        `Node ${process.versions.node} does not load ${file}; give the JavaScript that it is compiled to, or Node 22.18 or newer, which loads TypeScript`,
        { cause: error },
      )
    throw new Error(`${file} does not load: ${message}`, { cause: error })
  }
}
