import { type Import, importsOf } from './imports.ts'
import type { Sources } from './sources.ts'

/**
 * What the files of a room may import beside those of the room itself. Names are prefixes of paths: 'compiler/ir' is
 * also 'compiler/ir/primitives'.
 */
export interface Room {
  readonly values: readonly string[]
  /** These as well, but only with `import type`. */
  readonly types?: readonly string[]
  /** It never runs in a browser: it may import node: modules, packages, and rooms of the same kind. */
  readonly node?: true
  /**
   * It runs in a browser, and may import these packages, but only with `import()`: who does not use what needs one need
   * not have it.
   */
  readonly packages?: readonly string[]
}

export type Arrows = { readonly [room: string]: Room }

const library = ['compiler', 'dsl', 'models', 'runtime']

/** A file belongs to the room with the longest name that begins its path. */
export const arrows: Arrows = {
  'compiler/kernel': { values: [], types: ['compiler/ir'] },
  'compiler/ir': { values: ['compiler/ir'], types: ['compiler/kernel'] },
  'compiler/ir/primitives': { values: ['compiler/ir', 'compiler/kernel/functions'], types: ['compiler/kernel'] },
  'compiler/transform': { values: ['compiler/ir'] },
  'compiler/fuse': { values: ['compiler/ir', 'compiler/kernel'] },
  'compiler/schedule': { values: ['compiler/ir', 'compiler/kernel'], types: ['compiler/fuse', 'compiler/plan'] },
  'compiler/plan': { values: ['compiler/ir', 'compiler/kernel'], types: ['compiler/fuse', 'compiler/schedule'] },
  'compiler/target': {
    values: ['compiler/ir', 'compiler/kernel'],
    types: ['compiler/fuse', 'compiler/schedule', 'compiler/plan'],
  },
  compiler: { values: ['compiler'] },
  'compiler/ahead': { values: ['compiler/ir'], types: ['compiler/plan', 'compiler/compile.ts'] },
  'compiler/frontend': { values: ['dsl/scalar/source'], node: true },
  dsl: { values: ['compiler/ir', 'compiler/transform', 'dsl/scalar/source'], types: ['compiler/explain'] },
  'dsl/scalar/source': { values: [] },
  runtime: { values: [], types: ['compiler/plan/plan.ts', 'compiler/plan/tuned.ts'] },
  'runtime/data': { values: ['runtime'], packages: ['csv-parse', 'fast-png', 'fflate'] },
  'runtime/train': { values: ['runtime'], types: ['runtime/data', 'compiler/plan/plan.ts'] },
  'runtime/node': { values: ['runtime'], types: ['compiler/plan/plan.ts'], node: true },
  models: { values: ['dsl', 'runtime', 'index.ts'] },
  'index.ts': { values: library },
  ahead: { values: ['compiler', 'dsl', 'runtime'] },
  testing: { values: [...library, 'index.ts'], node: true },
  vite: { values: ['ahead', 'compiler/ahead/vlq.ts', 'dsl/scalar/source'], node: true },
  // What a user writes: the library is imported by its name.
  examples: { values: ['vite'], node: true },
  bench: { values: [...library, 'index.ts', 'testing'], node: true },
  studies: { values: [...library, 'index.ts'], node: true },
  cli: { values: [...library, 'index.ts', 'ahead', 'studies', 'testing', 'vite', 'bench'], node: true },
  test: {
    values: [...library, 'index.ts', 'ahead', 'testing', 'vite', 'bench', 'studies', 'cli', 'examples', 'test'],
    node: true,
  },
  'vitest.config.ts': { values: ['test', 'examples'], node: true },
}

/**
 * Every import that no arrow allows, as `file:line: rule`, and every circle of rooms that import each other's values.
 */
export const violations = (sources: Sources, allowed: Arrows = arrows): readonly string[] => {
  const found: string[] = []
  const edges = new Map<string, Map<string, string>>()
  for (const [file, text] of sources) {
    if (!file.endsWith('.ts')) continue
    const room = roomOf(file, allowed)
    if (room === undefined) {
      found.push(`${file}:1: stands in no room; the rooms are ${Object.keys(allowed).join(', ')}`)
      continue
    }
    for (const item of importsOf(file, text)) {
      const place = `${file}:${item.line}`
      const broken = brokenRule(room, item, allowed)
      if (broken !== undefined) found.push(`${place}: ${broken}`)
      const to = item.target === undefined || item.typeOnly ? undefined : roomOfTarget(item.target, allowed)
      if (to !== undefined && whole(to) !== whole(room)) {
        const out = edges.get(whole(room)) ?? new Map<string, string>()
        edges.set(whole(room), out.set(whole(to), out.get(whole(to)) ?? place))
      }
    }
  }
  return [...found, ...circles(edges)]
}

const within = (path: string, prefix: string): boolean =>
  path === prefix || (/^[/.]/.test(path.slice(prefix.length)) && path.startsWith(prefix))

const roomOf = (path: string, allowed: Arrows): string | undefined =>
  Object.keys(allowed)
    .filter((room) => within(path, room))
    .sort((a, b) => b.length - a.length)[0]

/** A package may be called as a room is. */
const roomOfTarget = (target: string, allowed: Arrows): string | undefined =>
  target.endsWith('.ts') ? roomOf(target, allowed) : undefined

const brokenRule = (room: string, { target, typeOnly, lazy }: Import, allowed: Arrows): string | undefined => {
  const { values, types = [], node, packages = [] } = allowed[room]!
  if (target === undefined)
    return node ? undefined : 'the module of an import() must be a literal, so that it can be checked'
  const to = roomOfTarget(target, allowed)
  if (to === room) return undefined
  if (to === undefined) {
    if (node) return undefined
    const known = packages.find((name) => target === name || target.startsWith(`${name}/`))
    if (known !== undefined && (lazy || typeOnly)) return undefined
    if (known !== undefined)
      return `${room} imports ${target}, which is optional: it may be imported with import() alone`
    const outside = target.startsWith('node:') ? 'no node: module' : 'no package'
    return `${room} imports ${target}, but it runs in a browser and depends on nothing: ${outside}${packages.length > 0 ? ` but ${packages.join(', ')}` : ''} may be imported there`
  }
  const may = [...values, ...(typeOnly ? types : [])].some((prefix) => within(target, prefix))
  if (!may) {
    const list = `${room} may import ${values.join(', ') || 'no other room'}`
    const typeList = types.length > 0 ? ` (and types only of ${types.join(', ')})` : ''
    return `${room} imports ${typeOnly ? 'types' : 'values'} of ${target}, but ${list}${typeList}`
  }
  // Types as well: who has them must have the packages that they speak of.
  if (!node && allowed[to]!.node) return `${room} imports ${target}, but ${room} runs in a browser and ${to} does not`
  return undefined
}

/** compiler/ir/primitives is a corner of compiler/ir: the two are one when circles are looked for. */
const whole = (room: string): string => room.split('/').slice(0, 2).join('/')

/** One line for each circle; `edges` gives, from room to room, the first place that draws the arrow. */
const circles = (edges: ReadonlyMap<string, ReadonlyMap<string, string>>): readonly string[] => {
  const found: string[] = []
  const done = new Set<string>()
  const enter = (room: string, path: readonly string[]): void => {
    const start = path.indexOf(room)
    if (start >= 0) {
      const circle = [...path.slice(start), room]
      const place = edges.get(circle.at(-2)!)!.get(room)!
      found.push(`${place}: rooms import each other in a circle: ${circle.join(' -> ')}`)
      return
    }
    if (done.has(room)) return
    for (const next of edges.get(room)?.keys() ?? []) enter(next, [...path, room])
    done.add(room)
  }
  for (const room of edges.keys()) enter(room, [])
  return found
}
