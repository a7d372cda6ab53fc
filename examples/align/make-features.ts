import { writeFile } from 'node:fs/promises'
import { openDevice } from 'fluxion'
import { subset } from 'fluxion/data'
import { classifierFeatures } from 'fluxion/models'
import { loadMnist } from 'fluxion/node'

// Makes features.npy: what a small classifier, trained on other digits, finds in 1,000 handwritten ones from 0 to 3.
// Any file of rows does in its place: np.save('features.npy', embeddings.astype('float32')).

const digits = await loadMnist()
const all = Array.from({ length: digits.size }, (_, i) => i)
const { label } = await digits.rows(all)
const few = all.filter((i) => label[i]! < 4)
const options = { dimension: 16, widths: [64], steps: 500, rows: subset(digits, few.slice(0, 1000)) }
const { features } = await classifierFeatures(subset(digits, few.slice(1000)), await openDevice('cpu'), options)

// The format of NumPy: its header ends at a multiple of 64 bytes.
const about = `{'descr': '<f4', 'fortran_order': False, 'shape': (1000, ${features.dimension}), }`.padEnd(117)
const header = Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY\x01\x00\x76\x00'), Buffer.from(`${about}\n`)])
await writeFile('examples/page/public/features.npy', Buffer.concat([header, new Uint8Array(features.data.buffer)]))
