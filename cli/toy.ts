import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { compile, type Device, type Resident, type Tensors } from '../index.ts'
import { type field, step, velocity } from '../models/flow/matching.ts'
import { bayesFloor, excessAt, fiveGaussians, flowPoints, hostRandom, sample } from '../models/index.ts'
import { openFastCpu } from './cpu.ts'
import { scatter } from './scatter.ts'

const usage = `Trains the prior of the five Gaussians on the CPU, and prints how far its loss lies above the least that any velocity reaches.

  npm start -- [--steps 4000] [--batch 256] [--seed 0] [--picture FILE.svg] [--explain]

  --picture   writes what the trained prior draws, beside the target
  --explain   prints what the training step was compiled to`

const options = readOptions()
if (options) await train(options)

interface Options {
  readonly steps: number
  readonly batch: number
  readonly seed: number
  readonly picture: string | undefined
  readonly explain: boolean
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        steps: { type: 'string', default: '4000' },
        batch: { type: 'string', default: '256' },
        seed: { type: 'string', default: '0' },
        picture: { type: 'string' },
        explain: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (!values.help) {
      const [steps, batch, seed] = [
        whole('steps', values.steps, 0),
        whole('batch', values.batch, 1),
        whole('seed', values.seed, 0),
      ]
      return { steps, batch, seed, picture: values.picture, explain: values.explain }
    }
    console.log(usage)
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    process.exitCode = 2
  }
  return undefined
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least && text.trim() !== '') return value
  throw new Error(`--${name} takes a whole number from ${least}, was given '${text}'`)
}

async function train({ steps, batch, seed, picture, explain }: Options): Promise<void> {
  const target = fiveGaussians()
  const floor = bayesFloor(target)
  const device = await openFastCpu()
  const run = await compile(step, device, { n: batch })
  if (explain) console.log(`${await run.explain()}\n`)
  console.log(`five Gaussians on the ${device.name}, ${steps} steps of ${batch}`)
  console.log(`Bayes floor ${floor.value.toFixed(4)} (sum over 2 dims)\n`)

  const points = flowPoints(target, { points: 4096 })
  const evaluated = await compile(velocity, device, { n: points.t.length })
  const [x, t] = [Float32Array.from(points.x), Float32Array.from(points.t)]
  const random = hostRandom(seed)
  let state = await run.init({ seed })
  let training = 0
  for (let done = 0; ; ) {
    const excess = excessAt(points, await evaluated({ params: state.params, x, t }).read(), target)
    const columns = [
      `step ${`${done}`.padStart(`${steps}`.length)}`,
      `excess over the floor ${excess.value.toFixed(4)} +- ${excess.standardError.toFixed(4)}`,
      `${((100 * excess.value) / floor.value).toFixed(1)}%`.padStart(6),
      done > 0 ? `${(training / done).toFixed(1)} ms a step` : '',
    ]
    console.log(columns.join('   ').trimEnd())
    if (done >= steps) break
    const started = performance.now()
    const until = Math.min(steps, done + Math.max(1, Math.ceil(steps / 8)))
    for (; done < until; done++) ({ state } = run({ state, x1: sample(target, random, batch) }))
    training += performance.now() - started
  }

  if (picture !== undefined) {
    const count = 2000
    const drawn = await draw(device, state.params, count, seed)
    const panels = [
      { title: 'target', points: sample(target, hostRandom(seed + 1), count) },
      { title: `prior after ${steps} steps`, points: drawn },
    ]
    await writeFile(picture, scatter(panels, 2.2))
    console.log(`\nwrote ${picture}`)
  }
  device.dispose()
}

/** Samples of the prior: noise carried along the velocity from t = 0 to 1 in 100 midpoint steps. */
async function draw(
  device: Device,
  params: Resident<Tensors<typeof field.params>>,
  count: number,
  seed: number,
): Promise<Float32Array> {
  const at = await compile(velocity, device, { n: count })
  const random = hostRandom(seed + 2)
  let x = Float32Array.from({ length: 2 * count }, () => random.normal())
  const steps = 100
  for (let k = 0; k < steps; k++) {
    const v = await at({ params, x, t: new Float32Array(count).fill(k / steps) }).read()
    const half = x.map((value, i) => value + v[i]! / (2 * steps))
    const middle = await at({ params, x: half, t: new Float32Array(count).fill((k + 0.5) / steps) }).read()
    x = x.map((value, i) => value + middle[i]! / steps)
  }
  return x
}
