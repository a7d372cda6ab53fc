import type { Kernel, Nest } from '../../kernel/kernel.ts'
import type { Region, Shader } from '../../plan/plan.ts'
import type { Binding } from './expression.ts'
import { Functions } from './functions.ts'
import { Names } from './names.ts'
import { makePrelude } from './prelude.ts'
import { Body, type Outside } from './statements.ts'
import { foldWorkgroups, pointsOf, workgroupSize, workgroupsOf } from './workgroups.ts'

/** The shader that runs a kernel whose slot i lies in region `where[i]`. */
export function printShader(
  kernel: Kernel,
  where: readonly number[],
  regions: readonly Region[],
  maxWorkgroups: number,
): Shader {
  const names = new Names()
  const main = names.take('main')
  const bound = [...new Set(where)]
  const offsets = printOffsets(kernel, names)
  const arrays = new Map(bound.map((region) => [region, names.take(regions[region]!.name)]))
  const prelude = makePrelude(names, [...arrays.values()])
  const functions = new Functions(kernel.functions, names)
  const bindings = kernel.slots.map((_, slot): Binding => {
    const region = where[slot]!
    return { array: arrays.get(region)!, element: regions[region]!.element, offset: offsets.members[slot]! }
  })
  const nests = kernel.nests
    .filter((nest) => pointsOf(nest) > 0)
    .map((nest) => ({ nest, name: names.take(nest.name), workgroups: workgroupsOf(nest) }))

  const outside: Outside = { names, prelude, bindings, function: (name, lanes) => functions.use(name, lanes, outside) }
  const bodies = nests.map(({ nest, name }) => printNest(nest, name, outside))
  const total = nests.reduce((sum, { workgroups }) => sum + workgroups, 0)
  const workgroups = foldWorkgroups(total, maxWorkgroups)

  const source = [
    printHeader(kernel, where, regions),
    offsets.text,
    bound
      .map((region, i) => {
        const { element } = regions[region]!
        return `@group(0) @binding(${i + 1}) var<storage, read_write> ${arrays.get(region)}: array<${element}>;`
      })
      .join('\n'),
    ...prelude.printed(),
    ...functions.printed(),
    ...bodies,
    printMain(main, nests, workgroups, new Names(names)),
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
  let inner = points
  nest.grid.forEach(({ index, extent }, depth) => {
    const outer = inner
    inner /= extent
    const position = inner === 1 ? p : `${p} / ${inner}u`
    const within = outer === points ? position : `${position} % ${extent}u`
    body.line(`let ${body.variable(index)} = ${extent === 1 && depth > 0 ? '0' : `i32(${within})`};`)
  })
  body.statements(nest.body)
  return [`fn ${name}(${p}: u32) {`, ...body.lines, '}'].join('\n')
}

/** Gives each nest its run of workgroups. */
function printMain(
  main: string,
  nests: readonly { readonly name: string; readonly workgroups: number }[],
  [x, y, z]: readonly [number, number, number],
  names: Names,
): string {
  const [thread, group] = [names.take('thread'), names.take('group')]
  const number =
    y === 1
      ? 'workgroup.x'
      : z === 1
        ? `workgroup.x + ${x}u * workgroup.y`
        : `workgroup.x + ${x}u * (workgroup.y + ${y}u * workgroup.z)`
  const lines = [
    `@compute @workgroup_size(${workgroupSize})`,
    `fn ${main}(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) ${thread}: u32) {`,
    `  let ${group} = ${number};`,
  ]
  let end = 0
  const runs = nests.map(({ name, workgroups }): Run => {
    const own = end === 0 ? group : `(${group} - ${end}u)`
    end += workgroups
    return { call: `${name}(${workgroupSize}u * ${own} + ${thread});`, end }
  })
  const calls = runs.length === 1 ? [runs[0]!.call] : printChoice(group, runs)
  return [...lines, ...indented(calls), '}'].join('\n')
}

/** What the workgroups before number `end` call, and not those of the run before. */
interface Run {
  readonly call: string
  readonly end: number
}

/** Many runs are chosen from by halves: shader compilers limit how long a chain of ifs is, and a workgroup should not try them all. */
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
