import { simplify } from '../compiler/transform/simplify.ts'
import { type AnyProgram, i32, program, type Tensor, traceProgram, valueAndGrad } from '../dsl/index.ts'
import {
  type AnyLayer,
  crossEntropy,
  embedding,
  type Layer,
  layerNorm,
  linear,
  sequential,
  transformer,
  transformerBlock,
} from '../dsl/nn/index.ts'

// Tracing and differentiating a language model of 12 transformer blocks (width 512, 8 heads, 128 tokens, batch 4) in
// all its parameters: medians, for the blocks one by one and as a scan. Nothing is compiled or run.

const [depth, width, heads, vocabulary, tokens, batch] = [12, 512, 8, 256, 128, 4] as const

const block = transformerBlock(width, heads, { causal: true, rotary: true })
const unrolled = sequential(
  ...([block, block, block, block, block, block, block, block, block, block, block, block] as const),
)
const scanned = transformer(depth, width, heads, { causal: true, rotary: true })

/** Loss and gradients of a stack between an embedding and a classifier. */
function step<P extends object>(stack: Layer<Tensor<['n', 512]>, Tensor<['n', 512]>, P>): AnyProgram {
  const net = sequential(embedding(vocabulary, width), stack as AnyLayer, layerNorm(width), linear(width, vocabulary))
  const loss = program(
    { params: net.params, ids: i32(batch, tokens), labels: i32(batch, tokens) },
    ({ params, ids, labels }) => crossEntropy(net.apply(params, ids) as Tensor<[4, 128, 256]>, labels),
  )
  return program(
    { params: net.params, ids: i32(batch, tokens), labels: i32(batch, tokens) },
    ({ params, ids, labels }) => {
      const [value, gradients] = valueAndGrad(loss, 'params')({ params, ids, labels })
      return { value, gradients }
    },
  )
}

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!

/** Milliseconds on the clock, and of the processor: the latter is what to compare on a busy machine. */
function timed(body: () => void): { readonly wall: number; readonly cpu: number } {
  const [started, used] = [performance.now(), process.cpuUsage()]
  body()
  const { user, system } = process.cpuUsage(used)
  return { wall: performance.now() - started, cpu: (user + system) / 1000 }
}

function report(name: string, of: AnyProgram): void {
  const runs = Array.from({ length: 15 }, () => timed(() => traceProgram(of)))
  const { graph } = traceProgram(of)
  let simplified = graph
  const simplifying = timed(() => {
    simplified = simplify(graph)
  })
  const warm = runs.slice(5)
  const [wall, cpu] = [warm.map((run) => run.wall), warm.map((run) => run.cpu)].map((all) => median(all).toFixed(0))
  const first = runs[0]!.wall.toFixed(0)
  console.log(
    `${name}: ${wall} ms (${cpu} ms of the processor; first ${first} ms), ${graph.equations.length} equations`,
  )
  console.log(`  simplified in ${simplifying.wall.toFixed(0)} ms to ${simplified.equations.length}`)
}

console.log(
  `${depth}-layer transformer, width ${width}, ${heads} heads, n = ${tokens}, batch ${batch}: trace and gradient`,
)
report('unrolled', step(unrolled))
report('scan', step(scanned))
