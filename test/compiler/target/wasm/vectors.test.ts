import { expect, test } from 'vitest'
import { mlpStep } from '../../../../bench/programs/mlp.ts'
import { FunctionBody, Module } from '../../../../compiler/target/wasm/assembler.ts'
import { printWasm } from '../../../../compiler/target/wasm/print.ts'
import { traceProgram } from '../../../../dsl/trace-program.ts'
import { baseline } from '../../../../runtime/capabilities.ts'
import { compileGraph } from '../../differential.ts'

// Every module that the differential suites print for a device without SIMD goes through this check.

const uses: { readonly [what: string]: (body: FunctionBody) => void } = {
  'an instruction': (body) => body.op('f32x4.add'),
  'the last instruction in the order of codes': (body) => body.op('f32x4.relaxed_madd'),
  'a load': (body) => body.memory('v128.load', 0),
  'an instruction on a lane': (body) => body.lane('f32x4.extract_lane', 0),
  'a shuffle': (body) => body.shuffle([0, 1, 2, 3]),
  'a constant': (body) => body.f32x4(0),
  'a constant of integers': (body) => body.i32x4([0, 1, 2, 3]),
  'a local': (body) => void body.take('v128'),
}

const defining = (body: FunctionBody, vectors: boolean) => () => {
  const module = new Module({ vectors })
  module.define(module.declare({ params: [], results: [] }), body)
}

test.each(Object.entries(uses))('%s of vectors is refused in a module without, and in no other', (_, use) => {
  const body = new FunctionBody([])
  use(body)
  expect(defining(body, false)).toThrow('function 0 uses vectors, and is for an engine that has none')
  expect(defining(body, true)).not.toThrow()
})

test('a parameter that is a vector is refused, too', () => {
  expect(defining(new FunctionBody(['i32', 'v128']), false)).toThrow('uses vectors')
})

test('what vectors have in common with others is not taken for them', () => {
  const body = new FunctionBody(['i32', 'f32'])
  body.f32(0)
  body.op('i32.trunc_sat_f32_s')
  body.memory('i32.atomic.load', 0)
  // Numbers with the byte that begins instructions on vectors.
  body.i32(0xfd)
  expect(defining(body, false)).not.toThrow()
})

test('kernels that were scheduled for an engine with vectors are not printed for one without', () => {
  const { graph } = traceProgram(mlpStep, { n: 64 })
  const planned = (simd: boolean) => compileGraph(graph, 'wasm', {}, { capabilities: { ...baseline, simd } }).plan
  expect(() => printWasm(planned(true), { simd: false })).toThrow('uses vectors')
  expect(() => printWasm(planned(false), { simd: false })).not.toThrow()
})
