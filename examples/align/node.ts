import { openDevice } from 'fluxion'
import { loadNpy, nodeGpu, progressBar } from 'fluxion/node'
import { align } from './align.ts'
import { disks } from './disks.ts'
import { measures } from './measures.ts'

const [file = 'examples/page/public/features.npy', steps = '1000'] = process.argv.slice(2)
// A GPU where the package webgpu finds one, else the CPU.
const device = await openDevice(undefined, await nodeGpu())
const how = { steps: Number(steps), record: progressBar() }
const encode = await align(await loadNpy(file), device, how, measures)
console.log((await encode(disks(2, 2))).data)
