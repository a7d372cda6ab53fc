import { expect, test } from 'vitest'
import { noSmallDisk, onSmallDisk } from './small-disk.ts'

const reason = noSmallDisk()
if (reason !== undefined) console.warn(`runs on a full disk are not tried: ${reason}`)

/** Trains on a small disk of which something goes wrong after step 60 of 120, and then in the same folder once that is mended. */
const script = (wrong: string, mended: string) => `
  import { readdirSync, rmSync, writeFileSync } from 'node:fs'
  const { fit, loadCheckpoint, openDevice, points, readRun, readState, runFolder, step } = library
  const device = await openDevice('cpu', { threads: 1 })
  const folder = disk + '/run'
  const mount = (how) => execFileSync('mount', ['-o', 'remount,' + how, disk])
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
  const inFolder = (progress) => ({
    ...runFolder(folder, { resume: true, progress: false, interrupt: false }),
    progress,
    warn: (message) => warnings.push(message.replaceAll(disk, 'DISK')),
  })
  const whole = await train({})
  let went = false
  const failed = await train(inFolder(({ step }) => {
    if (step <= 60 || went) return
    went = true
    ${wrong}
  })).then(() => 'it did not fail', (error) => error.message.replaceAll(disk, 'DISK'))
  const kept = readdirSync(folder + '/checkpoints').filter((name) => name.startsWith('step')).sort()
  for (const name of kept) await loadCheckpoint(folder + '/checkpoints/' + name)
  const { entries } = await readRun(folder)
  ${mended}
  const again = await train(inFolder(() => {}))
  const run = await readRun(folder)
  console.log(JSON.stringify({
    failed, warnings, kept, logged: entries.map(({ step }) => step),
    same: JSON.stringify(again) === JSON.stringify(whole),
    status: run.status, checkpoints: run.checkpoints, entries: run.entries.map(({ step }) => step),
  }))
`

const cases = [
  ['that is full', 'fill()', 'empty()', 'the disk is full (ENOSPC)'],
  ['that is read-only', "mount('ro')", "mount('rw')", 'this file system is read-only (EROFS)'],
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
    expect(said.logged).toEqual(said.entries.slice(0, said.logged.length))
  },
)
