import { readdir, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { DataError } from '../data/data-error.ts'
import type { Entry } from '../train/recorder.ts'
import {
  byName,
  type Check,
  checked,
  date,
  expected,
  number,
  oneOf,
  optional,
  record,
  text,
  whole,
} from './data/json-check.ts'
import { parseJson } from './data/json-file.ts'
import type { Environment } from './environment.ts'
import { isLocked } from './lock.ts'

/** What run.json says. */
export interface RunFile {
  readonly format: 1
  readonly program: string
  /** A date of ISO 8601. */
  readonly created: string
  readonly seed: number
  /** How many are to be done in all. */
  readonly steps: number
  /** What the user noted. */
  readonly config: { readonly [name: string]: Json }
  readonly environment: Environment
  readonly parameters: number
  /** Bytes on the device. */
  readonly memory: number
  /** The rows of the data, and how many a step takes; not where there is no data. */
  readonly data?: { readonly rows: number; readonly batch: number }
  readonly status: 'running' | 'done' | 'stopped' | 'interrupted' | 'failed'
  /** How many were done when this was written. */
  readonly step: number
  readonly seconds: number
  readonly message?: string
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** A run, as its folder has it. */
export interface Run {
  readonly name: string
  readonly folder: string
  readonly about: RunFile
  /** As `about` has it; 'killed' where it has 'running', and the process that ran it is not there any more. */
  readonly status: RunFile['status'] | 'killed'
  /** In the order they were written. */
  readonly entries: readonly Entry[]
  /** The steps of the checkpoints, in ascending order. */
  readonly checkpoints: readonly number[]
}

/** A folder that stands where a run should, and is none. */
export interface NoRun {
  readonly name: string
  readonly folder: string
  readonly problem: DataError
}

export const aboutFile = (folder: string): string => join(folder, 'run.json')
/** An entry a line. */
export const metricsFile = (folder: string): string => join(folder, 'metrics.jsonl')
export const checkpointFile = (folder: string, step: number): string =>
  join(folder, 'checkpoints', `step-${`${step}`.padStart(8, '0')}.safetensors`)

/** The state that was measured to be the best. */
export const bestFile = (folder: string): string => join(folder, 'checkpoints', 'best.safetensors')

/**
 * What a run's folder has. A last line of metrics that was not written to its end is left out.
 *
 * @throws DataError where there is no run.json, or a file is not what it should be.
 */
export async function readRun(folder: string): Promise<Run> {
  const about = parseRun(await contents(aboutFile(folder)), aboutFile(folder))
  const metrics = await contents(metricsFile(folder))
  return {
    name: basename(resolve(folder)),
    folder,
    about,
    status: about.status === 'running' && !(await isLocked(folder)) ? 'killed' : about.status,
    entries: metrics ? parseEntries(metrics, metricsFile(folder)) : [],
    checkpoints: await checkpointsOf(folder),
  }
}

/**
 * What stands in a folder of runs, by name: each folder in it as a run, or with what is wrong with it. Nothing where
 * there is no such folder.
 *
 * @throws DataError where it is a file.
 */
export async function listRuns(folder: string): Promise<readonly (Run | NoRun)[]> {
  const found = await entriesOf(folder)
  const names = found.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name)
  const runs = names.sort().map(async (name): Promise<Run | NoRun> => {
    const path = join(folder, name)
    try {
      return await readRun(path)
    } catch (problem) {
      if (problem instanceof DataError) return { name, folder: path, problem }
      throw problem
    }
  })
  return Promise.all(runs)
}

/** Undefined where there is no such file. */
async function contents(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw unreadable(file, 'a file that can be read', error)
  }
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw unreadable(folder, 'a folder that can be read', error)
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

const unreadable = (path: string, expected: string, error: unknown): DataError =>
  new DataError(path, undefined, `expected ${expected}, found ${(error as NodeJS.ErrnoException).code}`, {
    cause: error,
  })

/** The steps of a run's checkpoints, in ascending order. */
export async function checkpointsOf(folder: string): Promise<readonly number[]> {
  const steps = (await entriesOf(join(folder, 'checkpoints'))).map(
    ({ name }) => /^step-(\d{8,})\.safetensors$/.exec(name)?.[1],
  )
  return steps
    .filter((step) => step !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
}

/** Seconds that may not be none. */
const seconds: Check<number> = (value, path) =>
  typeof value === 'number' && value >= 0 ? value : expected('a number that is not negative', value, path)

const runFile = record<RunFile>({
  format: (value, path) =>
    value === 1 ? value : expected('1, which is the format that this version of fluxion reads', value, path),
  program: text,
  created: date,
  seed: whole(Number.MIN_SAFE_INTEGER),
  steps: whole(0),
  config: byName((value) => value as Json),
  environment: record<Environment>({
    fluxion: text,
    node: text,
    platform: text,
    cpu: text,
    device: text,
    command: text,
  }),
  parameters: whole(0),
  memory: whole(0),
  data: optional(record<NonNullable<RunFile['data']>>({ rows: whole(0), batch: whole(0) })),
  status: oneOf('running', 'done', 'stopped', 'interrupted', 'failed'),
  step: whole(0),
  seconds,
  message: optional(text),
})

const entry = record<Entry>({
  step: whole(0),
  seconds,
  kind: oneOf('train', 'evaluation'),
  // As `speakable` writes them.
  values: byName((value, path) => number(value ?? expected('a number', value, path), path)),
})

function parseRun(bytes: Buffer | undefined, file: string): RunFile {
  if (!bytes) throw new DataError(file, undefined, 'expected the file that says what a run is, found none')
  return checked(runFile, parseJson(file, bytes.toString('utf8')), file)
}

function parseEntries(bytes: Buffer, file: string): readonly Entry[] {
  const entries: Entry[] = []
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const end = bytes.indexOf('\n', start)
    const value = parsedLine(bytes.toString('utf8', start, end < 0 ? bytes.length : end), file, start, end < 0)
    if (value === undefined) break
    entries.push(checked(entry, value, file, start, `line ${line}: `))
    if (end < 0) break
    start = end + 1
  }
  return entries
}

/**
 * Undefined for a last line that the process was writing as it ended. What is whole is valid though its line's end is
 * missing.
 */
function parsedLine(written: string, file: string, start: number, isLast: boolean): unknown {
  try {
    return parseJson(file, written, start)
  } catch (error) {
    if (isLast) return undefined
    throw error
  }
}

/** For JSON.stringify: NaN and the infinities as texts, since JSON has no numbers for them. */
export const speakable = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? `${value}` : value
