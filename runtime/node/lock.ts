import { randomUUID } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { reasonOf } from './atomic-write.ts'

const lockFile = (folder: string): string => join(folder, '.lock')

/** Whether a process may be at work in a folder: one of another machine may always be. */
export async function isLocked(folder: string): Promise<boolean> {
  const holder = await holderOf(lockFile(folder))
  return holder !== undefined && mayBeAlive(holder)
}

export interface Lock {
  release(): Promise<void>
}

/**
 * Keeps a folder to this process until it is released. What a process that has ended left behind is taken over.
 *
 * Rejects where another process has it.
 */
export async function lock(folder: string): Promise<Lock> {
  const path = lockFile(folder)
  const id = randomUUID()
  const mine = JSON.stringify({ host: hostname(), pid: process.pid, began: startOf(), id } satisfies Holder)
  for (let tries = 0; ; tries++) {
    try {
      await writeFile(path, mine, { flag: 'wx' })
      return {
        release: () => {
          released.add(id)
          return rm(path, { force: true })
        },
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new Error(`cannot write to ${folder}: ${reasonOf(error)}`, { cause: error })
      // Who has just made the file may not have written it yet.
      const holder = (await holderOf(path)) ?? (await setTimeout(200, undefined).then(() => holderOf(path)))
      if (holder && mayBeAlive(holder))
        throw new Error(
          `${folder} is in use by process ${holder.pid} on ${holder.host}; wait until that ends. If it is not there any more, remove ${path}`,
        )
      if (tries === 3) throw new Error(`${path} comes back whenever it is removed; is another process starting there?`)
      await rm(path, { force: true })
    }
  }
}

interface Holder {
  readonly host: string
  readonly pid: number
  readonly began: number
  readonly id: string
}

/** Locks of this process that it holds no more: on a disk that has become read-only their files stay. */
const released = new Set<string>()

/** Nothing where the file is gone, or was never written to the end. */
async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

const startOf = (): number => Math.round(performance.timeOrigin)

/** Numbers of processes are given again: of our own it is another process that had ours before. */
function mayBeAlive({ host, pid, began, id }: Holder): boolean {
  if (host !== hostname()) return true
  if (pid === process.pid) return began === startOf() && !released.has(id)
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
