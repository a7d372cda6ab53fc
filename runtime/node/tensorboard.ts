import { appendFileSync, closeSync, mkdirSync, openSync } from 'node:fs'
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
   * @param tag the name of the curve, such as 'train/loss': TensorBoard puts those together that are the same up to a slash.
   * @param value is rounded to a float32.
   * @param wallTime in seconds since 1970. Now, unless it is given.
   */
  scalar(tag: string, step: number, value: number, wallTime?: number): void
  /** Nothing can be added after this. */
  close(): void
}

/**
 * Makes a file of events for TensorBoard in a folder, which is made where it is not there: `tensorboard --logdir runs` shows each folder in runs as a run. A
 * folder may have several such files, as of a run that went on later.
 *
 * @param from the first step of a run that goes on: TensorBoard forgets what earlier files of the folder say of this step and later ones.
 */
export function openEventFile(folder: string, { from }: { readonly from?: number } = {}): EventFile {
  mkdirSync(folder, { recursive: true })
  const now = Date.now() / 1000
  const { path, file } = create(join(folder, `events.out.tfevents.${Math.floor(now)}.${hostname()}.${process.pid}`))
  let isOpen = true
  const add = (event: Uint8Array): void => appendFileSync(file, record(event))
  add(message(double(event.wallTime, now), string(event.fileVersion, 'brain.Event:2')))
  if (from !== undefined) {
    const begins = message(int64(session.status, session.start))
    add(message(double(event.wallTime, now), int64(event.step, from), bytes(event.session, begins)))
  }
  return {
    path,
    scalar(tag, step, value, wallTime = Date.now() / 1000) {
      if (!isOpen) throw new Error(`scalar: the event file ${path} has been closed`)
      if (!Number.isSafeInteger(step) || step < 0)
        throw new Error(`scalar: the step of '${tag}' is ${step}; it must be a whole number that is not negative`)
      const point = message(string(scalarSummary.tag, tag), float(scalarSummary.simpleValue, value))
      add(
        message(
          double(event.wallTime, wallTime),
          int64(event.step, step),
          bytes(event.summary, message(bytes(summary.value, point))),
        ),
      )
    },
    close() {
      if (isOpen) closeSync(file)
      isOpen = false
    },
  }
}

// The numbers of the fields: https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto and summary.proto beside it.
const event = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, session: 7 }
const session = { status: 1, start: 1 }
const summary = { value: 1 }
const scalarSummary = { tag: 1, simpleValue: 2 }

/** A new file of that name, or with a number after it where this process has made one in the same second. */
function create(name: string): { readonly path: string; readonly file: number } {
  for (let count = 0; ; count++) {
    const path = count === 0 ? name : `${name}.${count}`
    try {
      return { path, file: openSync(path, 'wx') }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** TFRecord: the length, its checksum, the data, its checksum. https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details */
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
