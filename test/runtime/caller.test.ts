import { expect, test } from 'vitest'
import { callerIn, captureCaller } from '../../runtime/caller.ts'

test.each([
  [
    'Node, an ES module',
    [
      'Error',
      '    at captureCaller (file:///app/node_modules/fluxion/runtime/caller.js:7:17)',
      '    at Object.call (file:///app/node_modules/fluxion/runtime/run.js:40:11)',
      '    at run (file:///app/node_modules/fluxion/index.js:12:3)',
      '    at async train (file:///app/src/train.ts:31:14)',
      '    at node:internal/main:1:1',
    ],
    '/app/src/train.ts:31',
  ],
  [
    'no function name, a path with a scope and a space',
    ['Error', '    at /app/node_modules/fluxion/runtime/caller.ts:1:1', '    at /my app/node_modules/@scope/x.js:5:6'],
    '/my app/node_modules/@scope/x.js:5',
  ],
  [
    'a folder with a space, in an address',
    [
      'Error',
      '    at captureCaller (file:///my%20app/node_modules/fluxion/runtime/caller.js:7:17)',
      '    at run (file:///my%20app/node_modules/fluxion/index.js:12:3)',
      '    at file:///my%20app/%C3%A9/100%/train.js:5:6',
      '    at file:///my%20app/main.js:1:1',
    ],
    '/my%20app/%C3%A9/100%/train.js:5',
  ],
  [
    'letters beyond ASCII, in an address',
    ['Error', '    at file:///my%20app/runtime/caller.js:7:17', '    at file:///my%20app/%C3%A9/train.js:5:6'],
    '/my app/é/train.js:5',
  ],
  [
    'Firefox and Safari',
    ['captureCaller@file:///app/node_modules/fluxion/runtime/caller.js:7:17', 'train@https://example.org/train.js:8:1'],
    'https://example.org/train.js:8',
  ],
  [
    'frames of the runtime alone',
    [
      'Error',
      '    at f (/app/node_modules/fluxion/runtime/caller.ts:1:1)',
      '    at g (/app/node_modules/fluxion/runtime/run.ts:1:1)',
    ],
    '',
  ],
  [
    'sources that are mapped',
    [
      'Error',
      '    at captureCaller (/app/runtime/caller.ts:7:17)',
      '    at run (/app/index.ts:12:3)',
      '    at /app/models/train.ts:4:1',
    ],
    '/app/models/train.ts:4',
  ],
  [
    'a bundle, in which the library is one file',
    [
      'Error',
      '    at a (https://example.org/vendor.js:1:17)',
      '    at b (https://example.org/vendor.js:1:90)',
      '    at c (https://example.org/app.js:3:5)',
    ],
    'https://example.org/app.js:3',
  ],
  ['no stack', [], ''],
])('%s', (_, stack, wanted) => {
  expect(callerIn(stack.join('\n'))).toBe(wanted)
})

test('the line that calls is found later', () => {
  const caller = captureCaller()
  const here = Number(/caller\.test\.ts:(\d+)/.exec(new Error().stack!)![1]) - 1
  expect(caller()).toBe(`${import.meta.filename}:${here}`)
})
