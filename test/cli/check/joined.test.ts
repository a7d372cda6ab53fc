import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { joined } from '../../../cli/check/check-project.ts'
import type { Raw } from '../../../cli/check/raw.ts'
import type { EvaluatedCode } from '../../../compiler/frontend/codes.ts'
import type { Ignored } from '../../../compiler/frontend/ignored.ts'
import { type CheckedProgram, type Code, codes, type Finding } from '../../../compiler/frontend/index.ts'

// What the sources tell and what tracing tells, as one list.

let folder: string
let model: string
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'joined-')))
  model = join(folder, 'model.ts')
  writeFileSync(model, 'one\n  two.add(x)\nthree\n// fluxion-ignore FX2003: on purpose\nfive\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

const place = (line: number, column = 1) => ({ file: model, line, column, length: 1 })
const program = (uses: CheckedProgram['uses'] = {}): CheckedProgram => ({
  name: 'it',
  exportedAs: ['it'],
  file: model,
  line: 1,
  doc: '',
  inputs: ['x', 'y'],
  language: 'index.js',
  place: place(1),
  endLine: 3,
  local: undefined,
  inputPlaces: { x: place(1, 2), y: place(5) },
  uses,
})
const known = (code: Code, line: number, message: string): Finding => ({
  code,
  severity: codes[code].severity,
  message,
  help: 'do',
  ...place(line),
})
const frame = (line: number, column = 1) => ({ file: model, line, column })
const raw = (code: EvaluatedCode, message: string, more: Partial<Raw> = {}): Raw => ({
  code,
  message,
  module: model,
  ...more,
})
const list = (
  findings: readonly Finding[],
  raws: readonly Raw[],
  programs = [program()],
  ignored: readonly Ignored[] = [],
) =>
  joined({ findings, programs, files: 1, ignored }, raws).map(({ code, line, column, length }) => [
    code,
    line,
    column,
    length,
  ])

test('a complaint is at its line, with the name that stands there', () => {
  expect(list([], [raw('FX1001', 'shape error: add', { frame: frame(2, 7), program: frame(1) })])).toEqual([
    ['FX1001', 2, 7, 3],
  ])
})

test('what both say in the same words is said once; in other words, twice', () => {
  const said = known('FX1001', 2, 'shape error: add')
  expect(list([said], [raw('FX1001', 'shape error: add', { frame: frame(2, 7) })])).toEqual([['FX1001', 2, 1, 1]])
  expect(list([said], [raw('FX1001', 'shape error: mul', { frame: frame(2, 7) })])).toHaveLength(2)
  expect(list([known('FX2002', 2, 'x > y')], [raw('FX2002', 'trace error', { frame: frame(2, 7) })])).toHaveLength(1)
})

test('a scalar function that is written apart from its call is told of within it', () => {
  const source = known('FX1006', 2, 'source error: scalar: loops')
  expect(list([source], [raw('FX1006', source.message, { frame: frame(5) })])).toEqual([['FX1006', 2, 1, 1]])
  expect(list([source], [raw('FX1006', 'source error: scalar: k', { frame: frame(5) })])).toHaveLength(2)
})

test('what is about an input is where the spec writes it, else at the program, else at the module', () => {
  const unused = (input: string, line: number) => raw('FX2003', `${input}`, { input, program: frame(line) })
  expect(list([], [unused('x', 1)])).toEqual([['FX2003', 1, 2, 1]])
  expect(list([], [unused('x', 3)])).toEqual([['FX2003', 1, 2, 1]])
  expect(list([], [unused('z', 1)])).toEqual([['FX2003', 1, 1, 1]])
  expect(list([], [raw('FX9003', 'the module throws')])).toEqual([['FX9003', 1, 1, 1]])
  expect(list([], [raw('FX9003', 'it throws', { frame: { file: '/elsewhere/gone.js', line: 7, column: 3 } })])).toEqual(
    [['FX9003', 1, 1, 1]],
  )
})

test('an input of which only the shape is read is used, and a comment is heeded', () => {
  expect(list([], [raw('FX2003', 'x', { input: 'x', program: frame(1) })], [program({ x: 'shape' })])).toEqual([])
  expect(list([], [raw('FX2003', 'y', { input: 'y', program: frame(1) })])).toEqual([])
})

test('the graph of a program with errors says nothing, and a module that does not parse is not said to throw', () => {
  const error = known('FX2001', 2, 'if')
  expect(list([error], [raw('FX2003', 'x', { input: 'x', program: frame(1) })])).toEqual([['FX2001', 2, 1, 1]])
  expect(list([known('FX9001', 2, 'Expression expected.')], [raw('FX9003', 'it throws')])).toEqual([
    ['FX9001', 2, 1, 1],
  ])
})

test('a comment that leaves nothing out is told where a program was traced to its end, and there alone', () => {
  const within = { ...program(), endLine: 5 }
  const ignored = [{ ...place(4, 20), code: 'FX2003' }]
  const finding = [['FX9007', 4, 20, 1]]
  expect(list([], [], [within], ignored)).toEqual(finding)
  expect(list([], [raw('FX2004', 'p', { input: 'x', program: frame(1) })], [within], ignored)).toContainEqual(
    finding[0],
  )
  // It leaves something out.
  expect(list([], [raw('FX2003', 'y', { input: 'y', program: frame(1) })], [within], ignored)).toEqual([])
  // Nothing was traced there, or not to the end.
  expect(list([], [], [program()], ignored)).toEqual([])
  expect(list([], [], [{ ...within, exportedAs: [] }], ignored)).toEqual([])
  const thrown = raw('FX9006', 'the body of it throws', { program: frame(1) })
  expect(list([], [thrown], [within], ignored).map(([code]) => code)).toEqual(['FX9006'])
})
