import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { durationOf, showProgress } from '../../../runtime/node/show-progress.ts'
import type { Progress } from '../../../runtime/train/recorder.ts'

/** What is written to it, as a terminal or as a file. */
class Written extends Writable {
  readonly isTTY: boolean
  readonly columns = 120
  text = ''
  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk
    done()
  }
  // What cli-progress asks a terminal for.
  cursorTo(): void {}
  clearLine(): void {}
}

const now = (step: number, more: Partial<Progress> = {}): Progress => ({
  step,
  steps: 1000,
  values: { loss: 0.123456 },
  stepsPerSecond: 12.345,
  secondsLeft: (1000 - step) / 12.345,
  memory: 3e6,
  ...more,
})

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('in a file there is a line now and then, with the loss, the speed, the time that is left and the memory', async () => {
  const file = new Written(false)
  const shown = await showProgress(file)
  // Every second for a minute.
  for (let second = 0; second < 60; second++) {
    shown.progress(now(10 * second, { epoch: second / 7 }))
    vi.advanceTimersByTime(1000)
  }
  shown.log({ step: 600, seconds: 60, kind: 'evaluation', values: { score: 2 / 3 } })
  shown.log({ step: 600, seconds: 60, kind: 'train', values: { loss: 1 } })
  shown.say('said')
  shown.progress(now(1000))
  shown.end()
  const lines = file.text.trimEnd().split('\n')
  // The first after a second, since before that it is not known how long the rest takes; then one in ten.
  expect(lines.slice(0, -3).map((line) => /^step (\d+)\/1000 {2}/.exec(line)?.[1])).toEqual([
    '10',
    '110',
    '210',
    '310',
    '410',
    '510',
  ])
  expect(lines[0]).toBe('step 10/1000  loss 0.1235  epoch 0.1  12.3 steps/s  1m 20s left  3.00 MB')
  expect(lines.slice(-3)).toEqual([
    'step 600  evaluation: score 0.6667',
    'said',
    'step 1000/1000  loss 0.1235  12.3 steps/s  3.00 MB',
  ])
})

test('in a terminal there is a bar, below what is said', async () => {
  const terminal = new Written(true)
  const shown = await showProgress(terminal)
  shown.progress(now(250))
  vi.advanceTimersByTime(200)
  expect(terminal.text).toContain('█'.repeat(6))
  expect(terminal.text).not.toContain('█'.repeat(7))
  expect(terminal.text).toContain('250/1000  loss 0.1235  12.3 steps/s  1m 01s left  3.00 MB')
  const before = terminal.text.length
  shown.log({ step: 250, seconds: 20, kind: 'evaluation', values: { score: 1 } })
  shown.progress(now(500))
  vi.advanceTimersByTime(200)
  const after = terminal.text.slice(before)
  expect(after.startsWith('\r\x1b[Kstep 250  evaluation: score 1.000\n')).toBe(true)
  expect(after).toContain('500/1000')
  shown.end()
  // It is stopped, and what a process waits for with it.
  expect(vi.getTimerCount()).toBe(0)
})

test.each([
  [0.4, '0s'],
  [59.6, '1m 00s'],
  [184, '3m 04s'],
  [3599.7, '1h 00m'],
  [3720, '1h 02m'],
])('%d seconds are %s', (seconds, text) => {
  expect(durationOf(seconds)).toBe(text)
})
