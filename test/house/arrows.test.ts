import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { type Arrows, violations } from './arrows.ts'
import { readSources } from './sources.ts'

const check = (files: Record<string, string>, allowed?: Arrows): readonly string[] =>
  violations(new Map(Object.entries(files)), allowed)

test('every import of the project follows an arrow', () => {
  const sources = readSources(resolve(import.meta.dirname, '../..'))
  expect([...sources.keys()].filter((file) => file.startsWith('compiler/')).length).toBeGreaterThan(0)
  expect(violations(sources)).toEqual([])
})

test('a forbidden import is reported with its file, its line and the rule', () => {
  const files = { 'dsl/tensor.ts': `import { f } from './shape.ts'\nimport { open } from '../runtime/device.ts'\n` }
  expect(check(files)).toEqual([
    'dsl/tensor.ts:2: dsl imports values of runtime/device.ts, but dsl may import compiler/ir, compiler/transform, dsl/scalar/source (and types only of compiler/explain)',
  ])
})

test.each([
  ['an import', `import { a } from '../compiler/fuse/fuse.ts'`],
  ['an import for its effects', `import '../compiler/fuse/fuse.ts'`],
  ['an import of types', `import type { A } from '../compiler/fuse/fuse.ts'`],
  ['a re-export', `export { a } from '../compiler/fuse/fuse.ts'`],
  ['a re-export of all', `export * from '../compiler/fuse/fuse.ts'`],
  ['a dynamic import', `export const a = () => import('../compiler/fuse/fuse.ts')`],
  ['an import inside a type', `export type A = import('../compiler/fuse/fuse.ts').A`],
])('%s across a missing arrow is caught', (_, text) => {
  expect(check({ 'runtime/pool.ts': text })).toEqual([
    expect.stringMatching(/^runtime\/pool\.ts:1: runtime imports (values|types) of compiler\/fuse\/fuse\.ts, but/),
  ])
})

test('where only types may be imported, a value may not, nor a type in an import that stays', () => {
  const from = `from '../compiler/plan/plan.ts'`
  expect(check({ 'runtime/run.ts': `import type { Plan } ${from}\nexport type { Plan } ${from}` })).toEqual([])
  for (const kept of [`import { size } ${from}`, `import { type Plan } ${from}`, `export * ${from}`]) {
    expect(check({ 'runtime/run.ts': kept })).toEqual([
      'runtime/run.ts:1: runtime imports values of compiler/plan/plan.ts, but runtime may import no other room (and types only of compiler/plan/plan.ts, compiler/plan/tuned.ts)',
    ])
  }
})

test('inside compiler/ir only the primitives may use the functions of the kernel language', () => {
  const text = `import { silu } from '../../kernel/functions.ts'`
  expect(check({ 'compiler/ir/primitives/silu.ts': text })).toEqual([])
  expect(check({ 'compiler/ir/evaluate.ts': text.replace('../../', '../') })).toHaveLength(1)
  expect(check({ 'compiler/ir/primitives/silu.ts': text.replace('functions', 'kernel') })).toHaveLength(1)
  expect(check({ 'compiler/kernel/kernel.ts': `import { sizeOf } from '../ir/graph.ts'` })).toHaveLength(1)
  expect(check({ 'compiler/kernel/kernel.ts': `import type { DType } from '../ir/graph.ts'` })).toEqual([])
})

test('node: modules and packages stay out of what runs in a browser', () => {
  const text = `import { readFileSync } from 'node:fs'\nimport fc from 'fast-check'`
  for (const file of ['dsl/a.ts', 'compiler/a.ts', 'compiler/ir/a.ts', 'runtime/a.ts', 'models/a.ts', 'index.ts']) {
    expect(check({ [file]: text })).toEqual([
      expect.stringContaining(`${file}:1: `),
      expect.stringContaining('no package may be imported there'),
    ])
  }
  for (const file of ['runtime/node/a.ts', 'cli/a.ts', 'bench/a.ts', 'test/dsl/a.ts', 'testing/a.ts']) {
    expect(check({ [file]: text })).toEqual([])
  }
  expect(check({ 'models/a.ts': `import { gpu } from '../runtime/node/gpu.ts'` })).toEqual([
    'models/a.ts:1: models imports runtime/node/gpu.ts, but models runs in a browser and runtime/node does not',
  ])
})

test('a package that is called as a room is none', () => {
  expect(check({ 'cli/a.ts': "export const load = () => import('vite')" })).toEqual([])
  expect(check({ 'bench/a.ts': "import { shapes } from '../vite/index.ts'" })).toHaveLength(1)
})

test('what reads data may import some packages, where they are used, and no others', () => {
  const named = "import { inflateSync } from 'fflate'"
  expect(check({ 'runtime/data/a.ts': "export const load = () => import('fflate')" })).toEqual([])
  expect(check({ 'runtime/data/a.ts': "export const load = () => import('csv-parse/browser/esm/sync')" })).toEqual([])
  expect(check({ 'runtime/data/a.ts': "import type { Unzipped } from 'fflate'" })).toEqual([])
  expect(check({ 'runtime/data/a.ts': named })).toEqual([
    'runtime/data/a.ts:1: runtime/data imports fflate, which is optional: it may be imported with import() alone',
  ])
  for (const other of ["import('fflate-more')", "import('node:zlib')", "import('pngjs')"])
    expect(check({ 'runtime/data/a.ts': `export const load = () => ${other}` })).toEqual([
      expect.stringMatching(/no (package|node: module) but csv-parse, fast-png, fflate may be imported there$/),
    ])
  expect(check({ 'runtime/a.ts': named })).toHaveLength(1)
})

test('the compiler does not import its frontend, nor the types of it, which are those of a package', () => {
  for (const form of ['import', 'import type']) {
    const text = `${form} { findPrograms } from './frontend/index.ts'`
    expect(check({ 'compiler/compile.ts': text })).toEqual([
      'compiler/compile.ts:1: compiler imports compiler/frontend/index.ts, but compiler runs in a browser and compiler/frontend does not',
    ])
  }
  expect(check({ 'compiler/frontend/find.ts': `import { Project } from 'ts-morph'` })).toEqual([])
  expect(check({ 'compiler/frontend/find.ts': `import { compileTraced } from '../compile.ts'` })).toHaveLength(1)
})

test('nothing but tests imports the command line', () => {
  const text = `import { main } from '../cli/main.ts'`
  for (const room of ['dsl', 'compiler', 'runtime', 'models', 'testing', 'bench']) {
    expect(check({ [`${room}/a.ts`]: text })).toHaveLength(1)
  }
  expect(check({ 'test/cli/main.test.ts': `import { main } from '../../cli/main.ts'` })).toEqual([])
})

test('a file outside the rooms, and an import that cannot be read, are reported', () => {
  expect(check({ 'utils/a.ts': '' })).toEqual([expect.stringMatching(/^utils\/a\.ts:1: stands in no room/)])
  expect(check({ 'dslextra/a.ts': '' })).toHaveLength(1)
  expect(check({ 'dsl/a.ts': 'export const load = (name: string) => import(name)' })).toEqual([
    'dsl/a.ts:1: the module of an import() must be a literal, so that it can be checked',
  ])
})

test('rooms that import each other in a circle are reported; types draw no arrow', () => {
  const rooms: Arrows = { a: { values: ['b'] }, b: { values: ['c'] }, c: { values: ['a'] } }
  const files = { 'a/1.ts': `import '../b/1.ts'`, 'b/1.ts': `import '../c/1.ts'`, 'c/1.ts': `import '../a/2.ts'` }
  expect(check(files, rooms)).toEqual(['c/1.ts:1: rooms import each other in a circle: a -> b -> c -> a'])
  expect(check({ ...files, 'c/1.ts': `import type { A } from '../a/2.ts'` }, rooms)).toEqual([])
})
