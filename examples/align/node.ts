import { openDevice } from 'fluxion'
import { loadNpy, progressBar } from 'fluxion/node'
import { align } from './align.ts'
import { disks } from './disks.ts'
import { measures } from './measures.ts'

const [file = 'examples/page/public/features.npy', steps = '1000'] = process.argv.slice(2)
const how = { steps: Number(steps), record: progressBar() }
const encode = await align(await loadNpy(file), await openDevice(), how, measures)
console.log((await encode(disks(2, 2))).data)
