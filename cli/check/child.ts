import { pathToFileURL } from 'node:url'
import type { AnyProgram } from '../../dsl/index.ts'
import { type Exports, type Loader, openLoader } from '../load-module.ts'
import { exportedLocals } from './exported-locals.ts'
import type { Module, Raw, Said } from './raw.ts'
import { complaint, findingsOf, type LanguageModule } from './traced.ts'

// The process in which authors' modules are run: whoever started it may end it at any time. It is told of modules, and
// says what it is doing, so that what never ends has a name.

const locals = new Map<string, readonly string[]>()
const loader = openLoader({ plugins: [exportedLocals((file) => locals.get(file) ?? [])] })
let now: string | undefined
const traced = new Set<AnyProgram>()

const say = (said: Said): void => void process.send?.(said)
const tell = (found: Raw): void => say({ kind: 'found', found })

// What a module has begun may fail later; it is to blame, and the others go on.
process.on('uncaughtException', (thrown) => now !== undefined && tell({ ...complaint(thrown), module: now }))

process.on('message', (modules: readonly Module[]) => void evaluate(modules))
process.on('disconnect', () => process.exit())
// What runs TypeScript takes a while to load, in which the sources are parsed elsewhere.
void import('vite').catch(() => {})
await new Promise(() => {})

async function evaluate(modules: readonly Module[]): Promise<void> {
  // One may be loaded for another, before its turn.
  for (const { file, locals: own } of modules) locals.set(file, own)
  for (const module of modules) {
    now = module.file
    // The library takes longer to load than most modules, and is none of theirs.
    const language = await languageAt(module.language, loader).catch((error: unknown) => error as Error)
    say({ kind: 'begins', module: module.file })
    if (language instanceof Error) tell({ ...complaint(causeOf(language)), module: module.file })
    else
      await evaluateModule(module.file, language as unknown as LanguageModule).catch((error: unknown) =>
        tell({ ...complaint(error), module: module.file }),
      )
    say({ kind: 'ends', module: module.file })
  }
}

async function evaluateModule(file: string, language: LanguageModule): Promise<void> {
  let exported: Exports
  try {
    exported = (await loader.load(file)).exports
  } catch (error) {
    tell({ ...complaint(causeOf(error)), module: file })
    return
  }
  for (const name of Object.keys(exported)) {
    const program = programAt(exported, name)
    if (!program || traced.has(program)) continue
    traced.add(program)
    say({ kind: 'begins', module: file, program: program['~definition'].frame(), name })
    for (const found of findingsOf(program, language)) tell({ ...found, module: file })
  }
}

/** The loader says which module; what that threw is the cause. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && Object.hasOwn(error, 'cause') ? error.cause : error
}

/** An export that is a program; what cannot be read, or only looks like one, is none. */
function programAt(exported: Exports, name: string): AnyProgram | undefined {
  try {
    const value = exported[name]
    if (typeof value !== 'function' || !('~definition' in value)) return undefined
    const program = value as unknown as AnyProgram
    program['~definition'].frame()
    return program
  } catch {
    return undefined
  }
}

/**
 * The same module that authors' imports lead to: an installed one is run by Node, sources by what runs the authors'.
 */
function languageAt(file: string, from: Loader): Promise<Exports> {
  return file.endsWith('.ts') ? from.load(file).then(({ exports }) => exports) : import(pathToFileURL(file).href)
}
