import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { commandOf, quoted } from '../../cli/quoted.ts'

test('a command to copy is what a shell takes for its words', () => {
  const words = ['a b', "it's", '$HOME', 'x*.npy', '', 'plain/1.npy', '--column', 'a,b', '"', '\\']
  const said = execFileSync('sh', ['-c', `for word in ${commandOf(...words)}; do printf '%s\\n' "$word"; done`])
  expect(`${said}`.split('\n').slice(0, -1)).toEqual(words)
  expect(quoted('runs/mine')).toBe('runs/mine')
})
