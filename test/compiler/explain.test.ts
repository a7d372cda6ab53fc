import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { step } from '../../bench/programs/matching.ts'
import { explain } from '../../compiler/explain/explain.ts'
import { Builder } from '../../compiler/ir/builder.ts'
import { type Source, sizeOf } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { printGraph } from '../../compiler/ir/print.ts'
import { lineOf } from '../../compiler/ir/source.ts'
import { printKernel } from '../../compiler/kernel/print.ts'
import type { Region, Target } from '../../compiler/plan/plan.ts'
import { leavesOf } from '../../compiler/plan/tree.ts'
import { f32, program } from '../../dsl/index.ts'
import { compileGraph, executableOf } from './differential.ts'
import { compileProgram } from './fuse/compile-program.ts'

const model = readFileSync(new URL('../../bench/programs/matching.ts', import.meta.url), 'utf8').split('\n')
const line = `matching.ts:${1 + model.findIndex((text) => text.includes('x0.lerp'))}`

const compiled = (target: Target) => {
  const compilation = compileProgram(step, { n: 8 }, target)
  const { code } = executableOf(compilation)
  return {
    ...compilation,
    code,
    explained: (options?: Parameters<typeof explain>[2]) => explain(compilation, code, options) as string,
  }
}

const scales: { readonly [prefix: string]: number } = { '': 1, k: 1e3, M: 1e6, G: 1e9 }
/** All amounts of a unit in a text, to the three digits that are printed. */
const amounts = (text: string, unit: 'FLOP' | 'B'): readonly number[] =>
  [...text.matchAll(new RegExp(`([\\d.]+) ([kMG]?)${unit}\\b`, 'g'))].map(
    ([, digits, prefix]) => Number(digits) * scales[prefix!]!,
  )
/** Three digits of each of some numbers. */
const about = (value: number, printed: number | undefined): void => {
  expect(printed).toBeDefined()
  expect(Math.abs(printed! - value)).toBeLessThanOrEqual(0.005 * value)
}
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

describe.each(['wasm', 'wgsl'] as const)('a training step explained for %s', (target) => {
  const { plan, simplified, code, explained } = compiled(target)
  const [head, kernels, memory, , ...rows] = explained().split('\n') as [string, string, string, string, ...string[]]
  const blocks = rows.join('\n').split(/\n(?= {2}\d)/)

  test('names the program, its sizes and the target', () => {
    expect(head).toBe(`step with n = 8, for ${target}`)
  })

  test('names every kernel, and all that it writes', () => {
    expect(kernels).toMatch(new RegExp(`^${plan.dispatches.length} kernels, `))
    expect(blocks).toHaveLength(plan.dispatches.length)
    for (const [i, block] of blocks.entries()) {
      const { name, slots } = plan.kernels[plan.dispatches[i]!.kernel]!
      expect(block.trimStart().startsWith(`${i}  `)).toBe(true)
      for (const wanted of [name, ...slots.filter(({ access }) => access !== 'read').map((slot) => slot.name)])
        expect(block).toContain(wanted)
    }
  })

  test('counts bytes that add up, and no fewer than must move', () => {
    const [moved, least] = amounts(kernels, 'B')
    const bytes = plan.dispatches.map(({ kernel }) =>
      total(plan.kernels[kernel]!.slots.map(({ size, access }) => (access === 'update' ? 8 : 4) * size)),
    )
    for (const [i, block] of blocks.entries()) about(bytes[i]!, amounts(block, 'B')[0])
    about(total(bytes), moved)
    // All inputs are read, and all outputs written.
    const ends = [...leavesOf(plan.inputs), ...leavesOf(plan.outputs)]
    expect(least!).toBeGreaterThan(total(ends.map(({ shape, dtype }) => (dtype === 'key' ? 8 : 4) * sizeOf(shape))))
    expect(least!).toBeLessThan(moved!)
  })

  test('counts operations that add up, and no fewer than the equations need once', () => {
    const each = blocks.map((block) => amounts(block, 'FLOP')[0]!)
    const [all] = amounts(kernels, 'FLOP')
    expect(Math.abs(total(each) - all!)).toBeLessThanOrEqual(0.01 * all!)
    const once = simplified.equations.map(({ primitive, params, inputs, outputs }) =>
      primitive.cost(
        inputs.map(({ type }) => type),
        outputs.map(({ type }) => type),
        params,
      ),
    )
    expect(all!).toBeGreaterThanOrEqual(0.995 * total(once))
  })

  test('says how much memory there is, and of what kind', () => {
    const bytes = (...kinds: readonly Region['kind'][]) =>
      total(plan.regions.filter(({ kind }) => kinds.includes(kind)).map(({ size }) => 4 * size))
    const [all, inputs, state, outputs, temporaries, live, withoutReuse] = amounts(memory, 'B')
    about(bytes('input', 'state', 'output', 'temporary'), all)
    about(bytes('input'), inputs)
    about(bytes('state'), state)
    about(bytes('output'), outputs)
    about(bytes('temporary'), temporaries)
    expect(withoutReuse!).toBeGreaterThanOrEqual(temporaries!)
    expect(live!).toBeLessThanOrEqual(temporaries!)
  })

  test('shows what one line became: equations, kernels and the very lines of code', () => {
    const shown = explained({ line }).split('\n')
    expect(shown[0]).toBe(`from ${line}`)
    const equations = simplified.equations.filter(({ source }) => lineOf(source) === line)
    const listed = printGraph(simplified, { sources: true })
      .split('\n')
      .filter((row) => row.endsWith(`# ${line}`))
    expect(listed).toHaveLength(equations.length)
    expect(equations.map(({ primitive }) => primitive.name)).toEqual(expect.arrayContaining(['sub', 'mul', 'add']))
    expect(shown).toEqual(expect.arrayContaining(listed))
    expect(shown.some((row) => /^kernel \d+, computing .*lerp/.test(row))).toBe(true)

    const text = code.target === 'wgsl' ? code.shaders.map(({ source }) => source) : plan.kernels.map(printKernel)
    const statements = text.flatMap((source) => source.split('\n').filter((row) => row.endsWith(`, ${line}`)))
    expect(statements.length).toBeGreaterThanOrEqual(3)
    expect(statements.filter((row) => !shown.includes(row))).toEqual([])
    const comment = target === 'wgsl' ? /^ +let lerp\w* = .*; \/\/ lerp, / : /^ +let lerp\w*: f32\w* = .* {4}# lerp, /
    expect(statements.filter((row) => !comment.test(row))).toEqual([])

    const lines = shown.flatMap((row) =>
      row.startsWith('kernel') ? [] : [...row.matchAll(/\w+\.ts:\d+/g)].map(([at]) => at),
    )
    expect(new Set(lines)).toEqual(new Set([line]))
  })

  test('says so where nothing comes from a line', () => {
    expect(explained({ line: 'matching.ts:9999' })).toBe('nothing that step computes comes from matching.ts:9999')
  })

  test('shows graphs and code where they are asked for', () => {
    const graphs = explained({ graph: true })
    for (const part of ['Graph as traced', 'Graph simplified', printGraph(simplified, { sources: true })])
      expect(graphs).toContain(part)
    const codes = explained({ code: true })
    for (const source of code.target === 'wgsl'
      ? code.shaders.map((shader) => shader.source)
      : plan.kernels.map(printKernel))
      expect(codes).toContain(source)
    if (code.target === 'wasm') about(code.module.length, amounts(codes.split('\n').at(-1)!, 'B')[0])
    expect(codes).not.toContain('Graph as traced')
  })
})

test('a line is not taken for another that begins with it', () => {
  const b = new Builder()
  const at = (line: number): Source => ({ scope: [], frame: () => ({ file: '/models/toy.ts', line, column: 1 }) })
  const x = b.input({ shape: [8], dtype: 'f32' }, 'x')
  const exp = b.from(at(2), () => b.emit(p.exp, [x], {}))
  const graph = b.graph('toy', [b.from(at(23), () => b.emit(p.tanh, [b.emit(p.sin, [exp], {})], {}))])
  const compilation = compileGraph(graph, 'wgsl')
  const of = (line: string) => explain(compilation, executableOf(compilation).code, { line }) as string
  const rows = (text: string) => text.split('\n').filter((row) => row.includes('// '))
  expect(rows(of('toy.ts:2'))).toEqual([expect.stringMatching(/exp\w*\(.*\/\/ exp, toy\.ts:2$/)])
  expect(rows(of('toy.ts:23')).every((row) => row.endsWith(', toy.ts:23'))).toBe(true)
  expect(rows(of('toy.ts:23'))).toHaveLength(2)
  expect(of('y.ts:23')).toBe('nothing that toy computes comes from y.ts:23')
})

test('one kernel is one kernel, and tensors without elements take none', () => {
  const shift = program({ x: f32('n') }, ({ x }) => x.add(1), { name: 'shift' })
  const summary = (n: number) => {
    const compilation = compileProgram(shift, { n })
    return String(explain(compilation, executableOf(compilation).code)).split('\n')
  }
  expect(summary(6).slice(0, 2)).toEqual([
    'shift with n = 6, for wasm',
    '1 kernel, 6 FLOP, 48 B moved (at least 1 kernel and 48 B)',
  ])
  expect(summary(0)[1]).toBe('0 kernels, 0 FLOP, 0 B moved (at least 0 kernels and 0 B)')
})
