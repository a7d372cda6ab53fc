import type { Lanes, Scalar } from '../../kernel/expr.ts'
import type { Group, Kernel, Nest, Statement } from '../../kernel/kernel.ts'
import type { Region, Shader } from '../../plan/plan.ts'
import type { Binding, SharedBinding } from './expression.ts'
import { Functions } from './functions.ts'
import { typeName } from './literals.ts'
import { Names } from './names.ts'
import { type Combine, inSteps, makePrelude, type Scratch } from './prelude.ts'
import { Body, type Outside } from './statements.ts'
import { vectorRegions } from './vectors.ts'
import { foldWorkgroups, pointsOf, workgroupSize, workgroupsOf } from './workgroups.ts'

/** Where the slots of a kernel lie. */
interface Placed {
  /** The region of each. */
  readonly where: readonly number[]
  /** Whether it begins at a multiple of four elements there. */
  readonly aligned: readonly boolean[]
}

/** The shader that runs a kernel whose slots lie there. */
export function printShader(
  kernel: Kernel,
  { where, aligned }: Placed,
  regions: readonly Region[],
  { maxWorkgroups, subgroup }: { readonly maxWorkgroups: number; readonly subgroup: number },
): Shader {
  const names = new Names()
  const main = names.take('main')
  const bound = [...new Set(where)]
  const offsets = printOffsets(kernel, names)
  const arrays = new Map(bound.map((region) => [region, names.take(regions[region]!.name)]))
  const vectors = vectorRegions(kernel, where, (slot) => aligned[slot]!)
  const pools = new Pools(names, kernel.nests)
  const ways = combinesIn(kernel.nests, subgroup)
  const bySubgroup = ways.some(({ within }) => within === 'subgroup')
  const prelude = makePrelude(names, [...arrays.values()], {
    ways,
    scratch: (dtype, lanes) => pools.scratch(dtype, lanes, size),
  })
  const functions = new Functions(kernel.functions, names)
  const bindings = kernel.slots.map((_, slot): Binding => {
    const region = where[slot]!
    const { element } = regions[region]!
    return { array: arrays.get(region)!, element, vectors: vectors.has(region), offset: offsets.members[slot]! }
  })
  const size = workgroupSize(kernel.nests)
  const nests = kernel.nests
    .filter((nest) => pointsOf(nest) > 0)
    .map((nest) => ({ nest, name: names.take(nest.name), workgroups: workgroupsOf(nest, size) }))

  const outside: Outside = {
    names,
    prelude,
    bindings,
    shared: [],
    subgroup,
    function: (name, lanes) => functions.use(name, lanes, outside),
  }
  const bodies = nests.map(({ nest, name }) =>
    nest.group ? printGroupNest(nest, nest.group, name, outside, pools) : printNest(nest, name, outside),
  )
  const total = nests.reduce((sum, { workgroups }) => sum + workgroups, 0)
  const workgroups = foldWorkgroups(total, maxWorkgroups)

  const source = [
    printHeader(kernel, where, regions),
    bound.some((region) => regions[region]!.element === 'f16') ? 'enable f16;' : '',
    bySubgroup ? 'enable subgroups;' : '',
    offsets.text,
    bound
      .map((region, i) => {
        const { element } = regions[region]!
        const type = typeName(element, vectors.has(region) ? 4 : 1)
        return `@group(0) @binding(${i + 1}) var<storage, read_write> ${arrays.get(region)}: array<${type}>;`
      })
      .join('\n'),
    pools.printed(),
    ...prelude.printed(),
    ...functions.printed(),
    ...bodies,
    printMain(main, nests, size, workgroups, bySubgroup, names),
  ]
  return { source: `${source.filter(Boolean).join('\n\n')}\n`, entryPoint: main, regions: bound, workgroups }
}

function printHeader(kernel: Kernel, where: readonly number[], regions: readonly Region[]): string {
  const rows = kernel.slots.map(({ name, dtype, size, access }, slot) => [
    name,
    `${dtype}[${size}]`,
    access,
    `in ${regions[where[slot]!]!.name}`,
  ])
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  const table = rows.map((row) => `//   ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`)
  return [`// ${kernel.name}`, ...table].map((line) => line.replace(/[\r\n]+/g, ' ')).join('\n')
}

/** Where each slot begins in its region, in elements: the one thing in which dispatches of a shader differ. */
function printOffsets({ slots }: Kernel, names: Names): { text: string; members: readonly string[] } {
  const struct = names.take('Offsets')
  const at = names.take('at')
  if (slots.length === 0) return { text: '', members: [] }
  const fields = new Names()
  const members = slots.map(({ name }) => fields.take(name))
  const text = `struct ${struct} {
${members.map((member) => `  ${member}: i32,`).join('\n')}
}
@group(0) @binding(0) var<uniform> ${at}: ${struct};`
  return { text, members: members.map((member) => `${at}.${member}`) }
}

/** A function that runs the body at one point of the grid, the points being numbered row-major. */
function printNest(nest: Nest, name: string, outside: Outside): string {
  const body = new Body(outside)
  const p = body.take('p')
  const points = pointsOf(nest)
  body.line(`if (${p} >= ${points}u) {`)
  body.line('  return;')
  body.line('}')
  printIndices(body, nest, p)
  body.statements(nest.body)
  return [`fn ${name}(${p}: u32) {`, ...body.lines, '}'].join('\n')
}

/** A function that runs the body at one point of the grid, by all threads of a workgroup. */
function printGroupNest(nest: Nest, group: Group, name: string, outside: Outside, pools: Pools): string {
  const { thread } = group
  const body = new Body({ ...outside, shared: pools.place(nest, group, outside.subgroup), thread })
  const [p, number] = [body.take('p'), body.index(thread, thread.extent!)]
  printIndices(body, nest, p)
  body.statements(nest.body)
  return [`fn ${name}(${p}: u32, ${number}: i32) {`, ...body.lines, '}'].join('\n')
}

/** The indices of a nest at point number `p`. */
function printIndices(body: Body, nest: Nest, p: string): void {
  const points = pointsOf(nest)
  let inner = points
  nest.grid.forEach(({ index, extent }, depth) => {
    const outer = inner
    inner /= extent
    const position = inner === 1 ? p : `${p} / ${inner}u`
    const within = outer === points ? position : `${position} % ${extent}u`
    body.line(`let ${body.index(index, extent)} = ${extent === 1 && depth > 0 ? '0' : `i32(${within})`};`)
  })
}

/** Of elements that threads combine: what those a subgroup apart hold then is at one place of several planes. */
const leastPlane = 32

/**
 * The arrays of the workgroup, one for each type of element: the nests of a shader use the same memory, as a workgroup
 * runs one of them. It consists of planes, of the largest that any of them has.
 */
class Pools {
  readonly #names: Names
  readonly #pools = new Map<string, { readonly name: string; readonly type: string; size: number }>()
  /** By type. */
  readonly #planes = new Map<string, number>()

  constructor(names: Names, nests: readonly Nest[]) {
    this.#names = names
    for (const { dtype, lanes, plane = 0 } of nests.flatMap(({ group }) => group?.shared ?? [])) {
      const type = typeName(dtype, lanes)
      this.#planes.set(type, Math.max(plane, this.#planeOf(type)))
    }
  }

  #planeOf = (type: string): number => this.#planes.get(type) ?? leastPlane

  /** An array of at least `size` elements. */
  #take(type: string, size: number): { readonly array: string; readonly plane: number } {
    const pool = this.#pools.get(type) ?? { name: this.#names.take(`shared_${type}`), type, size: 0 }
    this.#pools.set(type, pool)
    pool.size = Math.max(pool.size, size)
    return { array: pool.name, plane: this.#planeOf(type) }
  }

  /** An array in which threads combine values. */
  scratch(dtype: Scalar, lanes: Lanes, threads: number): Scratch {
    return { ...this.#take(typeName(dtype, lanes), threads), threads }
  }

  /** Where the arrays of a nest lie: behind those in which its threads combine values. */
  place(nest: Nest, { shared, thread }: Group, subgroup: number): readonly SharedBinding[] {
    const combined = combinesIn([nest], subgroup)
      .filter(({ within }) => within === 'workgroup')
      .map(({ dtype, lanes }) => typeName(dtype, lanes))
    const used = new Map(combined.map((type) => [type, thread.extent!]))
    return shared.map(({ dtype, lanes, size, plane = 1 }) => {
      const type = typeName(dtype, lanes)
      const offset = Math.ceil((used.get(type) ?? 0) / plane) * plane
      used.set(type, offset + size)
      return { ...this.#take(type, offset + size), offset }
    })
  }

  printed(): string {
    return [...this.#pools.values()]
      .map(({ name, type, size }) => {
        const plane = this.#planeOf(type)
        return `var<workgroup> ${name}: array<array<${type}, ${plane}>, ${Math.ceil(size / plane)}>;`
      })
      .join('\n')
  }
}

/** The ways in which threads combine values. */
function combinesIn(nests: readonly Nest[], subgroup: number): readonly Combine[] {
  const within = (body: readonly Statement[]): readonly Combine[] =>
    body.flatMap((statement) =>
      statement.kind === 'combine'
        ? statement.variables.flatMap(({ dtype, lanes }) =>
            inSteps({ op: statement.op, stride: statement.stride, width: statement.width, dtype, lanes }, subgroup),
          )
        : 'body' in statement
          ? within(statement.body)
          : [],
    )
  return nests.flatMap(({ body }) => within(body))
}

/** Gives each nest its run of workgroups. */
function printMain(
  main: string,
  nests: readonly { readonly nest: Nest; readonly name: string; readonly workgroups: number }[],
  size: number,
  [x, y, z]: readonly [number, number, number],
  bySubgroup: boolean,
  outside: Names,
): string {
  const count = bySubgroup ? outside.take('numbered') : ''
  const names = new Names(outside)
  const [thread, group, lane, lanes, before] = ['thread', 'group', 'lane', 'lanes', 'before'].map((name) =>
    names.take(name),
  ) as [string, string, string, string, string]
  const number =
    y === 1
      ? 'workgroup.x'
      : z === 1
        ? `workgroup.x + ${x}u * workgroup.y`
        : `workgroup.x + ${x}u * (workgroup.y + ${y}u * workgroup.z)`
  const lines = [
    ...(bySubgroup ? [`var<workgroup> ${count}: atomic<u32>;`, ''] : []),
    `@compute @workgroup_size(${size})`,
    bySubgroup
      ? `fn ${main}(@builtin(workgroup_id) workgroup: vec3u, @builtin(subgroup_invocation_id) ${lane}: u32, @builtin(subgroup_size) ${lanes}: u32) {`
      : `fn ${main}(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) ${thread}: u32) {`,
    ...(bySubgroup ? numberedBySubgroup(count, { thread, lane, lanes, before }) : []),
    `  let ${group} = ${number};`,
  ]
  let end = 0
  const runs = nests.map(({ nest, name, workgroups }): Run => {
    const own = end === 0 ? group : `(${group} - ${end}u)`
    end += workgroups
    const args = nest.group ? `${own}, i32(${thread})` : `${size}u * ${own} + ${thread}`
    return { call: `${name}(${args});`, end }
  })
  // A box of workgroups may be larger than what is needed of it; threads beyond the points of a grid return by
  // themselves.
  const [only] = runs.length === 1 ? nests : []
  const exact = only && (!only.nest.group || x * y * z === end)
  const calls = exact ? [runs[0]!.call] : printChoice(group, runs)
  return [...lines, ...indented(calls), '}'].join('\n')
}

/** Numbers for threads, those of a subgroup in a row: WGSL does not say which threads form one. */
const numberedBySubgroup = (
  count: string,
  { thread, lane, lanes, before }: { readonly [name in 'thread' | 'lane' | 'lanes' | 'before']: string },
): readonly string[] => [
  `  var ${before} = 0u;`,
  `  if (${lane} == 0u) {`,
  `    ${before} = atomicAdd(&${count}, ${lanes});`,
  '  }',
  `  let ${thread} = subgroupBroadcastFirst(${before}) + ${lane};`,
]

/** What the workgroups before number `end` call, and not those of the run before. */
interface Run {
  readonly call: string
  readonly end: number
}

/**
 * Many runs are chosen from by halves: shader compilers limit how long a chain of ifs is, and a workgroup should not
 * try them all.
 */
function printChoice(group: string, runs: readonly Run[]): readonly string[] {
  if (runs.length > longestChain) {
    const half = Math.ceil(runs.length / 2)
    return [
      `if (${group} < ${runs[half - 1]!.end}u) {`,
      ...indented(printChoice(group, runs.slice(0, half))),
      '} else {',
      ...indented(printChoice(group, runs.slice(half))),
      '}',
    ]
  }
  const chain = runs.flatMap(({ call, end }, i) => [`${i > 0 ? '} else ' : ''}if (${group} < ${end}u) {`, `  ${call}`])
  return [...chain, ...(runs.length > 0 ? ['}'] : [])]
}

const longestChain = 8

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)
