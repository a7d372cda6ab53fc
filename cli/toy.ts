import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { compile, type Device, fit, type Resident, type Tensors } from '../index.ts'
import { type field, step, velocity } from '../models/flow/matching.ts'
import { bayesFloor, excessAt, fiveGaussians, flowPoints, hostRandom, sample } from '../models/index.ts'
import { dataset } from '../runtime/data/index.ts'
import { progressBar, runFolder } from '../runtime/node/index.ts'
import { openFastCpu } from './cpu.ts'
import { scatter } from './scatter.ts'

const usage = `Trains the prior of the five Gaussians on the CPU, and prints how far its loss lies above the least that any velocity reaches.

  npm start -- [--steps 4000] [--batch 256] [--seed 0] [--run FOLDER [--resume]] [--picture FILE.svg] [--explain]

  --run       saves checkpoints, metrics and config in a folder
  --resume    goes on from the last checkpoint there
  --picture   writes what the trained prior draws, beside the target
  --explain   prints what the training step was compiled to`

/** How many points of the target there are to train on. */
const size = 2 ** 18

const options = readOptions()
if (options) await train(options)

interface Options {
  readonly steps: number
  readonly batch: number
  readonly seed: number
  readonly run: string | undefined
  readonly resume: boolean
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
        run: { type: 'string' },
        resume: { type: 'boolean', default: false },
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
      const { run, resume, picture, explain } = values
      if (resume && run === undefined) throw new Error('--resume goes on with a run; say which: --run FOLDER')
      return { steps, batch, seed, run, resume, picture, explain }
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

async function train({ steps, batch, seed, run: folder, resume, picture, explain }: Options): Promise<void> {
  const target = fiveGaussians()
  const floor = bayesFloor(target)
  const device = await openFastCpu()
  if (explain) console.log(`${await (await compile(step, device, { n: batch })).explain()}\n`)
  console.log(`five Gaussians on the ${device.name}, ${steps} steps of ${batch}`)
  console.log(
    `Bayes floor ${floor.value.toFixed(4)} (sum over 2 dims); what is evaluated is how far the loss lies above it\n`,
  )

  const points = flowPoints(target, { points: 4096 })
  const evaluated = await compile(velocity, device, { n: points.t.length })
  const [x, t] = [Float32Array.from(points.x), Float32Array.from(points.t)]
  using fitted = await fit(
    step,
    device,
    { n: batch },
    {
      data: dataset({ x1: { shape: [2], data: sample(target, hostRandom(seed), size) } }),
      steps,
      seed,
      evaluate: {
        every: Math.max(1, Math.ceil(steps / 8)),
        async run({ state }) {
          const excess = excessAt(points, await evaluated({ params: state.params, x, t }).read(), target)
          return {
            excess: excess.value,
            'standard error': excess.standardError,
            '% of the floor': (100 * excess.value) / floor.value,
          }
        },
      },
      record:
        folder === undefined
          ? progressBar()
          : runFolder(folder, { resume, config: { target: 'fiveGaussians', batch, size } }),
    },
  )

  if (picture !== undefined) {
    const count = 2000
    const drawn = await draw(device, fitted.state.params, count, seed)
    const panels = [
      { title: 'target', points: sample(target, hostRandom(seed + 1), count) },
      { title: `prior after ${fitted.step} steps`, points: drawn },
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
