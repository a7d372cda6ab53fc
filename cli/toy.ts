import { parseArgs } from 'node:util'
import { compile, openDevice } from '../index.ts'
import { step, velocity } from '../models/flow/matching.ts'
import { bayesFloor, excessAt, fiveGaussians, flowPoints, hostRandom, sample } from '../models/index.ts'

/** Trains the prior of the five Gaussians and prints how far its loss lies above the least that any velocity can reach. */
const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '4000' },
    batch: { type: 'string', default: '256' },
    seed: { type: 'string', default: '0' },
  },
})
const [steps, n, seed] = [Number(values.steps), Number(values.batch), Number(values.seed)]

const target = fiveGaussians()
const floor = bayesFloor(target)
const device = await openDevice('cpu')
const train = await compile(step, device, { n })
const points = flowPoints(target, { points: 4096 })
const evaluate = await compile(velocity, device, { n: points.t.length })
const [x, t] = [Float32Array.from(points.x), Float32Array.from(points.t)]
console.log(train.explain())
console.log(`\nfive Gaussians on ${device.name}: Bayes floor ${floor.value.toFixed(4)} (sum over 2 dims)\n`)

const random = hostRandom(seed)
let state = await train.init({ seed })
const started = performance.now()
for (let done = 0; ; ) {
  const v = await evaluate({ params: state.params, x, t }).read()
  const excess = excessAt(points, v, target)
  const share = `${((100 * excess.value) / floor.value).toFixed(2)}%`
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(
    `step ${`${done}`.padStart(5)}   excess over the floor ${excess.value.toFixed(4)} +- ${excess.standardError.toFixed(4)} (${share})   ${seconds} s`,
  )
  if (done >= steps) break
  const until = Math.min(steps, done + steps / 8)
  for (; done < until; done += 1) ({ state } = train({ state, x1: sample(target, random, n) }))
}
