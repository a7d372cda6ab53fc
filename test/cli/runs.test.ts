import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeRuns, run, runsAsData, sortRuns } from '../../cli/runs.ts'
import { listRuns, type NoRun, type Run } from '../../runtime/node/run-files.ts'
import { metricsNamed } from '../../studies/runs/metrics.ts'
import { duration, numeral, toJson } from '../../studies/texts.ts'
import { about, folderWith, losses } from '../runtime/node/written-runs.ts'

let folder: string
let found: readonly (Run | NoRun)[]
beforeAll(async () => {
  folder = folderWith({
    'small/run.json': about({ config: { width: 8 } }),
    'small/metrics.jsonl': losses('train', [0.5, 0.25, 0.3]) + losses('evaluation', [0.75]),
    'wide/run.json': about({
      created: new Date(2026, 2, 5, 17, 0).toISOString(),
      status: 'failed',
      step: 150,
      seconds: 125,
      message: 'loss is NaN',
    }),
    'wide/metrics.jsonl': losses('train', [0.123456, 'NaN']),
    'broken/run.json': about({ steps: -1 }),
  })
  found = await listRuns(folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('fluxion runs', () => {
  test('lists the runs, the latest first, with the last and the least of each metric', () => {
    expect(describeRuns(found, 'runs').replaceAll(folder, 'runs')).toBe(
      `name   status  created               steps  train/loss   least  evaluation/loss  least        time  device
wide   failed  2026-03-05 17:00   200/1000         NaN  0.1235                -      -  2 min 05 s  CPU (2 threads)
small  done    2026-03-04 05:06  1000/1000         0.3    0.25             0.75   0.75      12.3 s  CPU (2 threads)

wide: loss is NaN

No runs, or damaged ones:
  broken: runs/broken/run.json: expected steps to be a whole number from 0, found -1`,
    )
  })

  test('a folder that is not there is not one without runs', async () => {
    await expect(run([`${folder}/nowhere`])).rejects.toThrow(`there is no folder '${folder}/nowhere'`)
  })

  test.each([
    [['--jsn'], 'there is no option --jsn; did you mean --json?'],
    [['a', 'b'], "expected [FOLDER]; 'b' is one too many"],
    [['compare', 'a'], 'expected RUN RUN...; RUN... was not given'],
    [['compare', 'a', 'b', '--fodler', 'c'], 'there is no option --fodler; did you mean --folder?'],
  ])('what is not understood is told of: %j', async (args, message) => {
    await expect(run(args)).rejects.toThrow(message)
  })

  test('of one metric', () => {
    expect(describeRuns(found, 'runs', { metric: 'evaluation/loss' })).toMatch(/steps {2}evaluation\/loss {2}least {2}/)
    expect(() => describeRuns(found, 'runs', { metric: 'los' })).toThrow(
      "no run has a metric 'los'; they have train/loss, evaluation/loss; did you mean 'loss'?",
    )
    expect(metricsNamed('loss', sortRuns(found))).toEqual(['train/loss', 'evaluation/loss'])
  })

  test('sorted by name, by date, by a metric', () => {
    const names = (sort?: string) => sortRuns(found, sort).map(({ name }) => name)
    expect(names('name')).toEqual(['small', 'wide'])
    expect(names('created')).toEqual(['wide', 'small'])
    expect(names('train/loss')).toEqual(['wide', 'small'])
    expect(names('evaluation/loss')).toEqual(['small', 'wide'])
    expect(() => names('loss')).toThrow('--sort loss may be train/loss or evaluation/loss; write one of these')
  })

  test('says how to make a run where there is none', () => {
    expect(describeRuns([], 'runs')).toMatch(/^There are no runs in 'runs'.*record: runFolder\('runs\/first'\)/s)
    expect(describeRuns([], 'runs', { metric: 'loss', sort: 'loss' })).toMatch(/^There are no runs/)
  })

  test('gives the same as data', () => {
    const data = JSON.parse(toJson(runsAsData(found, { metric: 'train/loss' })))
    expect(data.runs[0]).toMatchObject({ name: 'wide', step: 200, steps: 1000, message: 'loss is NaN' })
    expect(data.runs[0].metrics).toEqual([
      { name: 'train/loss', last: { value: 'NaN', step: 200 }, best: { value: 0.123456, step: 100 } },
    ])
    expect(data.problems).toMatchObject([{ name: 'broken', problem: expect.stringContaining('expected steps') }])
  })
})

test.each([
  [0, '0.0 s'],
  [59.96, '1 min 00 s'],
  [3599.6, '1 h 00 min'],
  [12000, '3 h 20 min'],
])('%f seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})

test.each([
  [undefined, '-'],
  [1234567, '1234567'],
  [1 / 3, '0.3333'],
  [1.5e-9, '1.5e-9'],
  [123456.7, '123500'],
])('%j is written %s', (value, text) => {
  expect(numeral(value)).toBe(text)
})
