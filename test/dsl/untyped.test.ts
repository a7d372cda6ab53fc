import { describe, expect, test } from 'vitest'
import {
  checkpoint,
  choice,
  concat,
  cond,
  conv1d,
  customVjp,
  eye,
  FluxionError,
  f32,
  foriLoop,
  full,
  grad,
  hvp,
  initialised,
  iota,
  jacrev,
  jvp,
  keyOf,
  keyWords,
  maxPool1d,
  plus,
  program,
  scan,
  split,
  type Tensor,
  tensor,
  times,
  traceInit,
  traceProgram,
  truncatedNormal,
  uniform,
  vjp,
  vmap,
  whileLoop,
  zeros,
} from '../../dsl/index.ts'
import * as nn from '../../dsl/nn/index.ts'
import * as optim from '../../dsl/optim/index.ts'

// What types refuse can still come from JavaScript, or through a cast: the words are the language's own there too.

type Wrong = readonly [says: string, body: (x: Tensor<[2, 3]>) => unknown]
const wrong: readonly [Wrong, ...Wrong[]] = [
  ['dtype error: cast: f64 is not a dtype; use f32, f16, i32, u32, bool', (x) => x.cast('f64' as never)],
  ['dtype error: cast: key is not a number', (x) => x.cast('key' as never)],
  ['dtype error: full: f64 is not a dtype; use f32, f16, i32, u32, bool', () => full([2], 1, 'f64' as never)],
  ['dtype error: iota: f64 is not a dtype; use f32, f16, i32, u32, bool', () => iota(2, 'f64' as never)],
  ['type error: full: undefined is not a number', () => full([2], undefined as never)],
  ["type error: full: '1' is not a number", () => full([2], '1' as never)],
  ['type error: reshape: 6 is not a shape; write a list of dims', (x) => x.reshape(6 as never)],
  ['type error: zeros: undefined is not a shape; write a list of dims', () => zeros(undefined as never)],
  ["shape error: zeros: '2' is not a dim; write a size or a name", () => zeros(['2'])],
  ['shape error: zeros: 1.5 is not a dim; write a size or a name', () => zeros([1.5])],
  ['shape error: reshape: null is not a dim; write a size or a name', (x) => x.reshape([6, null] as never)],
  ['type error: concat: a tensor is not a list of tensors; write concat([a, b])', (x) => concat(x as never)],

  // Dims, dtypes and axes.
  ['shape error: f32: an object is not a dim; write a size or a name', () => f32({} as never)],
  ['shape error: eye: 1e+300 is not a dim; write a size or a name', () => eye(1e300)],
  ['dtype error: iota: a function is not a dtype; use f32, f16, i32, u32, bool', () => iota(2, (() => 'f32') as never)],
  [
    'dtype error: tensor: Symbol(f32) is not a dtype; use f32, f16, i32, u32, bool',
    () => tensor(1, Symbol('f32') as never),
  ],
  ["type error: softmax: 'n' is not an axis or a list of axes", (x) => x.softmax('n' as never)],
  ['type error: sum: null is not an axis or a list of axes', (x) => x.sum(null as never)],
  ['type error: max: a function is not an axis or a list of axes', (x) => x.max(Math.max as never)],
  ['type error: expand: an object is not an axis; write a whole number', (x) => x.expand({} as never)],
  ['type error: cumsum: undefined is not an axis; write a whole number', (x) => x.cumsum(undefined as never)],
  ['type error: concat: a list is not an axis; write a whole number', (x) => concat([x, x], [0] as never)],
  [
    'shape error: permute: [Symbol(s), 0] is not an order of the axes of [2, 3]',
    (x) => x.permute([Symbol('s'), 0] as never),
  ],

  // Numbers.
  ['type error: topK: 1n is not a number of elements', (x) => x.topK(1n as never)],
  ['shape error: repeat: a list is not a number of copies', (x) => x.repeat([2] as never, 0)],
  ['type error: roll: a tensor is not a whole number of places', (x) => x.roll(x as never, 0)],
  ['type error: tril: 2147483648 is not the number of a diagonal', (x) => x.tril(2 ** 31)],
  ['shape error: pad: [1, 1, 1] is not a width; write whole numbers from 0', (x) => x.pad([[1, 1, 1], 0] as never)],
  ['shape error: slice: index an object is out of range for axis 0 of [2, 3]', (x) => x.slice([{}] as never)],
  ['shape error: slice: [1n, null] is not a range within axis 0 of [2, 3]', (x) => x.slice([[1n, null]] as never)],
  ["type error: std: correction is '1', needs a number", (x) => x.std(0, { correction: '1' as never })],
  ["type error: times: '2' is not a number", () => times('2' as never, 2)],
  ['type error: plus: 2n is not a number', () => plus(2, 2n as never)],
  ['type error: keyWords: undefined is not a whole number', () => keyWords(undefined as never)],
  ['type error: uniform: null is not a number', () => uniform(keyOf(1), [2], { min: null as never })],
  ["type error: truncatedNormal: '1' is not a number", () => truncatedNormal(keyOf(1), '1' as never, 2, [2])],
  ["type error: dropout: '0.5' is not a probability; write a number from 0 to 1", () => nn.dropout('0.5' as never)],
  ['dtype error: foriLoop: 2147483648 is not of i32', (x) => foriLoop(0, 2 ** 31, (_i, c: Tensor<[2, 3]>) => c, x)],
  [
    'type error: foriLoop: an object is not a whole number; the bounds are known while tracing',
    (x) => foriLoop(0, {} as never, (_i, c: Tensor<[2, 3]>) => c, x),
  ],

  // As many as would fill the memory.
  [
    'type error: split: 1000000000 keys are too many to name; write split(key, [1000000000]) for a tensor of them',
    () => split(keyOf(1), 1e9 as number),
  ],
  [
    'type error: split: 1000000000 parts are too many to name; take them by their axis, as vmap and scan do',
    () => zeros([0]).split(1e9 as number),
  ],
  [
    'type error: upsample2d: a bilinear scale of 100 is more than 64; upsample in two steps',
    () => nn.upsample2d(100, { method: 'bilinear' }),
  ],

  // Functions.
  ['type error: checkpoint: undefined is not a function of tensors', () => checkpoint(undefined as never)],
  ['type error: vmap: a tensor is not a function of tensors', (x) => vmap(x as never)],
  ['type error: grad: 3 is not a function of tensors', () => grad(3 as never)],
  ['type error: vjp: null is not a function of tensors', (x) => vjp(null as never, x)],
  ['type error: hvp: an object is not a function of tensors', (x) => hvp({} as never, [x], [x])],
  [
    'type error: jvp: a tensor is not a list of primals; write jvp(f, [x], [v])',
    (x) => jvp(((x: unknown) => x) as never, x as never, [x] as never),
  ],
  [
    'type error: jvp: undefined is not a list of tangents; write jvp(f, [x], [v])',
    (x) => jvp(((x: unknown) => x) as never, [x] as never, undefined as never),
  ],
  ['type error: scan: a list is not a function of tensors', (x) => scan([] as never, x, x as never)],
  [
    "type error: whileLoop: 'body' is not a function of tensors",
    (x) => whileLoop((() => x) as never, 'body' as never, x as never),
  ],
  [
    'type error: cond: undefined is not a function of tensors',
    (x) => cond(x.sum().less(0), (() => x) as never, undefined as never),
  ],
  [
    'type error: customVjp: undefined is not a record of options; write customVjp({ apply, forward, backward })',
    () => customVjp(undefined as never),
  ],
  [
    'type error: customVjp: undefined is not a function of tensors',
    () => customVjp({ apply: (x: unknown) => x } as never),
  ],
  ['type error: program: undefined is not a function of the inputs', () => program({ x: f32() }, undefined as never)],
  ['type error: program: 3 is not a name', () => program({ x: f32() }, ({ x }) => x, { name: 3 as never })],
  [
    'type error: initialised: 3 is not a spec; write initialised(f32(3), initialiser)',
    () => initialised(3 as never, (() => 0) as never),
  ],
  ['type error: initialised: 0 is not a function of a key and a shape', () => initialised(f32(3), 0 as never)],
  [
    "type error: grad: 3 is not a path; write a name such as 'params.weight', or a list of them",
    (x) => grad((x: Tensor<[2, 3]>) => x.sum(), 3 as never)(x as never),
  ],
  [
    'type error: jacrev: there is no argument null; the function takes 1',
    (x) => jacrev((x: Tensor<[2, 3]>) => x.sum(), { argument: null as never })(x as never),
  ],

  // Options.
  ['type error: sum: null is not a record of options', (x) => x.sum(0, null as never)],
  ['type error: mean: 1 is not a record of options', (x) => x.mean(0, 1 as never)],
  ['type error: max: keepdims is 1, needs true or false', (x) => x.max(0, { keepdims: 1 as never })],
  ["type error: cumsum: reverse is 'yes', needs true or false", (x) => x.cumsum(0, { reverse: 'yes' as never })],
  ['type error: vmap: a list is not a record of options', () => vmap((x: unknown) => x as never, [0] as never)],
  ['type error: conv1d: 2 is not a record of options', (x) => conv1d(x, full([1, 3, 2], 1), 2 as never)],
  [
    "type error: conv1d: stride 'two' is not a whole number from 1",
    (x) => conv1d(x, full([1, 3, 2], 1), { stride: 'two' as never }),
  ],
  ['type error: maxPool1d: size a function is not a whole number from 0', (x) => maxPool1d(x, Math.max as never)],
  [
    'type error: choice: replace is null, needs true or false',
    () => choice(keyOf(1), 3, [2], { replace: null as never }),
  ],
  [
    "type error: scan: checkpoint is an object, needs 'all', 'carry' or a number of turns",
    (x) => scan((c: Tensor<[2, 3]>) => [c, null], x, null, { length: 2, checkpoint: {} as never }),
  ],

  // Sizes and parts of programs.
  [
    'type error: null is not a record of sizes; write { n: 32 }',
    () => traceProgram(program({ x: f32() }, ({ x }) => x) as never, null as never),
  ],
  [
    'type error: dim n is a list, which is not a size',
    () => traceProgram(program({ x: f32('n') }, ({ x }) => x) as never, { n: [2] } as never),
  ],
  [
    'type error: init: 3 is not the path of an input',
    () => traceInit(program({ x: f32() }, ({ x }) => x) as never, 3 as never),
  ],

  // Layers.
  ["type error: linear: 'n' is not a size; write a whole number from 0", () => nn.linear('n' as never, 3)],
  ["type error: linear: bias is 'no', needs true or false", () => nn.linear(2, 3, { bias: 'no' as never })],
  [
    'type error: embedding: 3 is not a function of a key and a shape',
    () => nn.embedding(2, 3, { initialiser: 3 as never }),
  ],
  ['type error: mlp: 3 is not a list of sizes; write mlp([2, 64, 2])', () => nn.mlp(3 as never)],
  ['type error: mlp: the activation is a function, needs a layer', () => nn.mlp([2, 2], ((x: unknown) => x) as never)],
  [
    'type error: layerNorm: undefined is not a size; write a whole number from 0',
    () => nn.layerNorm(undefined as never),
  ],
  ['type error: groupNorm: spatial is 4, needs 0, 1, 2 or 3', () => nn.groupNorm(1, 2, { spatial: 4 as never })],
  [
    'type error: conv1d: undefined is not a size of a kernel or a list of them; write conv1d(3, 16, 5)',
    () => nn.conv1d(3, 16, undefined as never),
  ],
  ['type error: sequential: layer 1 is null, needs a layer', () => nn.sequential(nn.relu, null as never)],
  ['type error: repeat: the layer is undefined, needs a layer', () => nn.repeat(2, undefined as never)],
  ['type error: layer: undefined is not a function of parameters and a tensor', () => nn.layer({}, undefined as never)],
  [
    'type error: multiHeadAttention: a list is not a size; write a whole number from 0',
    () => nn.multiHeadAttention([4] as never, 2),
  ],
  [
    "type error: multiHeadAttention: 'x' is not a base of frequencies; write a number above 0",
    () => nn.multiHeadAttention(4, 2, { rotary: 'x' as never }),
  ],
  [
    "type error: transformerBlock: norm is 'batch', needs 'layer' or 'rms'",
    () => nn.transformerBlock(4, 2, { norm: 'batch' as never }),
  ],
  [
    'type error: full: undefined is not a shape; write a list of dims',
    () => nn.initialisers.zeros(keyOf(1), undefined as never),
  ],
  ["type error: normal: std is '1', needs a number", () => nn.initialisers.normal('1' as never)],
  ['type error: leakyRelu: the slope is a function, needs a number', () => nn.leakyRelu(Math.max as never)],
  ['type error: mse: null is not a record of options', (x) => nn.mse(x, x, null as never)],
  ['type error: crossEntropy: 1 is not a record of options', (x) => nn.crossEntropy(x, x, 1 as never)],

  // Optimisers and schedules.
  [
    'type error: adam: undefined is not a record of options; write adam({ learningRate: 0.001 })',
    () => optim.adam(undefined as never),
  ],
  ['type error: sgd: 0.1 is not a record of options; write sgd({ learningRate: 0.1 })', () => optim.sgd(0.1 as never)],
  [
    'type error: lion: null is not a record of options; write lion({ learningRate: 0.0001 })',
    () => optim.lion(null as never),
  ],
  [
    'type error: adamW: nesterov is 1, needs true or false',
    () => optim.adamW({ learningRate: 0.1, nesterov: 1 as never }),
  ],
  [
    'type error: addDecayedWeights: true is not a function of a path and a shape',
    () => optim.addDecayedWeights(0.1, { mask: true as never }),
  ],
  [
    "type error: conv1d: there is no option 'strid'; there is stride, dilation, padding, groups",
    (x) => conv1d(x, full([1, 3, 2], 1), { strid: 2 } as never),
  ],
  ["type error: std: there is no option 'ddof'; there is correction, keepdims", (x) => x.std(0, { ddof: 1 } as never)],
  ["type error: sum: there is no option 'keepDims'; there is keepdims", (x) => x.sum(0, { keepDims: true } as never)],
  [
    "type error: grad: there is no option 'arg'; there is wrt, argument, aux",
    (x) => grad((x: Tensor<[2, 3]>) => x.sum(), { arg: 0 } as never)(x as never),
  ],
  [
    "type error: jacrev: there is no option 'aux'; there is wrt, argument",
    (x) => jacrev((x: Tensor<[2, 3]>) => x.sum(), { aux: true } as never)(x as never),
  ],
  [
    "type error: vmap: there is no option 'in_axes'; there is inAxes, outAxes",
    () => vmap((x: unknown) => x as never, { in_axes: 0 } as never),
  ],
  [
    "type error: scan: there is no option 'reversed'; there is length, reverse, checkpoint",
    (x) => scan((c: unknown, _: unknown) => [c, null] as const, x, x as never, { reversed: true } as never),
  ],
  [
    "type error: foriLoop: there is no option 'reverse'; there is checkpoint",
    (x) => foriLoop(0, 2, (_i, c: Tensor<[2, 3]>) => c, x, { reverse: true } as never),
  ],
  [
    "type error: conv2d: there is no option 'outputPadding'; there is stride, dilation, padding, groups, bias, initialiser",
    () => nn.conv2d(1, 1, 1, { outputPadding: 1 } as never),
  ],
  [
    "type error: mlp: there is no option 'dropout'; there is final, bias, initialiser",
    () => nn.mlp([2, 2], nn.relu, { dropout: 0.1 } as never),
  ],
  [
    "type error: huber: there is no option 'beta'; there is delta, reduction",
    (x) => nn.huber(x, x, { beta: 2 } as never),
  ],
  [
    "type error: adamW: there is no option 'lr'; there is learningRate, b1, b2, eps, epsRoot, nesterov, weightDecay, mask",
    () => optim.adamW({ lr: 0.1 } as never),
  ],
  ['type error: accumulate: undefined is not an optimiser', () => optim.accumulate(undefined as never, 2)],
  ['type error: scaleBySchedule: 0.1 is not a schedule', () => optim.scaleBySchedule(0.1 as never)],
  [
    'type error: cosineDecay: undefined is not a record of options; write cosineDecay({ start: 0.1, steps: 100 })',
    () => optim.cosineDecay(undefined as never),
  ],
  [
    'type error: joinSchedules: undefined is not a list of schedules; write joinSchedules([a, b], [100])',
    () => optim.joinSchedules(undefined as never, []),
  ],
  ['type error: joinSchedules: 0.1 is not a schedule', () => optim.joinSchedules([0.1] as never, [])],
  [
    'type error: joinSchedules: undefined is not a list of boundaries; write [100, 200]',
    () => optim.joinSchedules([], undefined as never),
  ],
  [
    'type error: piecewiseConstant: 1 is not a list of values; write piecewiseConstant({ values: [0.1, 0.01], boundaries: [100] })',
    () => optim.piecewiseConstant({ values: 1 as never, boundaries: [] }),
  ],
]

describe('what only types refuse is refused by tracing', () => {
  for (const [says, body] of wrong) {
    test(says, () => {
      const of = program({ x: f32(2, 3) }, ({ x }) => body(x) as typeof x)
      let thrown: unknown
      try {
        traceProgram(of)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(FluxionError)
      expect((thrown as FluxionError).complaint).toBe(says)
      expect((thrown as FluxionError).frame?.file).toBe(import.meta.filename)
    })
  }
})
