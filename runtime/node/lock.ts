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
export const lock = (folder: string): Promise<Lock> => hold(lockFile(folder), folder)

async function hold(path: string, folder: string): Promise<Lock> {
  const id = randomUUID()
  const mine = JSON.stringify({ host: hostname(), pid: process.pid, began: startOf(), id } satisfies Holder)
  for (let tries = 0; ; tries++) {
    try {
      await writeFile(path, mine, { flag: 'wx' })
      // Whoever took its beginning for what a process left behind may have removed it.
      if ((await holderOf(path))?.id === id) return { release: () => release(path, id) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new Error(`cannot write to ${folder}: ${reasonOf(error)}`, { cause: error })
      const holder = await abiding(path)
      if (holder && mayBeAlive(holder))
        throw new Error(
          `${folder} is in use by process ${holder.pid} on ${holder.host}; wait until that ends. If it is not there any more, remove ${path}`,
        )
    }
    if (tries === 3) throw new Error(`${path} comes back whenever it is removed; is another process starting there?`)
    await removeStale(path, folder)
  }
}

/**
 * Removes what a process left that has ended. Of all that found it one at a time looks again and removes: a slower one
 * would remove the lock that a faster one has made since.
 */
async function removeStale(path: string, folder: string): Promise<void> {
  const alone = await hold(`${path}.stale`, folder)
  try {
    const holder = await abiding(path)
    if (!(holder && mayBeAlive(holder))) await rm(path, { force: true })
  } finally {
    await alone.release()
  }
}

async function release(path: string, id: string): Promise<void> {
  // Who was told that this process is not there any more may have removed it, and hold another.
  if ((await holderOf(path))?.id !== id) return
  try {
    await rm(path, { force: true })
  } catch (error) {
    released.add(id)
    throw error
  }
}

/** Who has just made the file may not have written it yet. */
const abiding = async (path: string): Promise<Holder | undefined> =>
  (await holderOf(path)) ?? (await setTimeout(200, undefined).then(() => holderOf(path)))

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
