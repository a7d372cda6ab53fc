import { expect, test } from 'vitest'
import { noSmallDisk, onSmallDisk } from './small-disk.ts'

const reason = noSmallDisk()
if (reason !== undefined) console.warn(`runs on a full disk are not tried: ${reason}`)

/**
 * Trains on a small disk of which something goes wrong after step 60 of 120, and then in the same folder once that is
 * mended.
 */
const script = (wrong: string, mended: string) => `
  import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
  const { fit, loadCheckpoint, openDevice, points, readRun, readState, runFolder, step } = library
  const device = await openDevice('cpu', { threads: 1 })
  const folder = disk + '/run'
  /** Waits while a file is being written: the disk is busy then. */
  const mount = async (how) => {
    for (let tries = 0; ; tries++)
      try { return execFileSync('mount', ['-o', 'remount,' + how, disk], { stdio: 'pipe' }) } catch (error) {
        if (tries === 100) throw error
        await new Promise((done) => setTimeout(done, 20))
      }
  }
  const fill = () => {
    for (let i = 0, size = 4096; size > 0; i++)
      try { writeFileSync(disk + '/filler-' + i, new Uint8Array(size)) } catch { size = size > 64 ? size / 2 : 0 }
  }
  const empty = () => readdirSync(disk).filter((name) => name.startsWith('filler')).forEach((name) => rmSync(disk + '/' + name))
  const warnings = []
  const train = async (record) => {
    const data = { data: points(50).set, inputs: { noise: 0.1 }, seed: 5 }
    const fitted = await fit(step, device, { n: 16 }, { ...data, steps: 120, log: { every: 10 }, save: { every: 20 }, record })
    return [...(await readState(fitted.state))].map(([name, { data }]) => [name, [...data]])
  }
  const record = () => runFolder(folder, { resume: true, progress: false, interrupt: false, tensorboard: true })
  const inFolder = (before, { log, ...others } = record()) => ({
    ...others,
    log: async (entry) => {
      await before(entry)
      await log(entry)
    },
    warn: (message) => warnings.push(message.replaceAll(disk, 'DISK')),
  })
  /** How many records event files have, all of which are whole. */
  const events = () => readdirSync(folder).filter((name) => name.startsWith('events')).map((name) => {
    const file = readFileSync(folder + '/' + name)
    let [at, count] = [0, 0]
    for (; at < file.length; count++) at += 12 + Number(file.readBigUInt64LE(at)) + 4
    if (at !== file.length) throw new Error('an event was cut off')
    return count
  })
  const whole = await train({})
  let went = false
  const failed = await train(inFolder(async ({ step }) => {
    if (step <= 60 || went) return
    went = true
    ${wrong}
  })).then(() => 'it did not fail', (error) => error.message.replaceAll(disk, 'DISK'))
  const kept = readdirSync(folder + '/checkpoints').filter((name) => name.startsWith('step')).sort()
  for (const name of kept) await loadCheckpoint(folder + '/checkpoints/' + name)
  const { entries } = await readRun(folder)
  const toldOf = events()
  ${mended}
  const again = await train(inFolder(() => {}))
  const run = await readRun(folder)
  console.log(JSON.stringify({
    failed, warnings, kept, toldOf, events: events(), logged: entries.map(({ step }) => step),
    same: JSON.stringify(again) === JSON.stringify(whole),
    status: run.status, checkpoints: run.checkpoints, entries: run.entries.map(({ step }) => step),
  }))
`

const cases = [
  ['that is full', 'fill()', 'empty()', 'the disk is full (ENOSPC)'],
  ['that is read-only', "await mount('ro')", "await mount('rw')", 'this file system is read-only (EROFS)'],
] as const

test.skipIf(reason).each(cases)(
  'a run on a disk %s says so, keeps what it had, and goes on when that is mended, to the same weights',
  { timeout: 120_000 },
  async (_, wrong, mended, why) => {
    const said = JSON.parse(await onSmallDisk('test/runtime/node/training.ts', script(wrong, mended)))
    expect(said.failed).toContain(why)
    expect(said.failed).toContain('DISK/run/checkpoints/step-00000120.safetensors')
    expect(said.warnings.some((warning: string) => warning.includes(why))).toBe(true)
    expect(said.kept.at(-1)).toMatch(/^step-000000[46]0\.safetensors$/)
    expect(said).toMatchObject({ same: true, status: 'done', checkpoints: [80, 100, 120] })
    expect(said.entries).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120])
    // Each entry has two values. Beside them there is the version, and in the second file from which step it goes on.
    expect(said.toldOf).toEqual([1 + 2 * said.logged.length])
    const saved = Number(/step-(\d+)/.exec(said.kept.at(-1))![1]) / 10
    expect(said.events.toSorted()).toEqual([...said.toldOf, 2 + 2 * (12 - saved)].toSorted())
    expect(said.logged).toEqual(said.entries.slice(0, said.logged.length))
  },
)
