import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { isLocked, type Lock, lock } from '../../../runtime/node/lock.ts'
import * as fc from '../../fc.ts'

/** Says when each operation on files is done, and when time passes. */
let turn: (name: string) => Promise<unknown>
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>()
  return {
    ...real,
    readFile: (...given: Parameters<typeof real.readFile>) => turn('read').then(() => real.readFile(...given)),
    writeFile: (...given: Parameters<typeof real.writeFile>) => turn('write').then(() => real.writeFile(...given)),
    rm: (...given: Parameters<typeof real.rm>) => turn('remove').then(() => real.rm(...given)),
  }
})
vi.mock('node:timers/promises', () => ({ setTimeout: () => turn('wait') }))

const root = mkdtempSync(join(tmpdir(), 'lock-'))
afterAll(() => rmSync(root, { recursive: true }))
let count = 0
const fresh = () => mkdtempSync(join(root, `${count++}-`))
beforeEach(() => {
  turn = async () => {}
})

const file = (folder: string) => join(folder, '.lock')
/** As a process of an earlier start of this machine left it. */
const left = JSON.stringify({ host: hostname(), pid: process.pid, began: 0, id: 'left' })

test('however operations of several interleave that find what was left behind, one at a time has the folder', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom('.lock', '.lock.stale')),
      fc.integer({ min: 2, max: 4 }),
      async (scheduler, leftBehind, wanting) => {
        turn = (name) => scheduler.schedule(Promise.resolve(), name)
        const folder = fresh()
        for (const name of leftBehind) writeFileSync(join(folder, name), left)
        let [holding, had] = [0, 0]
        const work = async (keeps: boolean): Promise<Lock | undefined> => {
          const held = await lock(folder).catch((error: Error) => {
            expect(error.message).toMatch(/is in use by process|comes back whenever it is removed/)
            return undefined
          })
          if (!held) return undefined
          had++
          expect(++holding).toBe(1)
          await turn('work')
          if (keeps) return held
          holding--
          await held.release()
          return undefined
        }
        await scheduler.waitFor(Promise.all(Array.from({ length: wanting }, (_, i) => work(i === 1))))
        expect(had).toBeGreaterThan(0)
        turn = async () => {}
        expect(await isLocked(folder)).toBe(holding === 1)
      },
    ),
    { numRuns: 100 },
  )
})

test('a lock that is not there any more, and one in its place, are left alone on release', async () => {
  const folder = fresh()
  const first = await lock(folder)
  rmSync(file(folder))
  const second = await lock(folder)
  await first.release()
  expect(await isLocked(folder)).toBe(true)
  await second.release()
  await second.release()
  expect(existsSync(file(folder))).toBe(false)
})

test('what was never written to its end is taken over', async () => {
  const folder = fresh()
  writeFileSync(file(folder), '')
  const held = await lock(folder)
  expect(await isLocked(folder)).toBe(true)
  await held.release()
})
