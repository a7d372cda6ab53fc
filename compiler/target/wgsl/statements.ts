import type { Call, Expr, Lanes, Variable } from '../../kernel/expr.ts'
import { type Note, type Statement, textOf } from '../../kernel/kernel.ts'
import { anyInteger, type Range, rangeOf } from '../../kernel/ranges.ts'
import { partsOf } from '../../kernel/scalars.ts'
import {
  type Binding,
  printAddress,
  printExpr,
  printShared,
  printStored,
  type SharedBinding,
  type Surroundings,
} from './expression.ts'
import { Names } from './names.ts'
import { inSteps, type Prelude } from './prelude.ts'

/** What a body of statements may refer to. */
export interface Outside {
  readonly names: Names
  readonly prelude: Prelude
  readonly bindings: readonly Binding[]
  readonly shared: readonly SharedBinding[]
  /** The number of the thread, in a body that threads run together. */
  readonly thread?: Variable
  /** How many threads in a row form a subgroup that folds by itself; 0 where none does. */
  readonly subgroup: number
  /** A function of the kernel: its name, and the fields of what it returns where it has several results. */
  function(name: string, lanes: Lanes): { readonly name: string; readonly fields?: readonly string[] }
}

/** The body of one WGSL function, line by line. */
export class Body implements Surroundings {
  readonly lines: string[] = []
  readonly prelude: Prelude
  readonly bindings: readonly Binding[]
  readonly shared: readonly SharedBinding[]
  readonly #outside: Outside
  readonly #names: Names
  readonly #variables = new Map<string, string>()
  readonly #assigned = new Set<string>()
  /** Of indices, and of what is bound and never set again. */
  readonly #ranges = new Map<string, Range>()
  /** The results of calls already made, innermost block last. */
  readonly #calls: Map<string, string>[] = [new Map()]

  constructor(outside: Outside) {
    this.prelude = outside.prelude
    this.bindings = outside.bindings
    this.shared = outside.shared
    this.#outside = outside
    this.#names = new Names(outside.names)
  }

  /** A name for something of the printer's own. */
  take(wanted: string): string {
    return this.#names.take(wanted)
  }

  /** The number that made the name unique in the whole compilation is left out where it is not needed here. */
  variable({ name }: Variable): string {
    const known = this.#variables.get(name)
    if (known !== undefined) return known
    const taken = this.#names.take(name.replace(/_\d+$/, ''))
    this.#variables.set(name, taken)
    return taken
  }

  /** An index of the body, which is at least 0 and less than its extent. */
  index(variable: Variable, extent: number): string {
    this.#ranges.set(variable.name, [0, extent - 1])
    return this.variable(variable)
  }

  range(expr: Expr): Range {
    return rangeOf(expr, (name) => this.#ranges.get(name) ?? anyInteger)
  }

  /** A call of a function with several results is made once in a block, where its arguments cannot change. */
  call({ name, args, lanes, result }: Call, texts: readonly string[]): string {
    const callee = this.#outside.function(name, lanes)
    const text = `${callee.name}(${texts.join(', ')})`
    if (!callee.fields) return text
    const field = callee.fields[result]!
    if (!args.every((arg) => this.#settled(arg))) return `${text}.${field}`
    const known = this.#calls.findLast((block) => block.has(text))?.get(text)
    if (known !== undefined) return `${known}.${field}`
    const made = this.#names.take(name)
    this.line(`let ${made} = ${text};`)
    this.#calls.at(-1)!.set(text, made)
    return `${made}.${field}`
  }

  line(text: string, note?: Note): void {
    const said = textOf(note)
    const comment = said && ` // ${said.replace(/\s+/g, ' ')}`
    this.lines.push(`${'  '.repeat(this.#calls.length)}${text}${comment}`)
  }

  statements(statements: readonly Statement[]): void {
    for (const statement of statements) this.#statement(statement)
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case 'let':
      case 'var': {
        const value = printExpr(statement.value, this)
        if (statement.kind === 'var') this.#assigned.add(statement.variable.name)
        else this.#ranges.set(statement.variable.name, this.range(statement.value))
        this.line(`${statement.kind} ${this.variable(statement.variable)} = ${value};`, statement.note)
        break
      }
      case 'set': {
        const value = printExpr(statement.value, this)
        this.line(`${this.variable(statement.variable)} = ${value};`)
        break
      }
      case 'store':
        this.#store(statement)
        break
      case 'for': {
        const { from, to, step, body } = statement
        const index = this.variable(statement.index)
        this.#ranges.set(statement.index.name, [from, Math.max(from, to - 1)])
        const next = step === 1 ? `${index}++` : `${index} += ${step}`
        this.#block(`for (var ${index} = ${from}; ${index} < ${to}; ${next}) {`, body)
        break
      }
      case 'if':
        this.#block(`if (${printExpr(statement.condition, this)}) {`, statement.body)
        break
      case 'put': {
        const { shared, index, value } = statement
        this.line(`${printShared(this.shared[shared]!, index, this)} = ${printExpr(value, this)};`)
        break
      }
      case 'barrier':
        this.line('workgroupBarrier();')
        break
      case 'combine': {
        const { op, variables, stride, width } = statement
        const thread = this.variable(this.#outside.thread!)
        for (const variable of variables) {
          const { dtype, lanes } = variable
          const name = this.variable(variable)
          for (const step of inSteps({ op, dtype, lanes, stride, width }, this.#outside.subgroup)) {
            const args = step.within === 'subgroup' ? name : `${thread}, ${name}`
            this.line(`${name} = ${this.prelude.combine(step)}(${args});`)
          }
        }
        break
      }
    }
  }

  #store({ slot, index, value, note }: Extract<Statement, { kind: 'store' }>): void {
    const { array, element, vectors, offset } = this.bindings[slot]!
    const address = printAddress(offset, index, this)
    const stored = printStored(value, element, this)
    if (vectors) this.line(`${array}[(${address}) >> 2u] = ${stored};`, note)
    else if (value.lanes === 1) this.line(`${array}[${address}] = ${stored};`, note)
    else this.line(`${this.prelude.store4(array, element)}(${address}, ${stored});`, note)
  }

  #block(head: string, body: readonly Statement[]): void {
    this.line(head)
    this.#calls.push(new Map())
    this.statements(body)
    this.#calls.pop()
    this.line('}')
  }

  #settled(expr: Expr): boolean {
    if (expr.kind === 'load') return false
    if (expr.kind === 'variable') return !this.#assigned.has(expr.name)
    return partsOf(expr).every((part) => this.#settled(part))
  }
}
