import * as morph from 'ts-morph'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../../compiler/frontend/index.ts'
import { languageOf } from '../../../compiler/frontend/language.ts'
import { captured } from '../../../compiler/frontend/rules/captured.ts'
import { controlFlow } from '../../../compiler/frontend/rules/control-flow.ts'
import { operators, type Refused, refusedOperators } from '../../../compiler/frontend/rules/operators.ts'
import { applyRules, type Rule } from '../../../compiler/frontend/rules/rule.ts'
import { unstable } from '../../../compiler/frontend/rules/unstable.ts'
import { unusedParameters } from '../../../compiler/frontend/rules/unused-parameters.ts'
import { typeErrorsByMorph } from '../../../compiler/frontend/type-errors.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'

// Rules on sources in memory, beside a small language: laws over many sources at once.

const language = `
export interface Tensor<S = number[]> {
  readonly shape: S
  [method: string]: (...args: unknown[]) => Tensor<S>
}
`
const head = `import type { Tensor } from './tensor.ts'
declare const t: Tensor, u: Tensor, n: number, s: string
declare let o: Tensor | undefined
`
const headLines = head.split('\n').length - 1

type RulesOf = (refused: Refused) => readonly Rule[]
const all: RulesOf = (refused) => [controlFlow, operators(refused), unstable, captured, unusedParameters]

/**
 * What rules find in each of some sources, in which t and u are tensors, o may be one, n is a number and s a text.
 * Lines and columns are those of the source itself.
 */
function findingsIn(sources: readonly string[], rulesOf: RulesOf): readonly (readonly Finding[])[] {
  const project = new morph.Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    compilerOptions: { strict: true, noLib: true, allowImportingTsExtensions: true, noEmit: true },
  })
  project.createSourceFile('/tensor.ts', language)
  const files = sources.map((source, i) => project.createSourceFile(`/f${i}.ts`, head + source))
  const known = languageOf(morph.ts, project.getTypeChecker().compilerObject, () => true)
  const rules = rulesOf(refusedOperators(typeErrorsByMorph({ morph, project, files })))
  return files.map((file) =>
    applyRules(known, file.compilerNode, rules).map((finding) => ({ ...finding, line: finding.line - headLines })),
  )
}

/** An expression of conditions, and where in its text the tensors are that are there for certain. */
interface Condition {
  readonly text: string
  readonly tensors: readonly number[]
}
const leaf = fc
  .constantFrom('t', 'o', 'n', '(t)', 's', 'n > 0', 'o !== undefined')
  .map((text): Condition => ({ text, tensors: text.includes('t') && text.length < 4 ? [text.indexOf('t')] : [] }))
const shifted = (by: number, { tensors }: Condition): readonly number[] => tensors.map((at) => at + by)
const condition: fc.Arbitrary<Condition> = fc.letrec<{ readonly tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    tie('tree').map((a): Condition => ({ text: `!(${a.text})`, tensors: shifted(2, a) })),
    fc.tuple(tie('tree'), tie('tree'), fc.constantFrom('&&', '||')).map(
      ([a, b, operator]): Condition => ({
        text: `(${a.text}) ${operator} (${b.text})`,
        tensors: [...shifted(1, a), ...shifted(a.text.length + 7, b)],
      }),
    ),
  ),
})).tree

test('each tensor whose truth is asked for is found once, wherever it stands in a condition, and nothing else is', () => {
  fc.assert(
    fc.property(fc.array(condition, { minLength: 40, maxLength: 40 }), (conditions) => {
      const found = findingsIn(
        conditions.map(({ text }) => `if (${text}) {}`),
        () => [controlFlow],
      )
      for (const [i, { text, tensors }] of conditions.entries())
        expect(
          found[i]!.map(({ column }) => column - 1 - 'if ('.length).sort((a, b) => a - b),
          text,
        ).toEqual(tensors)
    }),
    { numRuns: 6 * times },
  )
})

test.each([
  ['if (t) {}', 'FX2001'],
  ['while (t) {}', 'FX2001'],
  ['do {} while (t)', 'FX2001'],
  ['for (; t; ) {}', 'FX2001'],
  ['switch (t) {}', 'FX2001'],
  ['const a = t ? 1 : 2', 'FX2001'],
  ['if (t.less(u)) {}', 'FX2001'],
  ['if (t as Tensor) {}', 'FX2001'],
  ['if (o) {}', undefined],
  ['const a = o ?? t', undefined],
  ['const a = o ? o.add(1) : t', undefined],
  ['if (t.shape) {}', undefined],
  ['for (let i = 0; i < n; i++) {}', undefined],
])('%s: %s', (source, code) => {
  expect(findingsIn([source], all)[0]!.map((finding) => finding.code)).toEqual(code === undefined ? [] : [code])
})

describe('operators', () => {
  const comparisons = ['<', '<=', '>', '>=', '==', '===', '!=', '!==']
  const symbols = [...comparisons, '+', '-', '*', '/', '%', '**']
  const operands = ['t', 'o', 'n', '1', 'undefined', "'a'", 't.add(1)']
  const isTensor = (operand: string): boolean => ['t', 't.add(1)'].includes(operand)
  const isSilent = (operand: string): boolean => ['undefined', "'a'"].includes(operand)
  const pairs = symbols.flatMap((symbol) => operands.flatMap((a) => operands.map((b) => [a, symbol, b] as const)))

  test('are found beside every tensor, unless they ask whether it is there or make a text', () => {
    const found = findingsIn(
      pairs.map((words) => `void (${words.join(' ')})`),
      (refused) => [operators(refused)],
    )
    for (const [i, [a, symbol, b]] of pairs.entries()) {
      // One that may be missing may be compared for being the same.
      const mayBeSame = comparisons.includes(symbol) && [a, b].includes('o')
      const isWrong = (isTensor(a) || isTensor(b)) && ![a, b].some(isSilent) && !mayBeSame
      expect(
        found[i]!.map(({ code }) => code),
        `${a} ${symbol} ${b}`,
      ).toEqual(isWrong ? ['FX2002'] : [])
    }
  })
})

describe('unstable spellings', () => {
  const wrong: { readonly [code: string]: readonly string[] } = {
    FX3001: ['t.softmax(1).log()', 't.softmax().add(1e-9).log()', 't.softmax(1).clamp(1e-9, 1).log()'],
    FX3002: ['t.sigmoid().log()', 't.sigmoid().maximum(1e-7).log()'],
    FX3003: ['t.add(1).log()', 't.square().add(1).log()'],
    FX3004: ['t.exp().sub(1)', 't.mul(2).exp().sub(1)'],
    FX3005: [
      'u.div(t.norm(1))',
      'u.div(t.norm(1).expand(1))',
      'u.div(t.square().sum(1).sqrt())',
      'u.mul(t.norm().reciprocal())',
    ],
    FX3006: ['t.exp().div(t.exp().sum(1))', 't.exp().div(t.exp().sum(1).expand(1))'],
    FX3007: ['t.exp().sum(1).log()', 't.sub(u).exp().sum().log()'],
    FX3008: ['t.exp().add(1).log()', 't.exp().log1p()'],
  }
  const right = [
    't.logSoftmax(1)',
    't.add(2).log()',
    't.add(u).log()',
    't.exp().sub(2)',
    't.exp().add(1)',
    't.sub(1).exp()',
    'u.div(t.norm(1).add(1e-8))',
    'u.div(t.norm(1).maximum(1e-8).expand(1))',
    'u.div(t.square().sum(1).add(1e-8).sqrt())',
    't.exp().div(u.exp().sum(1))',
    't.sub(t.max(1)).exp().sum(1).log()',
    't.sum(1).log()',
  ]
  const cases = [
    ...Object.entries(wrong).flatMap(([code, texts]) => texts.map((text) => [text, code] as const)),
    ...right.map((text) => [text, undefined] as const),
  ]

  /**
   * A chain as it is; with each call but the last as a constant of its own; and in what TypeScript lets stand around
   * it.
   */
  const spellings = (text: string): readonly string[] => {
    const last = text.lastIndexOf('.')
    const [inner, rest] = [text.slice(0, last), text.slice(last)]
    return [`void ${text}`, `const part = ${inner}\nvoid part${rest}`, `void ((${inner}) as Tensor)${rest}`]
  }

  test('are found however they are laid out, and what is stable is not', () => {
    // The last dot of some is inside of an argument.
    const laid = cases.flatMap(([text, code]) =>
      (/\)$/.test(text.slice(0, text.lastIndexOf('.'))) && !/\([^()]*\.[^()]*\(/.test(text)
        ? spellings(text)
        : [`void ${text}`]
      ).map((source) => [source, code] as const),
    )
    expect(laid.length).toBeGreaterThan(40)
    const found = findingsIn(
      laid.map(([source]) => source),
      () => [unstable],
    )
    for (const [i, [source, code]] of laid.entries())
      expect(
        found[i]!.map((finding) => finding.code),
        source,
      ).toEqual(code === undefined ? [] : [code])
  })

  test('are those of tensors alone', () => {
    const others = cases.map(([text]) => `const t: any = 0, u: any = 0\nvoid ${text}`).map((text) => `{ ${text} }`)
    for (const findings of findingsIn(others, () => [unstable])) expect(findings).toEqual([])
  })
})

test('no source makes a rule throw', () => {
  const word = fc.constantFrom(
    ...'t u o n ( ) { } [ ] . , ; => = == > < && || ! ? : + - 1 0.5 const let if while for return function class'.split(
      ' ',
    ),
    ...'softmax log exp add sub div sum norm tensor layer program as satisfies typeof new await `a` "b" /c/ ... ?. @ #'.split(
      ' ',
    ),
  )
  const source = fc.array(word, { maxLength: 40 }).map((words) => words.join(' '))
  fc.assert(
    fc.property(fc.array(source, { minLength: 50, maxLength: 50 }), (sources) => {
      expect(findingsIn(sources, all)).toHaveLength(sources.length)
    }),
    { numRuns: 6 * times },
  )
})
