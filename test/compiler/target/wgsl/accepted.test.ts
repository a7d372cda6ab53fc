import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Expr } from '../../../../compiler/kernel/expr.ts'
import { printWgsl } from '../../../../compiler/target/wgsl/print.ts'
import type { Device } from '../../../../runtime/device.ts'
import { openWebGpu } from '../../../../runtime/webgpu/index.ts'
import { checking, missing } from '../../../runtime/webgpu/gpus.ts'
import {
  apply,
  bind,
  constant,
  index,
  kernel,
  load,
  loop,
  nest,
  type plan,
  planOf,
  slot,
  store,
  variable,
} from './by-hand.ts'
import { constants, copying, dense, mixing, numbering, several } from './kernels.ts'

/** What WGSL's own checker says of printed code, without running it. */
describe.skipIf(missing(checking, 'WGSL validation'))('the shader compiler accepts', () => {
  let device: Device
  beforeAll(async () => {
    device = await openWebGpu(checking.gpu!)
  })
  afterAll(() => device.dispose())

  const accepts = async (one: ReturnType<typeof planOf> | ReturnType<typeof plan>, maxWorkgroups = 65_535) => {
    const loaded = await device.load({ plan: one, code: printWgsl(one, { maxWorkgroups }) })
    loaded.run()
    await loaded.read({ region: 0, offset: 0 }, 4)
    loaded.dispose()
  }

  test.each([
    ['lanes and a reduction', dense(8, 3, 256)],
    ['functions', mixing(16)],
    ['several nests', several([5, 7, 9])],
    [
      'constants that WGSL cannot spell or compute',
      constants([Number.NaN, Number.NEGATIVE_INFINITY, 3.4e38, -0, 2 ** -149]),
    ],
    ['a nest without points', copying('none', 0)],
    ['names that are words of WGSL', wordy()],
    ['comparisons beside shifts', templates()],
    ['300 nests', numbering(300, 4)],
  ])('%s', (_, one) => accepts(withRoom(planOf(one))))

  test('slots, variables, nests, functions and regions that are called as anything in printed code', async () => {
    // Printed with names of no likeness to the printer's own, and then with all that it prints as names, of one kind of
    // thing and of all.
    const plain = named(['zero', 'one', 'two'])
    const first = printWgsl(planOf(plain)).shaders[0]!.source
    const words = [...new Set(first.replace(/\/\/.*/g, '').match(/[A-Za-z_]\w*/g))]
    expect(words).toEqual(expect.arrayContaining(['thread', 'group', 'workgroup', 'main', 'p', 'at', 'v', 'is_nan']))
    for (const kinds of [['slot'], ['nest'], ['variable'], ['function'], kindsOfNames] as const)
      await accepts(withRoom(planOf(named(words, kinds))))
    const plan = withRoom(planOf(plain))
    for (const [k, word] of words.entries()) {
      const called = [word, words[(k + 1) % words.length]!]
      await accepts({ ...plan, regions: plan.regions.map((region, r) => ({ ...region, name: called[r]! })) })
    }
  })

  test('more workgroups than fit in a row', async () => {
    const size = 65_536 * 64
    const one = planOf(copying('many', size))
    expect(printWgsl(one).shaders[0]!.workgroups).toEqual([32_768, 2, 1])
    await accepts(one)
  })

  test('and refuses what is wrong, quoting the line', async () => {
    const one = planOf(copying('broken', 8))
    const code = printWgsl(one)
    const source = code.shaders[0]!.source.replace('+ 1.0', '+ 1u')
    const load = device.load({ plan: one, code: { ...code, shaders: [{ ...code.shaders[0]!, source }] } })
    await expect(load).rejects.toMatchObject({ name: 'WebGpuError', kind: 'shader' })
    await expect(load).rejects.toThrow(/kernel broken: .*no matching overload.*\n\d+ \| .*\+ 1u;\n +\^$/s)
  })
})

/** At least four floats, so that there is something to read. */
const withRoom = (one: ReturnType<typeof planOf>) => ({
  ...one,
  regions: one.regions.map((region) => ({ ...region, size: Math.max(4, region.size) })),
})

/**
 * Slots, variables, nests and functions that are called as WGSL's keywords, its reserved words and the functions that
 * printed code uses.
 */
function wordy() {
  const words = [
    'i',
    'var',
    'filter',
    'max',
    'at',
    'Offsets',
    'main',
    'load4_floats',
    'p',
    'f32',
    'vec4f',
    'self',
    'a b',
    'a.b',
    '1',
    '',
    '_',
    'uniform',
    'storage',
    'read_write',
    'function',
    'workgroup_id',
    'vec3u',
    'array',
    'u32',
    'bitcast',
  ]
  const i = loop('i', 2)
  const body = words.map((word, at) => {
    const name = variable(`${word}_0`)
    return [
      bind(name, apply('max', [load(at, 'f32', i), constant(0)]), 'first line\nsecond line'),
      store(at, i, apply('sumLanes', [apply('splat', [name])])),
    ]
  })
  return kernel(
    'words\nof WGSL',
    words.map((word) => slot(word, 'f32', 4, 'update')),
    words.map((word) => nest(word, [i], body.flat())),
  )
}

const kindsOfNames = ['slot', 'nest', 'variable', 'function'] as const
type KindOfName = (typeof kindsOfNames)[number]

/**
 * For each word a slot, a nest, a variable in it and a function with two results, computing with all of the printer's
 * own functions; what is of one of `kinds` is called as the word.
 */
function named(words: readonly string[], kinds: readonly KindOfName[] = kindsOfNames) {
  const called = (kind: KindOfName, at: number) => (kinds.includes(kind) ? words[at]! : `other ${at}`)
  const i = loop('i', 4)
  const [x, y] = [variable('x'), variable('y')]
  const bound = words.map((_, at) => variable(`${called('variable', at)}_0`))
  const functions = words.map((_, at) => ({
    name: called('function', at),
    about: 'Two results.',
    params: [x],
    body: [{ variable: y, value: apply('sqrt', [x]) }],
    results: [y, apply('exp', [y])],
  }))
  const both = (name: string, arg: Expr, result: number): Expr => ({
    kind: 'call',
    dtype: 'f32',
    lanes: arg.lanes,
    name,
    args: [arg],
    result,
  })
  const body = (at: number) => {
    const name = functions[at]!.name
    const four = load(at, 'f32', i, 4)
    return [
      bind(bound[at]!, both(name, apply('max', [load(at, 'f32', i), constant(Number.NaN)]), 0)),
      bind(variable('whole'), apply('cast', [apply('cast', [bound[at]!], 'i32')], 'f32')),
      store(at, i, apply('sumLanes', [both(name, apply('exp', [four]), 1)])),
      store(at, i, apply('add', [variable('whole'), apply('maxLanes', [four])])),
      store(at, index(0), four),
    ]
  }
  const slots = words.map((_, at) => slot(called('slot', at), 'f32', 8, 'update'))
  return kernel(
    'named',
    slots,
    words.map((_, at) => nest(called('nest', at), [i], body(at))),
    functions,
  )
}

/** `a < b` and `c >> d` side by side, which WGSL could take for the arguments of a template. */
function templates() {
  const i = loop('i', 4)
  const less = apply('less', [i, index(3)])
  const shifted = apply('shr', [i, index(1)])
  return kernel(
    'templates',
    [slot('to', 'i32', 4, 'write'), slot('flag', 'bool', 4, 'write')],
    [
      nest(
        'all',
        [i],
        [
          store(0, i, apply('select', [less, shifted, apply('shr', [shifted, apply('shl', [i, i])])])),
          store(1, i, apply('and', [less, apply('equal', [less, apply('less', [shifted, i])])])),
        ],
      ),
    ],
  )
}
