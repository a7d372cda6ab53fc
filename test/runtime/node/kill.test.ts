import { spawn } from 'node:child_process'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadCheckpoint } from '../../../runtime/node/checkpoint.ts'
import { readRun } from '../../../runtime/node/run-files.ts'
import * as fc from '../../fc.ts'
import { isFull } from '../../full.ts'
import { builtForNode } from './built.ts'

const kills = isFull ? 50 : 5
const steps = isFull ? 12_000 : 3000

let folder: string
let main: string
beforeAll(async () => {
  ;({ folder, main } = await builtForNode('test/runtime/node/trained.ts'))
}, 120_000)
afterAll(() => rm(folder, { recursive: true }))

/** Begins to wait for the moment to kill; gives what ends the waiting. */
type Wait = (kill: () => void) => () => void

const after =
  (milliseconds: number): Wait =>
  (kill) => {
    const timer = setTimeout(kill, milliseconds)
    return () => clearTimeout(timer)
  }

/** So long after there is a checkpoint that was not there before. */
const onceSaved =
  (run: string, milliseconds: number): Wait =>
  (kill) => {
    const before = checkpointsIn(run)
    let timer: NodeJS.Timeout = setInterval(async () => {
      const [had, has] = [await before, await checkpointsIn(run)]
      if (has.length === 0 || has.at(-1) === had.at(-1)) return
      clearInterval(timer)
      timer = setTimeout(kill, milliseconds)
    }, 5)
    return () => clearInterval(timer)
  }

const checkpointsIn = async (run: string): Promise<readonly string[]> =>
  (await readdir(join(run, 'checkpoints')).catch(() => [])).filter((name) => name.startsWith('step-')).sort()

/** Runs the process to its end, or kills it; gives what it printed, and whether it ended by itself. */
const trained = (run: string, wait?: Wait) =>
  new Promise<{ readonly printed: string; readonly ended: boolean }>((resolve, reject) => {
    const child = spawn(process.execPath, [main, run, `${steps}`])
    let printed = ''
    child.stdout.on('data', (data) => {
      printed += data
    })
    child.stderr.on('data', (data) => {
      printed += data
    })
    const end = wait?.(() => child.kill('SIGKILL'))
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      end?.()
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`ended with ${code ?? signal}: ${printed}`))
      else resolve({ printed, ended: signal === null })
    })
  })

const last = (run: string) => join(run, 'checkpoints', `step-${`${steps}`.padStart(8, '0')}.safetensors`)

test(`a run that is killed ${kills} times ends with the weights and the log of one that was not`, async () => {
  const whole = join(folder, 'whole')
  const started = performance.now()
  let starting = 0
  await trained(whole, () =>
    onceSaved(
      whole,
      0,
    )(() => {
      starting ||= performance.now() - started
    }),
  )
  const training = performance.now() - started - starting
  const wanted = await loadCheckpoint(last(whole))

  const killed = join(folder, 'killed')
  // Some kills come while the process starts, or reads what there is; others a while after it has saved again:
  // altogether in a third of the training.
  const [moments] = fc.sample(
    fc.array(fc.record({ isLate: fc.boolean(), time: fc.double({ min: 0.05, max: 1, noNaN: true }) }), {
      minLength: kills,
      maxLength: kills,
    }),
    1,
  )
  const marks: number[] = []
  for (const [i, { isLate, time }] of moments!.entries()) {
    // One of them comes when there is something to lose.
    const wait = isLate || i === kills - 1 ? onceSaved(killed, (time * training) / (3 * kills)) : after(time * starting)
    const { ended } = await trained(killed, wait)
    const names = await checkpointsIn(killed)
    // Whatever has the name of a checkpoint is one, whole.
    for (const name of names) await loadCheckpoint(join(killed, 'checkpoints', name))
    marks.push(names.length > 0 ? Number(names.at(-1)!.slice(5, 13)) : 0)
    expect(ended, `killed at ${marks}`).toBe(false)
    // Before it had begun there is no run.
    const about = await readRun(killed).catch(() => undefined)
    if (about) expect(about.status).toBe('killed')
  }
  const { printed } = await trained(killed)
  expect(printed, `killed at ${marks}`).toContain(`done at ${steps}`)
  const found = await loadCheckpoint(last(killed))
  expect(found.tensors, `killed at ${marks}`).toEqual(wanted.tensors)
  const timeless = async (run: string) => (await readRun(run)).entries.map(({ seconds: _, ...rest }) => rest)
  expect(await timeless(killed), `killed at ${marks}`).toEqual(await timeless(whole))
  expect(
    marks.some((mark) => mark > 0 && mark < steps),
    `killed at ${marks}`,
  ).toBe(true)
}, 1_800_000)
