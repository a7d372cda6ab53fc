import type { Expr, Lanes, Operator } from './expr.ts'
import { type Kernel, type Nest, type Slot, type Statement, textOf } from './kernel.ts'

/** A kernel in the kernel language's own words, the same for every target. */
export function printKernel(kernel: Kernel): string {
  const slots = distinct(kernel.slots)
  const declared = slots.map(({ name, dtype, size, access }) => `  ${access} ${plain(name)}: ${dtype}[${size}]`)
  return [`kernel ${plain(kernel.name)}`, ...declared, ...kernel.nests.map((nest) => printNest(nest, slots))].join('\n')
}

/** Slots of one name, such as a state before and after, told apart by a number. */
const distinct = (slots: readonly Slot[]): readonly Slot[] =>
  slots.map((slot, i) => {
    const before = slots.slice(0, i).filter(({ name }) => name === slot.name).length
    return before === 0 ? slot : { ...slot, name: `${slot.name}_${before}` }
  })

function printNest({ name, grid, body, group }: Nest, slots: readonly Slot[]): string {
  const over = grid.map(({ index, extent }) => `${index.name} < ${extent}`).join(', ')
  const threads = group ? [`    threads ${group.thread.name} < ${group.thread.extent}`] : []
  const shared = (group?.shared ?? []).map(
    ({ name, dtype, lanes, size }, i) => `    shared${i} ${plain(name)}: ${dtype}${lanes === 4 ? 'x4' : ''}[${size}]`,
  )
  return [
    `  nest ${plain(name)}${over && `, for each ${over}`}`,
    ...threads,
    ...shared,
    ...printBody(body, slots, '    '),
  ].join('\n')
}

const printBody = (body: readonly Statement[], slots: readonly Slot[], indent: string): readonly string[] =>
  body.flatMap((statement) => printStatement(statement, slots, indent))

function printStatement(statement: Statement, slots: readonly Slot[], indent: string): readonly string[] {
  const show = (expr: Expr) => printExpr(expr, slots)
  switch (statement.kind) {
    case 'let':
    case 'var': {
      const { variable, value, note, kind } = statement
      const type = `${variable.dtype}${variable.lanes === 4 ? 'x4' : ''}`
      const line = `${indent}${kind} ${variable.name}: ${type} = ${show(value)}`
      const said = textOf(note)
      return [said ? `${line}    # ${said}` : line]
    }
    case 'set':
      return [`${indent}${statement.variable.name} = ${show(statement.value)}`]
    case 'store': {
      const { slot, index, value } = statement
      return [`${indent}${plain(slots[slot]!.name)}[${show(index)}${run(value.lanes)}] = ${show(value)}`]
    }
    case 'for': {
      const { index, from, to, step, body } = statement
      const by = step === 1 ? '' : ` by ${step}`
      return [`${indent}for ${index.name} from ${from} to ${to}${by}`, ...printBody(body, slots, `${indent}  `)]
    }
    case 'if':
      return [`${indent}if ${show(statement.condition)}`, ...printBody(statement.body, slots, `${indent}  `)]
    case 'put':
      return [`${indent}shared${statement.shared}[${show(statement.index)}] = ${show(statement.value)}`]
    case 'barrier':
      return [`${indent}barrier`]
    case 'combine': {
      const { op, variables, stride, width } = statement
      const names = variables.map((variable) => variable.name).join(', ')
      return [`${indent}combine ${op} ${names} over ${width} threads${stride === 1 ? '' : ` at every ${stride}`}`]
    }
  }
}

const infix: { readonly [O in Operator]?: string } = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  rem: '%',
  and: '&',
  or: '|',
  xor: '^',
  shl: '<<',
  shr: '>>',
  less: '<',
  lessEqual: '<=',
  equal: '==',
}

export function printExpr(expr: Expr, slots: readonly Slot[]): string {
  const list = (args: readonly Expr[]) => args.map((arg) => printExpr(arg, slots)).join(', ')
  switch (expr.kind) {
    case 'constant':
      return expr.dtype === 'bool' ? `${expr.value !== 0}` : `${expr.value}`
    case 'variable':
      return expr.name
    case 'load':
      return `${plain(slots[expr.slot]?.name ?? `slot ${expr.slot}`)}[${printExpr(expr.index, slots)}${run(expr.lanes)}]`
    case 'fetch':
      return `shared${expr.shared}[${printExpr(expr.index, slots)}]`
    case 'call':
      return `${expr.name}${expr.result > 0 ? `.${expr.result}` : ''}(${list(expr.args)})`
    case 'reduce':
      return `${expr.op === 'add' ? 'sum' : 'max'}(${expr.over.map((index) => `${index.name} < ${index.extent}`).join(', ')}: ${printExpr(expr.body, slots)})`
    case 'apply': {
      const sign = infix[expr.op]
      if (sign) return `(${expr.args.map((arg) => printExpr(arg, slots)).join(` ${sign} `)})`
      const name = expr.op === 'cast' || expr.op === 'bitcast' ? `${expr.op} ${expr.dtype} ` : expr.op
      return `${name}(${list(expr.args)})`
    }
  }
}

const run = (lanes: Lanes): string => (lanes === 4 ? ' ..+4' : '')
const plain = (name: string): string => name.replace(/[^\w.]+/g, '_')
