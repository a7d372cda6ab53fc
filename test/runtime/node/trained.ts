import { fit, openDevice } from '../../../index.ts'
import { runFolder } from '../../../runtime/node/index.ts'
import { points, step } from '../train/regression.ts'

// A process that trains a small regression in a run folder, and goes on from what is there. With a third argument it
// says each step that it has done.

const [folder, steps, told] = process.argv.slice(2) as [string, string, string?]
const record = runFolder(folder, { resume: true, progress: false, config: { noise: 0.1 } })
const device = await openDevice('cpu', { threads: 1 })
const { progress: _, ...quiet } = record
const fitted = await fit(
  step,
  device,
  { n: 16 },
  {
    data: points(50).set,
    inputs: { noise: 0.1 },
    steps: Number(steps),
    seed: 5,
    log: { every: 50 },
    save: { every: 20 },
    record: { ...quiet, progress: ({ step }) => told && console.log(step) },
  },
)
console.log(`${fitted.status} at ${fitted.step}`)
