import type { Expr } from '../../kernel/expr.ts'
import type { Kernel, Statement } from '../../kernel/kernel.ts'
import { partsOf } from '../../kernel/scalars.ts'

/** How a kernel uses a slot. */
interface Uses {
  wide: number
  single: number
  /** Whether each vector of four begins at a multiple of four elements from where the slot begins. */
  aligned: boolean
  /** Whether single elements are written: written through a vector, that could write its other elements, too. */
  scattered: boolean
}

/**
 * The slots whose memory may be seen as vectors of four, and is used as such often enough: a vector of what is seen as
 * single elements takes four accesses, an element of what is seen as vectors one and two operations. A slot is in it
 * only with all others in the same region (`where[i]` for slot i), and those begin at multiples of four elements
 * (`alignedAt`).
 */
export function vectorRegions(
  kernel: Kernel,
  where: readonly number[],
  alignedAt: (slot: number) => boolean,
): ReadonlySet<number> {
  const uses = usesOf(kernel)
  const regions = new Set(where)
  for (const region of where) {
    const own = uses.filter((_, slot) => where[slot] === region)
    const [wide, single] = [own.reduce((n, use) => n + use.wide, 0), own.reduce((n, use) => n + use.single, 0)]
    const fits = own.every(({ aligned, scattered }) => aligned && !scattered)
    const begins = where.every((other, slot) => other !== region || uses[slot]!.wide === 0 || alignedAt(slot))
    if (!fits || !begins || wide === 0 || single > 4 * wide) regions.delete(region)
  }
  return regions
}

function usesOf({ slots, nests }: Kernel): readonly Uses[] {
  const uses = slots.map((): Uses => ({ wide: 0, single: 0, aligned: true, scattered: false }))
  const touch = (slot: number, lanes: number, index: Expr, known: ReadonlyMap<string, number>) => {
    const use = uses[slot]!
    if (lanes === 1) use.single++
    else {
      use.wide++
      use.aligned &&= multipleOf(index, known) === 4
    }
  }
  const inExpr = (expr: Expr, known: ReadonlyMap<string, number>): void => {
    if (expr.kind === 'load') touch(expr.slot, expr.lanes, expr.index, known)
    for (const part of partsOf(expr)) inExpr(part, known)
  }
  const inBody = (body: readonly Statement[], known: Map<string, number>): void => {
    for (const statement of body) {
      if (statement.kind === 'if') inExpr(statement.condition, known)
      if (statement.kind === 'for') known.set(statement.index.name, commonFour(statement.from | statement.step))
      if (statement.kind === 'store') {
        touch(statement.slot, statement.value.lanes, statement.index, known)
        if (statement.value.lanes === 1) uses[statement.slot]!.scattered = true
      }
      if ('index' in statement && statement.kind !== 'for') inExpr(statement.index, known)
      if ('value' in statement) inExpr(statement.value, known)
      if (statement.kind === 'let') known.set(statement.variable.name, multipleOf(statement.value, known))
      if ('body' in statement) inBody(statement.body, known)
    }
  }
  for (const { body } of nests) inBody(body, new Map())
  return uses
}

/** The largest of 1, 2 and 4 that an address is a multiple of, as far as is known. */
function multipleOf(expr: Expr, known: ReadonlyMap<string, number>): number {
  if (expr.kind === 'constant') return commonFour(expr.value)
  if (expr.kind === 'variable') return known.get(expr.name) ?? 1
  if (expr.kind !== 'apply') return 1
  const [a, b] = expr.args.map((arg) => multipleOf(arg, known)) as [number, number]
  switch (expr.op) {
    case 'add':
    case 'sub':
    case 'min':
    case 'max':
      return Math.min(a, b)
    case 'mul':
      return Math.min(4, a * b)
    // A multiple of 4, over a multiple of 4.
    case 'rem':
      return Math.min(a, b)
    default:
      return 1
  }
}

const commonFour = (n: number): number => (n % 4 === 0 ? 4 : n % 2 === 0 ? 2 : 1)
