import fc from 'fast-check'
import type { Expr, Lanes, Operator, Scalar, ScalarFunction, Variable } from '../../../../compiler/kernel/expr.ts'
import type { Statement } from '../../../../compiler/kernel/kernel.ts'

/**
 * Random expressions and statements, grown from a list of choices: where the list ends every choice is the simplest, so
 * a shorter list of smaller numbers, which fast-check shrinks to, is a simpler kernel.
 */
export const choices = (length: number) => fc.array(fc.nat(1e6), { maxLength: length })

export const scalars = ['f32', 'i32', 'u32', 'bool'] as const
const numbers = ['f32', 'i32', 'u32'] as const

/**
 * Slot k of a kernel is read, of type `scalars[k]`; slot 4 + k of that type is written. All have this many elements for
 * each of the points.
 */
export const perPoint = 4

export class Grower {
  readonly #choices: readonly number[]
  #next = 0
  #names = 0
  readonly #scope: Variable[] = []
  readonly #functions: readonly ScalarFunction[]
  readonly #point: Variable

  constructor(choices: readonly number[], point: Variable, functions: readonly ScalarFunction[]) {
    this.#choices = choices
    this.#point = point
    this.#functions = functions
  }

  pick<T>(from: readonly T[]): T {
    return from[(this.#choices[this.#next++] ?? 0) % from.length]!
  }

  expr(dtype: Scalar, lanes: Lanes, depth: number): Expr {
    const some = (type: Scalar, width: Lanes = lanes): Expr => this.expr(type, width, depth - 1)
    const node = (op: Operator, ...args: readonly Expr[]): Expr => ({ kind: 'apply', op, dtype, lanes, args })
    if (depth <= 0) return this.#leaf(dtype, lanes)
    const forms: (() => Expr)[] = [
      () => this.#leaf(dtype, lanes),
      () => node('select', some('bool'), some(dtype), some(dtype)),
      () => this.#cast(dtype, lanes, depth),
    ]
    if (lanes === 4) {
      forms.push(() => node('splat', some(dtype, 1)))
      forms.push(() => node('pack', some(dtype, 1), some(dtype, 1), some(dtype, 1), some(dtype, 1)))
      for (const op of ['zipLow', 'zipHigh'] as const) forms.push(() => node(op, some(dtype), some(dtype)))
      if (dtype !== 'bool') forms.push(() => node('ramp', some(dtype, 1)))
    }
    if (lanes === 1 && dtype !== 'bool') {
      forms.push(() => node('sumLanes', some(dtype, 4)))
      forms.push(() => node('maxLanes', some(dtype, 4)))
    }
    if (dtype === 'bool') {
      for (const op of ['less', 'lessEqual', 'equal'] as const)
        forms.push(() => {
          const type = this.pick(op === 'equal' ? scalars : numbers)
          return node(op, some(type), some(type))
        })
      for (const op of ['and', 'or'] as const) forms.push(() => node(op, some('bool'), some('bool')))
      forms.push(() => node('not', some('bool')))
    } else {
      for (const op of ['add', 'sub', 'mul', 'min', 'max'] as const)
        forms.push(() => node(op, some(dtype), some(dtype)))
      for (const op of ['neg', 'abs'] as const) forms.push(() => node(op, some(dtype)))
      for (const fn of this.#functions)
        for (const [result, { dtype: type }] of fn.results.entries())
          if (type === dtype)
            forms.push(() => ({
              kind: 'call',
              dtype,
              lanes,
              name: fn.name,
              result,
              args: fn.params.map((p) => some(p.dtype)),
            }))
    }
    if (dtype === 'f32') {
      for (const op of ['div', 'rem'] as const) forms.push(() => node(op, some(dtype), some(dtype)))
      for (const op of ['sqrt', 'floor', 'round', 'exp'] as const) forms.push(() => node(op, some(dtype)))
      forms.push(() => node('fma', some(dtype), some(dtype), some(dtype)))
      // What is written as one minimum or maximum where lanes allow.
      forms.push(() => {
        const [a, b] = [this.#leaf(dtype, lanes), this.#leaf(dtype, lanes)]
        return node(
          'select',
          { ...node('less', a, b), dtype: 'bool' } as Expr,
          ...this.pick([
            [a, b],
            [b, a],
          ]),
        )
      })
    }
    if (dtype === 'i32' || dtype === 'u32') {
      const constant = (value: number): Expr => this.#splat({ kind: 'constant', dtype, lanes: 1, value }, lanes)
      const safe = (): Expr => ({ ...node('or', some(dtype), constant(1)), dtype }) as Expr
      for (const op of ['div', 'rem'] as const) {
        forms.push(() => node(op, some(dtype), safe()))
        forms.push(() => node(op, some(dtype), constant(this.pick([1, 2, 7, 64]))))
      }
      forms.push(() => node('not', some(dtype)))
      for (const op of ['and', 'or', 'xor'] as const) forms.push(() => node(op, some(dtype), some(dtype)))
      for (const op of ['shl', 'shr'] as const) {
        forms.push(() => node(op, some(dtype), { ...node('and', some(dtype), constant(31)), dtype } as Expr))
        forms.push(() => node(op, some(dtype), constant(this.pick([0, 1, 9, 31]))))
      }
    }
    return this.pick(forms)()
  }

  /** Statements that end by storing an expression in each written slot. */
  statements(depth: number): readonly Statement[] {
    const open = this.#scope.length
    const list: Statement[] = []
    for (let count = this.pick([1, 2, 3, 4]); count > 0; count--) list.push(this.#statement(depth))
    const slot = this.pick([0, 1, 2, 3])
    const lanes = this.pick([1, 4] as const)
    list.push({
      kind: 'store',
      slot: 4 + slot,
      index: this.#address(lanes),
      value: this.expr(scalars[slot]!, lanes, 2),
    })
    this.#scope.length = open
    return list
  }

  #statement(depth: number): Statement {
    const forms: (() => Statement)[] = [
      () => {
        const kind = this.pick(['let', 'var'] as const)
        const value = this.expr(this.pick(scalars), this.pick([1, 4] as const), 2)
        return { kind, variable: this.#bind(kind, value.dtype, value.lanes), value }
      },
    ]
    for (const variable of this.#scope.filter(({ name }) => name.startsWith('var')))
      forms.push(() => ({ kind: 'set', variable, value: this.expr(variable.dtype, variable.lanes, 2) }))
    if (depth > 0) {
      forms.push(() => {
        const [from, step, trips] = [this.pick([0, 1, 5]), this.pick([1, 3]), this.pick([2, 0, 1, 3])]
        const index: Variable = { ...this.#bind('index', 'i32', 1), extent: from + step * trips }
        const body = this.statements(depth - 1)
        this.#scope.splice(
          this.#scope.findIndex(({ name }) => name === index.name),
          1,
        )
        return { kind: 'for', index, from, to: from + step * trips, step, body }
      })
      forms.push(() => ({ kind: 'if', condition: this.expr('bool', 1, 2), body: this.statements(depth - 1) }))
    }
    return this.pick(forms)()
  }

  #bind(prefix: string, dtype: Scalar, lanes: Lanes): Variable {
    const variable: Variable = { kind: 'variable', dtype, lanes, name: `${prefix}${this.#names++}` }
    this.#scope.push(variable)
    return variable
  }

  #leaf(dtype: Scalar, lanes: Lanes): Expr {
    const known = this.#scope.filter((variable) => variable.dtype === dtype && variable.lanes === lanes)
    const forms: (() => Expr)[] = [
      () => ({ kind: 'load', dtype, lanes, slot: scalars.indexOf(dtype), index: this.#address(lanes) }),
      () => this.#splat({ kind: 'constant', dtype, lanes: 1, value: this.pick(specials[dtype]) }, lanes),
      ...known.map((variable) => () => variable),
    ]
    return this.pick(forms)()
  }

  #splat(expr: Expr, lanes: Lanes): Expr {
    return lanes === 1 ? expr : { kind: 'apply', op: 'splat', dtype: expr.dtype, lanes: 4, args: [expr] }
  }

  /** An element of the point's own four, or with four lanes the first of them. */
  #address(lanes: Lanes): Expr {
    const i32 = (value: number): Expr => ({ kind: 'constant', dtype: 'i32', lanes: 1, value })
    const node = (op: Operator, ...args: readonly Expr[]): Expr => ({ kind: 'apply', op, dtype: 'i32', lanes: 1, args })
    const first = node('mul', this.#point, i32(perPoint))
    const offset = lanes === 4 ? 0 : this.pick([0, 1, 2, 3])
    const there = this.pick([offset, -offset - 40, 1000])
    return this.pick([
      () => node('add', first, i32(offset)),
      // Parts of an address may be negative, or large, as long as the whole is not.
      () => node('add', node('add', node('sub', first, i32(there)), i32(offset)), i32(there)),
      () => node('sub', node('add', first, i32(offset + 5)), i32(5)),
      () => node('add', node('add', i32(offset), node('shl', this.#point, i32(2))), i32(0)),
    ])()
  }

  #cast(dtype: Scalar, lanes: Lanes, depth: number): Expr {
    const other = this.pick(scalars.filter((type) => type !== dtype))
    const node = (op: Operator, arg: Expr): Expr => ({ kind: 'apply', op, dtype, lanes, args: [arg] })
    if (this.pick([true, false]) || dtype === 'bool' || other === 'bool')
      return node('cast', this.expr(other, lanes, depth - 1))
    if (dtype === 'f32' || other !== 'f32') return node('bitcast', this.expr(other, lanes, depth - 1))
    // The bits of a computed NaN are the engine's to choose, so bits are taken only of what is not one.
    const whole: Expr = {
      kind: 'apply',
      op: 'cast',
      dtype: 'f32',
      lanes,
      args: [this.expr(this.pick(['i32', 'u32'] as const), lanes, depth - 1)],
    }
    return node('bitcast', whole)
  }
}

export const specials: { readonly [type in Scalar]: readonly number[] } = {
  f32: [1, 0, -0, 0.5, -1.5, 2.5, 1e-3, 100, -1e10, 3e38, -Infinity, Infinity, Number.NaN, 1e-40, 4294967296],
  i32: [1, 0, -1, 2, 31, -(2 ** 31), 2 ** 31 - 1, 123456789],
  u32: [1, 0, 2, 31, 2 ** 31, 2 ** 32 - 1, 3000000000],
  bool: [1, 0],
}
