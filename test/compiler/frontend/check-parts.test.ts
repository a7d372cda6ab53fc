import { posix } from 'node:path'
import { ts } from 'ts-morph'
import { describe, expect, test } from 'vitest'
import { codeOf, codes } from '../../../compiler/frontend/codes.ts'
import { type Finding, findingAt, inOrder, placeIn } from '../../../compiler/frontend/finding.ts'
import { heeded, ignoredIn } from '../../../compiler/frontend/ignored.ts'
import { importCycle, importGraph, importsIn, relativeImport } from '../../../compiler/frontend/imports.ts'
import { complaintIn, inOwnWords, printedErrors } from '../../../compiler/frontend/type-errors.ts'
import { withoutTypes } from '../../../compiler/frontend/without-types.ts'
import { readFunction } from '../../../dsl/scalar/source/index.ts'
import * as fc from '../../fc.ts'

const code = fc.constantFrom(...(Object.keys(codes) as (keyof typeof codes)[]))
const place = fc.record({
  file: fc.constantFrom('a.ts', 'b.ts'),
  line: fc.integer({ min: 1, max: 3 }),
  column: fc.integer({ min: 1, max: 3 }),
  length: fc.constant(1),
})
const finding: fc.Arbitrary<Finding> = fc
  .tuple(place, code, fc.constantFrom('one', 'two'))
  .map(([at, code, message]) => findingAt(at, code, message))

describe('findings in order', () => {
  test('are those that were found, each once', () => {
    fc.assert(
      fc.property(fc.array(finding), (all) => {
        const key = ({ file, line, code, message }: Finding): string => JSON.stringify([file, line, code, message])
        const once = inOrder(all).map(key)
        expect(new Set(once)).toEqual(new Set(all.map(key)))
        expect(once.length).toBe(new Set(once).size)
      }),
    )
  })

  test('are sorted, and stay as they are', () => {
    fc.assert(
      fc.property(fc.array(finding), (all) => {
        const sorted = inOrder(all)
        const place = ({ file, line, column }: Finding): string => `${file} ${line} ${column}`
        expect(sorted.map(place)).toEqual(sorted.map(place).sort())
        expect(inOrder(sorted)).toEqual(sorted)
      }),
    )
  })
})

test('a place is where the characters are, and ends with its line', () => {
  const text = fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', ' '), { minLength: 1 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, fc.nat(), fc.integer({ min: 1, max: 9 }), (text, from, length) => {
      const start = from % text.length
      const { line, column, length: shown } = placeIn('a.ts', text, start, length)
      const lines = text.split('\n')
      expect(lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0) + column - 1).toBe(start)
      const part = text.slice(start, start + length).split(/\r?\n|\r/)[0]!
      expect(shown).toBe(Math.max(1, part.length))
    }),
  )
})

describe("the language's words in TypeScript's", () => {
  const complaint = fc
    .tuple(fc.constantFrom('shape', 'dtype', 'type', 'trace'), fc.string({ maxLength: 60 }))
    .map(([kind, rest]) => `${kind} error: ${rest.replace(/[\n\r\u2028\u2029]/g, ' ')}`)

  test('are found wherever it quotes them', () => {
    fc.assert(
      fc.property(complaint, (complaint) => {
        const quoted = JSON.stringify(complaint)
        for (const text of [
          `Argument of type 'Tensor<["n", 4], "f32">' is not assignable to parameter of type '${quoted}'.`,
          `Type 'Program<{ x: 1 }>' is not assignable to type 'Program<{ x: 1 }> & ${quoted}'.`,
          `No overload matches this call.\nThe last overload gave the following error.\n'${quoted}'`,
        ])
          expect(JSON.parse(JSON.stringify(complaintIn(text)))).toBe(JSON.parse(quoted))
      }),
    )
  })

  test('have a code by their kind', () => {
    expect(['shape', 'dtype', 'type', 'trace'].map((kind) => codeOf(`${kind} error: it`))).toEqual([
      'FX1001',
      'FX1002',
      'FX1003',
      'FX1004',
    ])
    expect(codeOf('range error: it')).toBeUndefined()
    expect(codeOf('type error: tensor: 99 numbers are too many to write into a program, which takes 64')).toBe('FX2006')
  })

  test('are all that is taken of what the compiler prints', () => {
    const printed = [
      `a.ts(3,14): error TS2345: Argument of type 'x' is not assignable to parameter of type '"shape error: add: [2] with [3]"'.`,
      `b (1).ts(4,1): error TS2769: No overload matches this call.`,
      `  Overload 2 of 2 gave the following error.`,
      `    Type 'i32' is not assignable to type '"dtype error: mul: i32 with f32; cast one of them"'.`,
      `a.ts(9,1): error TS2322: Type 'number' is not assignable to type 'string'.`,
      `error TS18003: No inputs were found in config file.`,
      '',
    ].join('\n')
    const found = inOwnWords(printedErrors(printed, '/p'))
    expect(found.map(({ file, line, column, code, message }) => [file, line, column, code, message])).toEqual([
      ['/p/a.ts', 3, 14, 'FX1001', 'shape error: add: [2] with [3]'],
      ['/p/b (1).ts', 4, 1, 'FX1002', 'dtype error: mul: i32 with f32; cast one of them'],
    ])
  })
})

describe('imports', () => {
  test.each([
    ["import { a } from './a.ts'", ['./a.ts']],
    ['import \'./a.ts\'\nimport b, {\n  c,\n} from "b"', ['./a.ts', 'b']],
    ["import type { A } from './a.ts'", ['./a.ts']],
    ["export * from './a'\nexport { b } from './b'", ['./a', './b']],
    ["export const a = Array.from('abc')\nexport const b = 'from'", []],
  ])('%j', (text, names) => {
    expect(importsIn(text)).toEqual(names)
  })

  test.each([
    ['./b.ts', '/p/b.ts'],
    ['./b.js', '/p/b.ts'],
    ['./b', '/p/b.ts'],
    ['./c', '/p/c/index.ts'],
    ['../q/d.js', '/q/d.js'],
    ['./none', undefined],
    ['b', undefined],
  ])('%s', (name, file) => {
    const files = ['/p/b.ts', '/p/c/index.ts', '/q/d.js']
    expect(relativeImport('/p/a.ts', name, (path) => files.includes(path))).toBe(file)
  })

  // A graph of imports among five files: edge i -> j.
  const graphs = fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 12 })
  const nameOf = (i: number): string => `/p/m${i}.ts`

  test('a circle is one, however its files are asked, and is found where there is one', () => {
    fc.assert(
      fc.property(graphs, (edges) => {
        const textOf = (file: string): string | undefined => {
          const own = /^\/p\/m(\d)\.ts$/.exec(posix.normalize(file))?.[1]
          if (own === undefined) return undefined
          return edges.flatMap(([i, j]) => (i === Number(own) ? [`import './m${j}.ts'`] : [])).join('\n')
        }
        const reaches = (from: number, to: number, seen: readonly number[] = []): boolean =>
          edges.some(([i, j]) => i === from && (j === to || (!seen.includes(j) && reaches(j, to, [...seen, j]))))
        const graph = importGraph(textOf)
        for (const i of [0, 1, 2, 3, 4]) {
          const circle = importCycle(graph, nameOf(i))
          expect(circle !== undefined).toBe(reaches(i, i))
          for (const j of [0, 1, 2, 3, 4]) {
            const over = edges.some(([a, b]) => a === i && b === j)
              ? importCycle(graph, nameOf(i), nameOf(j))
              : undefined
            if (over) expect(`${over}`.includes(`${nameOf(i)},${nameOf(j)}`)).toBe(true)
          }
          if (!circle) continue
          expect(circle).toContain(nameOf(i))
          expect(circle[0]).toBe(circle.at(-1))
          expect(circle[0]).toBe([...circle].sort()[0])
          for (const [k, file] of circle.slice(0, -1).entries())
            expect(textOf(file)).toContain(circle[k + 1]!.replace('/p/', './'))
        }
      }),
    )
  })
})

describe('what a comment leaves out', () => {
  const at = (line: number, code: keyof typeof codes): Finding =>
    findingAt({ file: 'a.ts', line, column: 1, length: 1 }, code, 'it')
  const left = (text: string, ...findings: readonly Finding[]) =>
    heeded(findings, () => text).map(({ line, code }) => `${line} ${code}`)

  test.each([
    ['// fluxion-ignore FX3005: never zero\nx', []],
    ['  //fluxion-ignore FX1001 , FX3005 : never zero\nx', []],
    ['// fluxion-ignore FX3005\nx', ['2 FX3005']],
    ['// fluxion-ignore FX3005:\nx', ['2 FX3005']],
    ['// fluxion-ignore FX3006: another\nx', ['2 FX3005']],
    ['// fluxion-ignore FX3005: too far\n\nx', ['3 FX3005']],
    ['x // fluxion-ignore FX3005: on the line itself', ['1 FX3005']],
  ])('%j', (text, expected) => {
    expect(left(text, at(text.split('\n').length, 'FX3005'))).toEqual(expected)
  })

  test('each of its codes has a place; a text of the program that looks like one is none', () => {
    const text = [
      '  //fluxion-ignore FX1001 , FX3005 : never zero',
      'const text = `',
      '// fluxion-ignore FX3001: a text',
      '$' + '{1}',
      '// fluxion-ignore FX3002: a text`',
      '// fluxion-ignore FX3003',
      'const b = 2 // fluxion-ignore FX3004: on the line itself',
      '// fluxion-ignore FX3006: the last',
    ].join('\n')
    const file = ts.createSourceFile('/a.ts', text, ts.ScriptTarget.ESNext)
    expect(ignoredIn(ts, file).map(({ line, column, code }) => [line, column, code])).toEqual([
      [1, 20, 'FX1001'],
      [1, 29, 'FX3005'],
      [8, 19, 'FX3006'],
    ])
  })
})

describe('the JavaScript of a function in TypeScript', () => {
  const fnIn = (text: string) => {
    const file = ts.createSourceFile('/a.ts', `const f = ${text}`, ts.ScriptTarget.ESNext, true)
    const [statement] = file.statements
    return { file, fn: (statement as ts.VariableStatement).declarationList.declarations[0]!.initializer! }
  }
  /** What is read, wherever it stands. */
  const bodyOf = (text: string): string =>
    JSON.stringify(readFunction(text).body, (key, value: unknown) => (key === 'at' ? undefined : value))

  test.each([
    '(x: number): number => (x > 0 ? 1 : 2)',
    'function f<T extends number>(x: T, y?: number): T { return (x as number) * y! satisfies number }',
    '(x: number, y: number | Array<number>) => g<number>(x) + <number>y',
    '(x) => { type T = { a: number }; const z: T["a"] = x, w = z! + (<T["a"]>x); return w > z ? w : z as any }',
    '(\n  x: // the first\n    number,\n): /* what\n comes */ number => x',
  ])('%s', (text) => {
    const { file, fn } = fnIn(text)
    const script = withoutTypes(ts, fn, file)!
    expect(script.length).toBe(text.length)
    for (const [i, character] of [...script].entries()) expect([' ', text[i]]).toContain(character)
    const transpiled = ts.transpile(file.text, { target: ts.ScriptTarget.ESNext })
    expect(bodyOf(script)).toBe(bodyOf(/const f = (.*);/s.exec(transpiled)![1]!))
  })

  test.each(['function (this: void, x: number) { return x }', '(x: number) => { enum A { b }; return x }'])(
    '%s has more than types',
    (text) => {
      const { file, fn } = fnIn(text)
      expect(withoutTypes(ts, fn, file)).toBeUndefined()
    },
  )
})
