import type { PlanOutline } from '../../compiler/plan/plan.ts'
import { offsetAt, type Scheduled, scheduleOf } from '../loops.ts'
import { WebGpuError } from './error.ts'
import { isOutput, paddedBytes, paddedSize } from './memory.ts'

/** All that is dispatched in a call, in order, and the offsets of each dispatch, which it finds in a uniform buffer. */
export interface Turns {
  readonly list: readonly Turn[]
  /** How many calls can leave their outputs beside each other. */
  readonly slots: number
  /** Of the buffer of offsets, in bytes. */
  readonly size: number
  /** What it holds. */
  words(): Uint32Array<ArrayBuffer>
}

/** A dispatch at one turn of each loop around it. */
export interface Turn {
  readonly step: number
  /** Where its offsets start, in bytes. */
  readonly start: number
  /** How much further that is with each slot of the outputs. */
  readonly perSlot: number
}

/** A dispatch's offsets, in elements: turns at which they are the same share them. */
interface Block {
  readonly start: number
  readonly values: readonly number[]
  /** How much further each is with each slot; undefined where nothing is an output. */
  readonly strides: readonly number[] | undefined
}

/** What outputs beside each other may cost, in bytes, and offsets that say where they are. */
const mostBytes = 2 ** 20
const mostSlots = 256

/** @throws WebGpuError 'unavailable' where a loop ends on a condition. */
export function turnsOf(plan: PlanOutline): Turns {
  const { dispatches, regions } = plan
  const slots = slotsFor(plan)
  let size = 0
  const list: Turn[] = []
  const blocks: Block[] = []
  const known = new Map<string, Turn>()
  const emit = (step: number, at: readonly number[]) => {
    const { places } = dispatches[step]!
    const values = places.map((place) => offsetAt(place, at))
    const key = `${step}:${values.join()}`
    let turn = known.get(key)
    if (!turn) {
      const strides = places.map(({ region }) => (isOutput(regions[region]!) ? paddedSize(regions[region]!) : 0))
      const moves = slots > 1 && strides.some((stride) => stride > 0)
      turn = { step, start: size, perSlot: moves ? blockBytes(values.length) : 0 }
      known.set(key, turn)
      blocks.push({ start: size, values, strides: moves ? strides : undefined })
      size += blockBytes(values.length) * (moves ? slots : 1)
    }
    list.push(turn)
  }
  forEachTurn(plan, emit)
  size = Math.max(256, size)
  return { list, slots, size, words: () => wordsOf(blocks, size, slots) }
}

function forEachTurn(plan: PlanOutline, emit: (step: number, turns: readonly number[]) => void): void {
  const within = (scheduled: readonly Scheduled[], at: readonly number[]): void => {
    for (const one of scheduled) {
      if ('dispatch' in one) {
        emit(one.dispatch, at)
        continue
      }
      if (one.test)
        throw new WebGpuError(
          'unavailable',
          `${plan.name} has a loop that ends on a condition, which WebGPU cannot run`,
        )
      for (let turn = 0; turn < one.times; turn++) within(one.body, [...at, turn])
    }
  }
  within(scheduleOf(plan), [])
}

function slotsFor(plan: PlanOutline): number {
  const { regions, dispatches, loops = [] } = plan
  const bytes = regions.filter(isOutput).reduce((sum, region) => sum + paddedBytes(region), 0)
  const turnsAround = (step: number) =>
    loops.reduce((product, { from, to, times }) => (from <= step && step < to ? product * times : product), 1)
  const offsets = dispatches.reduce((sum, { places }, step) => {
    const moves = places.some(({ region }) => isOutput(regions[region]!))
    return sum + (moves ? turnsAround(step) * blockBytes(places.length) : 0)
  }, 0)
  return Math.max(1, Math.min(mostSlots, Math.floor(mostBytes / Math.max(1, bytes, offsets))))
}

/** A binding must start at a multiple of 256 bytes. */
const blockBytes = (values: number): number => 256 * Math.max(1, Math.ceil((values * 4) / 256))

function wordsOf(blocks: readonly Block[], size: number, slots: number): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(size / 4)
  for (const { start, values, strides } of blocks) {
    if (!strides) {
      words.set(values, start / 4)
      continue
    }
    for (let slot = 0; slot < slots; slot++)
      words.set(
        values.map((value, i) => value + slot * strides[i]!),
        (start + slot * blockBytes(values.length)) / 4,
      )
  }
  return words
}
