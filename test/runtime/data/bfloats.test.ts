import { expect, test } from 'vitest'
import { fromBfloats, toBfloats } from '../../../runtime/data/bfloats.ts'
import { bfloats } from './bfloats.ts'

const all = Uint16Array.from(bfloats, (_, bits) => bits)
const infinity = 0x7f80

test('each of the 65,536 is widened to the f32 that it is', () => {
  expect(fromBfloats(all)).toEqual(Float32Array.from(bfloats))
})

test('each of them is rounded to itself, and what is no number to one that is none', () => {
  const numbers = all.filter((bits) => !Number.isNaN(bfloats[bits]))
  expect(toBfloats(fromBfloats(numbers))).toEqual(numbers)
  // The bits that say so of the last two are all among those that are dropped.
  const none = new Float32Array(Uint32Array.of(0x7fc00000, 0xffc00000, 0x7f800001, 0xff80ffff).buffer)
  expect([...fromBfloats(toBfloats(none))]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN])
})

test('what lies between two of them is rounded to the nearer, and half way to the even one', () => {
  const below = all.subarray(0, infinity)
  const between = (part: number) => Float32Array.from(below, (bits) => f32(bits * 2 ** 16 + part))
  const even = below.map((bits) => bits + (bits % 2))
  expect(toBfloats(between(0x7fff))).toEqual(below)
  expect(toBfloats(between(0x8000))).toEqual(even)
  expect(toBfloats(between(0x8001))).toEqual(below.map((bits) => bits + 1))
  const negative = between(0x8000).map((value) => -value)
  expect(toBfloats(negative)).toEqual(even.map((bits) => bits + 2 ** 15))
})

test('f32 that are a part of other memory are read where they are', () => {
  const values = Float32Array.of(1, 2, 3, 4).subarray(1, 3)
  expect([...fromBfloats(toBfloats(values))]).toEqual([2, 3])
})

const view = new DataView(new ArrayBuffer(4))
const f32 = (bits: number): number => {
  view.setUint32(0, bits)
  return view.getFloat32(0)
}
