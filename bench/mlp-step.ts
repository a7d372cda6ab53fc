import { linear, sequential, silu } from '../dsl/nn/index.ts'
import { adam } from '../dsl/optim/index.ts'
import { compile, f32, openDevice, program, valueAndGrad } from '../index.ts'

// One training step (loss, gradients, Adam) of the MLP 2-256-256-256-2 with SiLU at n = 1024 on the CPU: compile time and time a step, medians.

const n = 1024
const net = sequential(linear(2, 256), silu, linear(256, 256), silu, linear(256, 256), silu, linear(256, 2))
const loss = program({ params: net.params, x: f32('n', 2), y: f32('n', 2) }, ({ params, x, y }) =>
  net.apply(params, x).sub(y).square().mean(),
)
const optimiser = adam({ learningRate: 1e-3 })
const step = program(
  { state: { params: net.params, opt: optimiser.state(net.params) }, x: f32('n', 2), y: f32('n', 2) },
  ({ state, x, y }) => {
    const [value, gradients] = valueAndGrad(loss, 'params')({ params: state.params, x, y })
    return { state: optimiser.update(gradients, state.opt, state.params), loss: value }
  },
)

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!

const device = await openDevice('cpu')
const compiling: number[] = []
for (let k = 0; k < 15; k++) {
  const started = performance.now()
  const run = await compile(step, device, { n })
  compiling.push(performance.now() - started)
  run.dispose()
}
const run = await compile(step, device, { n })
const x = Float32Array.from({ length: 2 * n }, (_, i) => Math.sin(i))
const y = Float32Array.from({ length: 2 * n }, (_, i) => Math.cos(3 * i))
let state = await run.init({ seed: 0 })
const stepping: number[] = []
for (let k = 0; k < 60; k++) {
  const started = performance.now()
  ;({ state } = run({ state, x, y }))
  stepping.push(performance.now() - started)
}
const flop = 6 * n * (2 * 256 + 2 * 256 * 256 + 256 * 2)
console.log(`MLP 2-256-256-256-2, n = ${n}, on the ${device.name}`)
console.log(`compile, warm: ${median(compiling.slice(5)).toFixed(0)} ms`)
const ms = median(stepping.slice(10))
console.log(`a step: ${ms.toFixed(1)} ms, ${(flop / ms / 1e6).toFixed(1)} GFLOP/s`)
