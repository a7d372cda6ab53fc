import { type Equation, type Graph, graphsIn, type Param, type Params, type Value } from './graph.ts'
import { showType } from './primitives/type-rule.ts'
import { lineOf } from './source.ts'

/**
 * A graph as text, one equation a line: `xt_3: f32[256, 2] = add x0 mul_2`. Names are made unique by a number; params
 * that only repeat the type of the output are left out. With `sources`, the author's line stands at the right.
 */
export function printGraph(graph: Graph, options: { readonly sources?: boolean } = {}): string {
  const names = uniqueNames(graph)
  const lines = [
    ...listed(
      `${graph.name}(`,
      graph.inputs.map((input) => declared(names, input)),
      ')',
    ),
    ...graph.equations.flatMap((equation) => [
      { text: `  ${printed(names, equation)}`, source: lineOf(equation.source) },
      ...within(equation, options),
    ]),
    ...listed(
      '  return ',
      graph.outputs.map((output) => nameOf(names, output)),
      '',
    ),
  ]
  const width = Math.max(0, ...lines.filter(({ source }) => source).map(({ text }) => text.length))
  return lines
    .map(({ text, source }) => (options.sources && source ? `${text.padEnd(width)}  # ${source}` : text.trimEnd()))
    .join('\n')
}

/** The graphs that an equation runs, set in below it. */
const within = ({ params }: Equation, options: { readonly sources?: boolean }) =>
  graphsIn(params).flatMap(([name, graph]) =>
    printGraph({ ...graph, name: `${name} ${graph.name}` }, options)
      .split('\n')
      .map((text) => ({ text: `      ${text}`, source: '' })),
  )

/** On one line where they fit, else each on its own. */
function listed(before: string, items: readonly string[], after: string) {
  const line = `${before}${items.join(', ')}${after}`
  const lines = line.length <= 120 ? [line] : [before, ...items.map((item) => `    ${item}`), ...(after ? [after] : [])]
  return lines.map((text) => ({ text, source: '' }))
}

/** One equation with the names that its values have. */
export const printEquation = (equation: Equation): string => printed(new Map(), equation)

type Names = ReadonlyMap<Value, string>

function uniqueNames(graph: Graph): Names {
  const names = new Map<Value, string>()
  const taken = new Set<string>()
  const next = new Map<string, number>()
  const give = (value: Value) => {
    if (names.has(value)) return
    let name = value.name
    for (let k = next.get(value.name) ?? 2; taken.has(name); k++) {
      name = `${value.name}_${k}`
      next.set(value.name, k + 1)
    }
    taken.add(name)
    names.set(value, name)
  }
  graph.inputs.forEach(give)
  // What an enclosing trace defines is named before the graph's own values, as it stands before them.
  const own = new Set(graph.equations.flatMap((equation) => equation.outputs))
  for (const value of [...graph.equations.flatMap((equation) => equation.inputs), ...graph.outputs])
    if (!own.has(value)) give(value)
  for (const value of own) give(value)
  return names
}

function printed(names: Names, equation: Equation): string {
  const { primitive, params, inputs, outputs } = equation
  const left = outputs.map((output) => declared(names, output)).join(', ')
  const right = [primitive.name, ...inputs.map((input) => nameOf(names, input)), ...paramTexts(params, outputs)]
  return `${left} = ${right.join(' ')}`
}

const declared = (names: Names, value: Value): string => `${nameOf(names, value)}: ${showType(value.type)}`
const nameOf = (names: Names, value: Value): string => names.get(value) ?? value.name

function paramTexts(params: Params, [output]: readonly Value[]): string[] {
  const repeated = (name: string, param: Param) =>
    (name === 'shape' || name === 'dtype') && output && paramText(param) === paramText(output.type[name])
  return Object.entries(params)
    .filter(([name, param]) => !repeated(name, param) && !(Array.isArray(param) && param.length === 0))
    .map(([name, param]) => `${name}=${paramText(param)}`)
}

function paramText(param: Param): string {
  if (typeof param !== 'object') return String(param)
  return isGraph(param) ? param.name : `[${param.map(paramText).join(', ')}]`
}

const isGraph = (param: Graph | readonly Param[]): param is Graph => !Array.isArray(param)
