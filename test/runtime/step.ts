import type { Expr, Scalar, Variable } from '../../compiler/kernel/expr.ts'
import { add, apply, i32 } from '../../compiler/kernel/functions/tree.ts'
import type { Kernel } from '../../compiler/kernel/kernel.ts'
import type { Executable, Plan, Port } from '../../compiler/plan/plan.ts'
import { printWasm } from '../../compiler/target/wasm/print.ts'
import { printWgsl } from '../../compiler/target/wgsl/print.ts'

/**
 * A small training step with one of everything: state.w + rate * x, a counter, a key, a list, a mask; `before` is the
 * weight that came in.
 *
 *   w: f32 [n], count: i32 [], key, x: f32 [n], rate: f32 [], mask: [bool [2], u32 [2]] -> state: w + rate * x, count +
 *   1, key with its words exchanged; before: w; chosen: mask[0] ? mask[1] : 0; latest: count + 1
 */
export const n = 4

const port = (path: string, dtype: Port['dtype'], dims: Port['dims'], region: number, offset: number): Port => ({
  path,
  dtype,
  dims,
  shape: dims.map((dim) => (dim === 'n' ? n : (dim as number))),
  place: { region, offset },
})

const state = {
  record: {
    w: { leaf: port('state.w', 'f32', ['n'], 0, 0) },
    count: { leaf: port('state.count', 'i32', [], 1, 0) },
    key: { leaf: port('state.key', 'key', [], 1, 4) },
  },
}

const slot = (name: string, dtype: Scalar, size: number, access: 'read' | 'write' | 'update') => ({
  name,
  dtype,
  size,
  access,
})

const point: Variable = { kind: 'variable', dtype: 'i32', lanes: 1, name: 'i', extent: n }
const load = (index: number, dtype: Scalar, at: Expr): Expr => ({
  kind: 'load',
  dtype,
  lanes: 1,
  slot: index,
  index: at,
})
const store = (index: number, at: Expr, value: Expr) => ({ kind: 'store', slot: index, index: at, value }) as const
const old: Variable = { kind: 'variable', dtype: 'f32', lanes: 1, name: 'old' }
const next: Variable = { kind: 'variable', dtype: 'i32', lanes: 1, name: 'next' }
const first: Variable = { kind: 'variable', dtype: 'u32', lanes: 1, name: 'first' }
const both = { index: { ...point, extent: 2 }, extent: 2 }

const weights: Kernel = {
  name: 'weights',
  slots: [
    slot('w', 'f32', n, 'update'),
    slot('x', 'f32', n, 'read'),
    slot('rate', 'f32', 1, 'read'),
    slot('before', 'f32', n, 'write'),
  ],
  functions: [],
  nests: [
    {
      name: 'weights',
      grid: [{ index: point, extent: n }],
      body: [
        { kind: 'let', variable: old, value: load(0, 'f32', point) },
        store(3, point, old),
        store(0, point, add(old, apply('mul', load(2, 'f32', i32(0)), load(1, 'f32', point)))),
      ],
    },
  ],
}

const words: Kernel = {
  name: 'words',
  slots: [
    slot('count', 'i32', 1, 'update'),
    slot('key', 'u32', 2, 'update'),
    slot('choose', 'bool', 2, 'read'),
    slot('value', 'u32', 2, 'read'),
    slot('chosen', 'u32', 2, 'write'),
    slot('latest', 'i32', 1, 'write'),
  ],
  functions: [],
  nests: [
    {
      name: 'count',
      grid: [],
      body: [
        { kind: 'let', variable: next, value: add(load(0, 'i32', i32(0)), i32(1)) },
        store(0, i32(0), next),
        store(5, i32(0), next),
      ],
    },
    {
      name: 'key',
      grid: [],
      body: [
        { kind: 'let', variable: first, value: load(1, 'u32', i32(0)) },
        store(1, i32(0), load(1, 'u32', i32(1))),
        store(1, i32(1), first),
      ],
    },
    {
      name: 'chosen',
      grid: [both],
      body: [
        store(
          4,
          both.index,
          apply('select', load(2, 'bool', both.index), load(3, 'u32', both.index), {
            kind: 'constant',
            dtype: 'u32',
            lanes: 1,
            value: 0,
          }),
        ),
      ],
    },
  ],
}

export const plan: Plan = {
  name: 'step',
  target: 'wasm',
  dims: { n },
  inputs: {
    record: {
      state,
      x: { leaf: port('x', 'f32', ['n'], 2, 0) },
      rate: { leaf: port('rate', 'f32', [], 2, 4) },
      mask: { list: [{ leaf: port('mask.0', 'bool', [2], 3, 0) }, { leaf: port('mask.1', 'u32', [2], 3, 4) }] },
    },
  },
  outputs: {
    record: {
      state,
      before: { leaf: port('before', 'f32', ['n'], 4, 0) },
      chosen: { leaf: port('chosen', 'u32', [2], 5, 0) },
      latest: { leaf: port('latest', 'i32', [], 5, 4) },
    },
  },
  regions: [
    { name: 'state', kind: 'state', element: 'f32', size: 4 },
    { name: 'state_u32', kind: 'state', element: 'u32', size: 8 },
    { name: 'input', kind: 'input', element: 'f32', size: 8 },
    { name: 'input_u32', kind: 'input', element: 'u32', size: 8 },
    { name: 'output', kind: 'output', element: 'f32', size: 4 },
    { name: 'output_u32', kind: 'output', element: 'u32', size: 8 },
  ],
  kernels: [weights, words],
  dispatches: [
    {
      kernel: 0,
      places: [
        { region: 0, offset: 0 },
        { region: 2, offset: 0 },
        { region: 2, offset: 4 },
        { region: 4, offset: 0 },
      ],
    },
    {
      kernel: 1,
      places: [
        { region: 1, offset: 0 },
        { region: 1, offset: 4 },
        { region: 3, offset: 0 },
        { region: 3, offset: 4 },
        { region: 5, offset: 0 },
        { region: 5, offset: 4 },
      ],
    },
  ],
}

export const executable = { plan, code: printWasm(plan) } satisfies Executable

/** The same for a GPU, with so much memory for outputs that those of only `slots` calls lie beside each other. */
export function onGpu(slots: number): Executable {
  const size = 4 * Math.floor((2 ** 20 / slots - 64) / 32)
  const regions = plan.regions.map((region) => (region.kind === 'output' ? { ...region, size } : region))
  const wgsl: Plan = { ...plan, target: 'wgsl', regions }
  return { plan: wgsl, code: printWgsl(wgsl) }
}
