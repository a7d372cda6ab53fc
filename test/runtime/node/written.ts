import { writeAtomically } from '../../../runtime/node/atomic-write.ts'

// A process that writes so many bytes to a file, and says why where it cannot.

const [path, bytes] = process.argv.slice(2) as [string, string]
try {
  await writeAtomically(path, new Uint8Array(Number(bytes)).fill(7))
  console.log('written')
} catch (error) {
  console.log((error as Error).message)
}
