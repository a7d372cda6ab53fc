import { describe, expect, test } from 'vitest'
import { fuse } from '../../../compiler/fuse/fuse.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import type { Equation, Graph, Value } from '../../../compiler/ir/graph.ts'
import { type Nest, type Note, textOf } from '../../../compiler/kernel/kernel.ts'
import { type Machine, machineFor } from '../../../compiler/schedule/machine.ts'
import { patternOf } from '../../../compiler/schedule/pattern.ts'
import { Schedules } from '../../../compiler/schedule/schedules.ts'
import { baseline } from '../../../runtime/capabilities.ts'
import { openCpu } from '../../../runtime/cpu/device.ts'
import * as fc from '../../fc.ts'
import { scheduleFor } from '../compile-traced.ts'
import { compileGraph, difference, reference, rounded, runOn } from '../differential.ts'
import { uniforms } from '../random.ts'
import { randomNetwork } from '../random-network.ts'

/** Two networks that are the same but for the names of values and the lines of equations, as one graph. */
function twice({ name, inputs, equations, outputs }: Graph): Graph {
  const copy = (number: number) => {
    const values = new Map<Value, Value>()
    const of = (value: Value): Value => {
      const made = values.get(value) ?? { ...value, name: `${value.name}.${number}` }
      values.set(value, made)
      return made
    }
    const ofEquation = (equation: Equation, line: number): Equation => ({
      ...equation,
      inputs: equation.inputs.map(of),
      outputs: equation.outputs.map(of),
      source: { scope: [], frame: () => ({ file: 'net.ts', line: 1000 * number + line, column: 1 }) },
    })
    return { inputs: inputs.map(of), equations: equations.map(ofEquation), outputs: outputs.map(of) }
  }
  const [a, b] = [copy(1), copy(2)]
  return {
    name,
    inputs: [...a.inputs, ...b.inputs],
    equations: [...a.equations, ...b.equations],
    outputs: [...a.outputs, ...b.outputs],
  }
}

const notesIn = (nests: readonly Nest[]): readonly string[] => {
  const notes: string[] = []
  JSON.stringify(nests, (key, part) => {
    if (key === 'note') notes.push(textOf(part as Note))
    return part
  })
  return notes.sort()
}

const machines = [
  machineFor('wasm', baseline),
  machineFor('wasm', { ...baseline, simd: false }),
  machineFor('wgsl', baseline),
  machineFor('wgsl', { ...baseline, software: true }),
]

const itself = (tensor: number): number => tensor

/** Slots in the order in which they are asked for. */
function numbering(): (home: number) => number {
  const seen = new Map<number, number>()
  return (home) => seen.get(home) ?? seen.set(home, seen.size).size - 1
}

const once = (note: string) => note.replace(/\.\d, net.ts:\d/, '')

describe('nests that are like others', () => {
  test('have notes of their own, as if they were scheduled by themselves', () => {
    const verdict = (seed: number, machine: Machine) => {
      const graph = twice(randomNetwork(uniforms(seed)).graph)
      const [fused, other] = [fuse(graph), fuse(graph)]
      const schedules = new Schedules(scheduleFor(machine))
      for (const [i, nest] of fused.nests.entries()) {
        const network = nest.name.at(-1)!
        const together = notesIn(schedules.of(fused, nest, itself, numbering()))
        const alone = notesIn(new Schedules(scheduleFor(machine)).of(other, other.nests[i]!, itself, numbering()))
        expect(together.map(once).sort()).toEqual(alone.map(once).sort())
        // What has no loops is the same in both networks, and said to be of the first.
        const isOther = (note: string) => !note.includes(`${network}, net.ts:${network}`)
        expect(together.filter(isOther).length).toBeLessThanOrEqual(alone.filter(isOther).length)
      }
    }
    fc.assert(fc.property(fc.integer(), fc.constantFrom(...machines), verdict), { numRuns: 4 })
  })

  test('are scheduled once, and compute what the float64 evaluator does', async () => {
    const device = await openCpu()
    const verdict = async (seed: number) => {
      const random = uniforms(seed)
      const graph = twice(randomNetwork(random).graph)
      const fused = fuse(graph)
      const patterns = fused.nests.map((nest) => patternOf(fused.scalars, nest, itself).text)
      expect(new Set(patterns).size).toBeLessThan(patterns.length)
      const inputs = rounded(graph.inputs.map(({ type }) => generated(type, () => 2 * random() - 1)))
      const results = await runOn(device, compileGraph(graph, 'wasm'), inputs)
      expect(difference(reference(graph, inputs), results)).toBeUndefined()
    }
    await fc.assert(fc.asyncProperty(fc.integer(), verdict), { numRuns: 4 })
    device.dispose()
  })
})
