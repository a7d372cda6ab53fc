import { appendFileSync, closeSync, existsSync, ftruncateSync, mkdirSync, openSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { crc32c } from '../data/crc32.ts'
import { bytes, double, float, int64, message, string } from './protobuf.ts'

/** A file of events, to which TensorBoard listens. */
export interface EventFile {
  readonly path: string
  /**
   * Adds a point to a curve, at once: who looks sees it, and a process that is killed leaves it.
   *
   * @param tag the name of the curve, such as 'train/loss': TensorBoard puts those together that are the same up to a
   * slash.
   * @param value is rounded to a float32.
   * @param wallTime in seconds since 1970. Now, unless it is given.
   */
  scalar(tag: string, step: number, value: number, wallTime?: number): void
  /** Nothing can be added after this. */
  close(): void
}

/**
 * Makes a file of events for TensorBoard in a folder, which is made where it is not there: `tensorboard --logdir runs`
 * shows each folder in runs as a run. A folder may have several such files, as of a run that went on later.
 *
 * @param from the first step of a run that goes on: TensorBoard forgets what earlier files of the folder say of this
 * step and later ones.
 * @throws the system's error where the file cannot be written to, here and in `scalar`; the events that it has are
 * whole then.
 */
export function openEventFile(folder: string, { from }: { readonly from?: number } = {}): EventFile {
  mkdirSync(folder, { recursive: true })
  const { path, file } = create(folder)
  let isOpen = true
  /** Bytes that are whole events. */
  let length = 0
  const add = (events: Uint8Array): void => {
    try {
      appendFileSync(file, events)
    } catch (error) {
      // What was written in part would spoil what comes after it.
      ftruncateSync(file, length)
      throw error
    }
    length += events.length
  }
  const close = (): void => {
    if (isOpen) closeSync(file)
    isOpen = false
  }
  try {
    add(beginningEvents(from))
  } catch (error) {
    close()
    throw error
  }
  return {
    path,
    scalar(tag, step, value, wallTime) {
      if (!isOpen) throw new Error(`scalar: the event file ${path} has been closed`)
      add(scalarEvent(tag, step, value, wallTime))
    },
    close,
  }
}

/** Where a new file of events may be in a folder: another one each time, where the one before has been made. */
export function newEventFile(folder: string): string {
  const name = join(folder, `events.out.tfevents.${Math.floor(secondsNow())}.${hostname()}.${process.pid}`)
  for (let count = 0; ; count++) {
    const path = count === 0 ? name : `${name}.${count}`
    if (!existsSync(path)) return path
  }
}

/** With what a file begins; `from` as in `openEventFile`. */
export function beginningEvents(from: number | undefined): Uint8Array {
  const wallTime = double(event.wallTime, secondsNow())
  const version = record(message(wallTime, string(event.fileVersion, 'brain.Event:2')))
  if (from === undefined) return version
  const begins = message(int64(session.status, session.start))
  return Buffer.concat([version, record(message(wallTime, int64(event.step, from), bytes(event.session, begins)))])
}

/** A point of a curve, as `EventFile.scalar` adds it. */
export function scalarEvent(tag: string, step: number, value: number, wallTime = secondsNow()): Uint8Array {
  if (!Number.isSafeInteger(step) || step < 0)
    throw new Error(`scalar: the step of '${tag}' is ${step}; it must be a whole number that is not negative`)
  const point = message(string(scalarSummary.tag, tag), float(scalarSummary.simpleValue, value))
  return record(
    message(
      double(event.wallTime, wallTime),
      int64(event.step, step),
      bytes(event.summary, message(bytes(summary.value, point))),
    ),
  )
}

const secondsNow = (): number => Date.now() / 1000

// The numbers of the fields: https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
// and summary.proto beside it.
const event = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, session: 7 }
const session = { status: 1, start: 1 }
const summary = { value: 1 }
const scalarSummary = { tag: 1, simpleValue: 2 }

function create(folder: string): { readonly path: string; readonly file: number } {
  for (;;) {
    const path = newEventFile(folder)
    try {
      // Appended to: after what was cut off there is no gap.
      return { path, file: openSync(path, 'ax') }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/**
 * TFRecord: the length, its checksum, the data, its checksum.
 * https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 */
function record(data: Uint8Array): Uint8Array {
  const whole = Buffer.alloc(12 + data.length + 4)
  whole.writeBigUInt64LE(BigInt(data.length), 0)
  whole.writeUInt32LE(masked(crc32c(whole.subarray(0, 8))), 8)
  whole.set(data, 12)
  whole.writeUInt32LE(masked(crc32c(data)), 12 + data.length)
  return whole
}

/** So that the checksum of data that has checksums in it is no special one. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
