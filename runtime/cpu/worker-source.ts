import { enough, least, most } from './counted.ts'
import { runsAt } from './layout.ts'

/**
 * Words by which a thread is called, each in a cache line of its own: they change with each call; how much mail there
 * is; which job is to be run.
 */
export const at = { signal: 0, mail: 16, job: 32 } as const
export const controlBytes = 256

/** Some 50 us of looking before a thread lets the system wake it: calls of a loop follow each other closely. */
const looks = 20_000

/**
 * What a thread of the pool runs, as text: the one form in which Node, browsers and bundlers all start a thread without
 * a file of its own. It waits for the word `signal` of the control words to change, and then calls the job whose number
 * stands there; where there is more mail than it has read, it goes back to its event loop, which brings it.
 */
export const workerSource = `'use strict'
const node = typeof require === 'function' ? require('node:worker_threads') : undefined
const port = node ? node.parentPort : self
const jobs = new Map()
let control
let read = 0
let seen = 0

function serve() {
  for (let looks = 0; ; ) {
    const signal = Atomics.load(control, ${at.signal})
    if (Atomics.load(control, ${at.mail}) !== read) return
    if (signal !== seen) {
      seen = signal
      looks = 0
      const job = jobs.get(Atomics.load(control, ${at.job}))
      if (job) job.call()
    } else if (looks < ${looks}) looks++
    else {
      Atomics.wait(control, ${at.signal}, signal)
      looks = 0
    }
  }
}

/** Runs are counted where all threads see it: none is run twice. */
function jobOf({ module, env, scratch, threads, leads, id }) {
  const { run } = new WebAssembly.Instance(module, { env: { ...env, clock() {} } }).exports
  const runs = new Int32Array(env.memory.buffer, ${runsAt}, 1)
  let last = 0
  const call = () => {
    const now = Atomics.load(runs, 0)
    if (now === last) return
    last = now
    run(scratch, threads, leads ? 1 : 0)
    if (leads) port.postMessage({ done: id })
  }
  return { call, bytes: env.memory.buffer.byteLength }
}

/** A thread makes next to nothing but this, so nothing would ever be collected: see counted.ts. */
let held = []
let sum = 0
function count(bytes) {
  const length = Math.min(Math.max(bytes, ${least}), ${most})
  if (sum > ${enough}) {
    held = []
    sum = 0
  }
  sum += length
  try {
    held.push(new ArrayBuffer(length, { maxByteLength: length }))
  } catch {}
}

function drop(id) {
  const job = jobs.get(id)
  jobs.delete(id)
  if (job) count(job.bytes)
}

function receive(message) {
  read++
  const { id } = message
  if (message.control) control = new Int32Array(message.control)
  if (message.drop) drop(id)
  let refused
  try {
    if (message.module) jobs.set(id, jobOf(message))
  } catch (error) {
    refused = { id, reason: String(error) }
  }
  port.postMessage({ read, refused })
  serve()
}

if (node) port.on('message', receive)
else self.onmessage = ({ data }) => receive(data)
`
