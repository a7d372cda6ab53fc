import { dirname, resolve } from 'node:path'

/** What the imports of a file name, as they are written. Looks at the text alone: a comment may name more. */
export const importsIn = (text: string): readonly string[] => [...text.matchAll(specifier)].map(([, , name]) => name!)

/** Those that load a module: `import type` and `export type` leave nothing of themselves. */
const loadedIn = (text: string): readonly string[] =>
  [...text.matchAll(specifier)].flatMap(([, typeOnly, name]) => (typeOnly ? [] : [name!]))

const specifier = /\b(?:import|export)\s+(type\s)?(?:[^'";]*?\bfrom\s*)?['"]([^'"\n]+)['"]/g

/**
 * The file that a relative import names, among those that `exists` knows; undefined where there is none, or it names a
 * package.
 */
export function relativeImport(from: string, name: string, exists: (file: string) => boolean): string | undefined {
  if (!name.startsWith('.')) return undefined
  const path = resolve(dirname(from), name)
  const stem = path.replace(/\.[cm]?jsx?$/, '')
  const candidates = [path, ...endings.map((end) => `${stem}${end}`), ...endings.map((end) => `${path}/index${end}`)]
  return candidates.find((candidate) => /\.[cm]?[jt]sx?$/.test(candidate) && exists(candidate))
}

const endings = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs']

/** Which files load which. */
export interface ImportGraph {
  /** Undefined where there is no such file. */
  textOf(file: string): string | undefined
  /** The files of authors that a file imports. */
  loads(file: string): readonly string[]
}

/** Each file is read once, when it is asked for. */
export function importGraph(read: (file: string) => string | undefined): ImportGraph {
  const texts = new Map<string, string | undefined>()
  const known = new Map<string, readonly string[]>()
  const textOf = (file: string): string | undefined => {
    if (!texts.has(file)) texts.set(file, read(file))
    return texts.get(file)
  }
  const exists = (file: string): boolean => textOf(file) !== undefined
  return {
    textOf,
    loads(file) {
      const loaded =
        known.get(file) ?? loadedIn(textOf(file) ?? '').flatMap((name) => relativeImport(file, name, exists) ?? [])
      known.set(file, loaded)
      return loaded
    },
  }
}

/**
 * A shortest circle of imports that a file is in, and where `through` is given, its import of that one: files that each
 * import the next, the same at both ends, wherever in it one asks; undefined where there is none.
 */
export function importCycle(graph: ImportGraph, file: string, through?: string): readonly string[] | undefined {
  const circle = wayBack(graph, file, through)
  if (!circle) return undefined
  const first = circle.indexOf([...circle].sort()[0]!)
  const turned = [...circle.slice(first), ...circle.slice(0, first)]
  return [...turned, turned[0]!]
}

/** The files of the circle, each once, beginning with the one that was asked for. */
function wayBack(graph: ImportGraph, file: string, through: string | undefined): readonly string[] | undefined {
  if (through === file) return [file]
  const cameFrom = new Map<string, string>(through === undefined ? [] : [[through, file]])
  const queue = [through ?? file]
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const to of graph.loads(at)) {
      if (to === file) return wayTo(at, cameFrom)
      if (cameFrom.has(to)) continue
      cameFrom.set(to, at)
      queue.push(to)
    }
  }
  return undefined
}

const wayTo = (file: string, cameFrom: ReadonlyMap<string, string>): readonly string[] => {
  const before = cameFrom.get(file)
  return before === undefined ? [file] : [...wayTo(before, cameFrom), file]
}

/** 'a.ts -> b.ts -> a.ts' */
export const cycleText = (cycle: readonly string[]): string =>
  cycle.map((file) => file.split(/[\\/]/).at(-1)!).join(' -> ')
