// expects: nothing
import { f32, program } from 'fluxion'

// The types are told to expect it, and nothing traces it.
// @ts-expect-error
const sum = program({ x: f32('n', 3), y: f32('n', 4) }, ({ x, y }) => x.add(y))
void sum
