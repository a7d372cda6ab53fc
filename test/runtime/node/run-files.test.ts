import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { DataError } from '../../../runtime/data/data-error.ts'
import { checkpointFile, listRuns, readRun } from '../../../runtime/node/run-files.ts'
import * as fc from '../../fc.ts'
import { about, folderWith, losses } from './written-runs.ts'

const made: string[] = []
const folder = (files: Parameters<typeof folderWith>[0]): string => {
  const path = folderWith(files)
  made.push(path)
  return path
}
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true })
})

const line = '{"step":500,"seconds":12.3,"kind":"train","values":{"loss":0.31,"é":1}}'
const entry = JSON.parse(line)

describe('a run folder', () => {
  test('is read: what it is, its entries and its checkpoints', async () => {
    const runs = folder({
      'a/run.json': about({ config: { model: { width: 8 } } }),
      'a/metrics.jsonl': losses('train', [0.5, 'NaN', 'Infinity', '-Infinity']),
      'a/checkpoints/step-00000500.safetensors': '',
      'a/checkpoints/step-00000050.safetensors': '',
      'a/checkpoints/step-123456789.safetensors': '',
      'a/checkpoints/step-00000600.safetensors.unfinished': '',
    })
    const run = await readRun(join(runs, 'a'))
    expect(run.name).toBe('a')
    expect(run.about).toEqual(about({ config: { model: { width: 8 } } }))
    expect(run.entries.map(({ values }) => values.loss)).toEqual([
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ])
    expect(run.checkpoints).toEqual([50, 500, 123456789])
    expect(checkpointFile('a', 500)).toBe(join('a', 'checkpoints', 'step-00000500.safetensors'))
  })

  test('may have neither metrics nor checkpoints yet', async () => {
    const run = await readRun(folder({ 'run.json': about({ status: 'running', step: 0 }) }))
    expect(run).toMatchObject({ entries: [], checkpoints: [] })
  })

  test('is read up to the last whole line, wherever the writing of the next was cut off', async () => {
    const whole = Buffer.from(`${line}\n`)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (length) => {
        const path = folder({ 'run.json': about(), 'metrics.jsonl': '' })
        const torn = Buffer.concat([whole, whole.subarray(0, length)])
        writeFileSync(join(path, 'metrics.jsonl'), torn)
        expect((await readRun(path)).entries).toEqual(length >= whole.length - 1 ? [entry, entry] : [entry])
      }),
      { numRuns: 40, examples: [[0], [1], [whole.length - 2], [whole.length - 1], [whole.length]] },
    )
  })
})

describe('malformed files are refused', () => {
  const problem = async (path: string): Promise<string> => {
    const error: unknown = await readRun(path).catch((error) => error)
    expect(error).toBeInstanceOf(DataError)
    return (error as DataError).message.replace(path, '')
  }

  test.each([
    [{ format: 2 }, 'expected format to be 1, which is the format that this version of fluxion reads, found 2'],
    [{ created: 'today' }, 'expected created to be a date, found "today"'],
    [{ steps: 1.5 }, 'expected steps to be a whole number from 0, found 1.5'],
    [{ config: [1] }, 'expected config to be an object, found [1]'],
    [{ environment: { device: 'CPU' } }, 'expected environment.fluxion to be a text, found nothing'],
    [{ data: { rows: 5 } }, 'expected data.batch to be a whole number from 0, found nothing'],
    [{ status: 'lost' }, 'expected status to be running or done or stopped or interrupted or failed, found "lost"'],
    [{ seconds: 'NaN' }, 'expected seconds to be a number that is not negative, found "NaN"'],
    [{ message: null }, 'expected message to be a text, found null'],
  ])('run.json with %j', async (given, message) => {
    expect(await problem(folder({ 'run.json': { ...about(), ...given } }))).toBe(`/run.json: ${message}`)
  })

  test('no run.json, and one that is no JSON', async () => {
    expect(await problem(folder({}))).toBe('/run.json: expected the file that says what a run is, found none')
    expect(await problem(folder({ 'run.json': '{"format":' }))).toMatch(/^\/run.json, byte 10: expected JSON, found: /)
    expect(await problem(folder({ 'run.json': '7' }))).toBe('/run.json: expected it to be an object, found 7')
  })

  test.each([
    ['{"step":', /^, byte 81: expected JSON, found: /],
    ['', /^, byte 73: expected JSON, found: /],
    ['[]', /^, byte 73: line 2: expected it to be an object, found \[\]$/],
    ['{"step":-1}', /: line 2: expected step to be a whole number from 0, found -1$/],
    ['{"step":1,"seconds":1,"kind":"test","values":{}}', /expected kind to be train or evaluation, found "test"$/],
    [
      '{"step":1,"seconds":1,"kind":"train","values":{"loss":null}}',
      /expected values.loss to be a number, found null$/,
    ],
    [
      '{"step":1,"seconds":1,"kind":"train","values":{"loss":"nan"}}',
      /expected values.loss to be a number, found "nan"$/,
    ],
  ])('metrics.jsonl with a line %j', async (second, message) => {
    const path = folder({ 'run.json': about(), 'metrics.jsonl': `${line}\n${second}\n` })
    expect((await problem(path)).replace('/metrics.jsonl', '')).toMatch(message)
  })
})

describe('a folder of runs', () => {
  test('lists them by name, and what is none with what is wrong with it', async () => {
    const runs = folder({
      'b/run.json': about(),
      'a/run.json': about(),
      'notes/readme.md': '',
      'bad/run.json': '{',
      'a-file': '',
    })
    mkdirSync(join(runs, 'empty'))
    const found = await listRuns(runs)
    expect(found.map((run) => [run.name, 'about' in run])).toEqual([
      ['a', true],
      ['b', true],
      ['bad', false],
      ['empty', false],
      ['notes', false],
    ])
  })

  test('that is not there has none, and one that is a file is refused', async () => {
    const runs = folder({ file: '' })
    expect(await listRuns(join(runs, 'none'))).toEqual([])
    await expect(listRuns(join(runs, 'file'))).rejects.toThrow('expected a folder that can be read, found ENOTDIR')
  })
})
