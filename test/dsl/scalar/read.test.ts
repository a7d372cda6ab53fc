import { describe, expect, test } from 'vitest'
import { FluxionError, scalar } from '../../../dsl/index.ts'
import { codeFrame, Mistake, mentionsIn, readFunction } from '../../../dsl/scalar/source/index.ts'
import { both } from './both.ts'

const at = [-2, -0.5, 0, 0.5, 3]

describe('a function is read however it is written', () => {
  test.each([
    'x=>x>0?x:Math.exp(x)-1',
    '(x) => x * .5 + 1e-3 - 5. + 0x1F + 0b11 + 0o17 + 1_000',
    '(x,) => { return x; }',
    'function(x){return x<0?-x:x}',
    'function swish(x) { return x / (1 + Math.exp(-x)) /* its end */ }',
    'async => async + 1',
    'function async(of) { return of }',
    '$ => $ * 2',
    'é => é - 1',
    '(x) => /* a ) } => */ x // of x => 1\n',
    'x => !0 ? x : !1 ? 1 : 1/0',
    'x => { if (x > 0 || 1) return x; return 2 }',
    'x=>{let t=x*x,n=t+1;if(t>1){let t=2;return n*t}else if(x<0)return-1;return n}',
    'x => { ; if (x > 0) { if (x > 1) return 1 } else return 2\n return 3 }',
    'x => { if (x > 0) { const x = 5; return x } { const x = 6; if (x < 5) return x }\n return x }',
    'x => { const a = x > 0 && x < 2, b = !a; return a === b ? 1 : a !== b ? 2 : 3 }',
    'x => (x > 0 ? x > 1 : x < -1) ? 1 : 0',
    'x => -(x ** 0) === -1 ? 1 : 2',
    'x => 2 ** x ** 2 - 7 % 4 * 2 / 3',
    'x => 8 - 4 - 2 + (x >= 0 || x < -1 && x > -3 ? 1 : 0)',
    'x => x == 0.5 ? 1 : x != 3 ? 2 : 3',
    'x => Math.max(x) + Math.min(1, x, 2) + Math.PI * Number.EPSILON',
    'x => Number.isNaN(x / x) ? 1 : isFinite(x) ? 2 : 3',
    'x => { return (\n x + 1) }',
    'x => { return x\n + 1 }',
    'x => { x; if (x > 1) x > 2 && x; else x + 1, x\n return x }',
    'x=>+(x>0)*x+1-(x>1)-(x<3)*2',
    'x => (x > 0 && Math.exp(x), 2) * x',
    'x => (x > 0 ? +x : x > 1 || x ** 2, 2) * x',
    'x => (x > 0 ? x > 1 && x : x < 2, x > 2 ? (x > 3 && x) : 1, 2) * x',
    'x => { if (x, x > 1) return 1, x + 1; return (x > 1, (x, 2)) * x }',
  ])('%s', (text) => {
    for (const { x, found, expected } of both(text, at)) expect(found, `at ${x}`).toBe(expected)
  })

  test('with as many returns as there are', () => {
    const ifs = Array.from(
      { length: 40 },
      (_, i) => `if (x > ${i}) { const a = x - ${i}; if (a < .5) return a * ${i} }`,
    )
    const some = Array.from({ length: 40 }, (_, i) => i + 0.25 * (i % 4))
    for (const { x, found, expected } of both(`x => { ${ifs.join('\n')} return -x }`, some))
      expect(found, `at ${x}`).toBe(expected)
  })

  test('as a method', () => {
    const { half } = {
      half(x: number) {
        return x / 2
      },
    }
    expect(readFunction(String(half)).takes).toBe(1)
    expect(scalar(half)(3)).toBe(1.5)
  })
})

// ^ stands before the place.
test.each([
  ['(x) => ^x & 1', 'bit operators are not compiled: they are for whole numbers; use those of a tensor of i32 or u32'],
  ['(x) => ^x >>> 1', 'bit operators are not compiled'],
  ['(x) => 1 + ^~x', 'bit operators are not compiled'],
  ['(x) => x + ^Math.random()', 'Math.random is not compiled: the same numbers give the same result: draw with a key'],
  ['(x) => ^Math.cbrt(x)', 'Math.cbrt is not compiled: write x < 0 ? -((-x) ** (1 / 3)) : x ** (1 / 3)'],
  ['(x) => ^Math.foo(x)', 'Math.foo is not compiled: there is abs, acos, acosh,'],
  ['(x) => ^Math.exp', 'Math.exp is a function: call it'],
  ['(x) => ^Math.toString()', 'Math.toString is not compiled'],
  ['(x) => ^Math', 'Math is no number: name what of it is meant, with a dot'],
  ['(x) => ^Math.exp(x, 1)', 'Math.exp takes 1 number and is given 2'],
  ['(x) => ^Math.atan2(x)', 'Math.atan2 takes 2 numbers and is given 1'],
  ['(x) => ^Math.max()', 'Math.max takes 1 or more numbers and is given 0'],
  ['(x) => Math.max(^...x)', 'a list cannot be spread here: name each number'],
  ['(x) => ^Number.MAX_VALUE', 'Number.MAX_VALUE is not compiled: there is isNaN, isFinite, NaN'],
  ['(x) => ^isNaN(x, x) ? 1 : 0', 'isNaN takes 1 number and is given 2'],
  ['(x) => ^x > 0', 'a condition is used as a number: write c ? 1 : 0'],
  ['(x) => (^x > 0) * x', 'a condition is used as a number: write c ? 1 : 0'],
  ['(x) => 1 - (^x > 0)', 'a condition is used as a number'],
  ['(x) => x > 0 && ^x * 2', 'a number is used as a condition'],
  ['(x) => { const a = x > 0 && ^x; return a ? 1 : 2 }', 'a number is used as a condition'],
  ['(x) => -(^x > 0)', 'a condition is used as a number'],
  ['(x) => Math.exp(^x > 0)', 'a condition is used as a number'],
  ['(x) => x > 0 ? 1 : ^x > 1', 'a condition is used as a number'],
  ['(x) => (^x > 0) === x ? 1 : 0', 'a condition is used as a number'],
  ['(x) => ^1 < x < 2 ? 1 : 0', 'a condition is used as a number'],
  ['(x) => ^x ? 1 : 0', 'a number is used as a condition: write x !== 0'],
  ['(x) => ^x || 1', 'a number is used as a condition: write x !== 0'],
  ['(x) => x > 0 ? x > 1 && ^x : 1', 'a number is used as a condition: write x !== 0'],
  ['(x) => x > 0 && ^x ? 1 : 0', 'a number is used as a condition: write x !== 0'],
  ['(x) => !^x ? 1 : 0', 'a number is used as a condition: write x !== 0'],
  ['(x) => { if (^x) return 1; return 0 }', 'a number is used as a condition: write x !== 0'],
  ['(x) => ^x ?? 1', '?? is not compiled: a number is never missing'],
  ["(x) => ^'a'", 'strings are not compiled: a scalar function has numbers alone'],
  ["(x) => { ^'use strict'; return x }", 'strings are not compiled'],
  ['(x) => 1 + ^`a`', 'template strings are not compiled: a scalar function has numbers alone'],
  ['(x) => ^x`a`', 'template strings are not compiled'],
  ['(x) => ^/a/.test(x)', 'regular expressions are not compiled: there are no strings'],
  ['(x) => ^1n', '1n is a bigint, which is not compiled: write a number'],
  ['(x) => ^010', '010 begins with 0, which may mean octal: write it without'],
  ['(x) => ^null', 'null is no number'],
  ['(x) => x === ^undefined ? 1 : 0', 'undefined is no number'],
  ['(x) => ^void 0', 'void gives undefined, which is no number'],
  ['(x) => ^typeof x', 'types are not asked for: there are only numbers'],
  ['(x) => ^x in y', 'objects are not compiled: a scalar function has numbers alone'],
  ['(x) => ^this.k * x', 'this is not compiled: a scalar function has its parameters and what it uses'],
  ['(x) => ^arguments[0]', 'arguments is not compiled: name each number'],
  ['(x) => ^[x][0]', 'lists are not compiled: a scalar function has numbers alone'],
  ['(x) => (^{ x }).x', 'objects are not compiled: a scalar function has numbers alone'],
  ['(x) => ^new Foo(x)', 'objects are not compiled'],
  ['(x) => ^x.y', 'properties are not compiled: a number has none that a kernel could read'],
  ['(x) => ^x?.y', 'properties are not compiled'],
  ['(x) => ^x[0]', 'properties are not compiled'],
  ['(x) => ^x(2)', 'a number cannot be called: only functions of Math and scalar functions can'],
  ['(x) => (^x & 1, x)', 'bit operators are not compiled'],
  ['(x) => (^y => y)(x)', 'a function in a function is not compiled: make it a scalar function of its own'],
  ['(x) => ^function (y) { return y }', 'a function in a function is not compiled'],
  ['(x) => { ^function f() {} return x }', 'a function in a function is not compiled'],
  [
    '(x) => { ^for (;;) {} }',
    'loops are not compiled: write the terms out, or loop over tensors with foriLoop or scan',
  ],
  ['(x) => { ^while (x > 0) {} return x }', 'loops are not compiled'],
  ['(x) => { ^do {} while (x > 0); return x }', 'loops are not compiled'],
  ['(x) => { ^switch (x) {} return x }', 'switch is not compiled: write ternaries, or if (...) return ...'],
  ['(x) => { ^throw x }', 'errors are not thrown in kernels: give NaN for what has no value'],
  ['(x) => { ^try { return x } finally {} }', 'errors are not caught in kernels: nothing is thrown there'],
  ['(x) => { ^var a = x; return a }', 'var is not compiled: write const'],
  ['(x) => { let ^a; a = x; return a }', 'a has no value: what is declared does not change; write const a = ...'],
  ['(x) => { let a = x; ^a = 2; return a }', 'assignments are not compiled: a name keeps its value; write const'],
  ['(x) => { ^x += 1; return x }', 'assignments are not compiled'],
  ['(x) => ^x++', 'assignments are not compiled'],
  ['(x) => ^--x', 'assignments are not compiled'],
  ['(x) => { const ^{ a } = x; return a }', 'destructuring is not compiled: name each number'],
  ['(x) => { x + (^x & 1); return x }', 'bit operators are not compiled'],
  ['(x) => { return x ^x }', 'x stands where ; is needed'],
  ['(x) => ^{ if (x > 0) return 1 }', 'the function can end without a value: return a number on every path'],
  ['(x) => { ^return\n x }', 'return gives undefined here: return a number'],
  ['(x) => { if (x > 0) ^return; return x }', 'return gives undefined here: return a number'],
  ['(^{ x }) => x', 'destructuring is not compiled: name each number'],
  ['(^[x]) => x', 'destructuring is not compiled'],
  ['(^x = 1) => x', 'x has a default, which is not compiled: give every number'],
  ['(x, ^...y) => x', 'rest parameters are not compiled: name each number'],
  ['^() => 1', 'the function takes nothing: it needs at least one number'],
  ['^async (x) => x', 'async functions are not compiled: nothing is waited for: a scalar function is arithmetic alone'],
  ['^async x => x', 'async functions are not compiled'],
  ['^async function f(x) { return x }', 'async functions are not compiled'],
  ['^function *f(x) { return x }', 'generators are not compiled: a scalar function gives one number'],
  ['function f(x) { return x > 0 ? ^f(x - 1) : 0 }', 'recursion is not compiled: f names itself; write the terms out'],
  ['^class A {}', 'objects are not compiled'],
  ['^function exp() { [native code] }', 'a function of the engine, or a bound one, has no source'],
  ['(x) => x ^as number', 'as stands where the end is needed'],
  ['(x) => x +^', 'the end stands where a name is needed'],
  ['(x) => x ^# 1', '# stands where the end is needed'],
  ['(x) => ^\\u0061', '\\ is not read here'],
])('%s is refused at its place', (marked, complaint) => {
  const place = marked.indexOf('^')
  const text = marked.replace('^', '')
  try {
    readFunction(text)
  } catch (error) {
    expect(error).toBeInstanceOf(Mistake)
    const { message, at } = error as Mistake
    expect(message.startsWith(complaint), message).toBe(true)
    expect(at, message).toBe(place)
    return
  }
  throw new Error('nothing was refused')
})

test('what stands outside is known by the last of its names', () => {
  const { body } = readFunction('x => f(x) * rates.k + (0, module.g)(x, k2) + x ** f(1)')
  const mentions = mentionsIn(body).map(({ path, name, given }) => [path, name, given])
  expect(mentions).toEqual([
    ['f', 'f', 1],
    ['rates.k', 'k', undefined],
    ['module.g', 'g', 2],
    ['k2', 'k2', undefined],
    ['f', 'f', 1],
  ])
})

describe('a code frame', () => {
  test('is a line without its indentation, and a caret', () => {
    expect(codeFrame('(x) => {\n\treturn\tx & 1\n}', 17)).toEqual(['return x & 1', '       ^'])
    expect(codeFrame('x => x', 6)).toEqual(['x => x', '      ^'])
  })

  test('is cut where the line is long', () => {
    const text = `x => ${'x + '.repeat(60)}y & 1${' + x'.repeat(60)}`
    const [line, caret] = codeFrame(text, text.indexOf('y'))
    expect(line.length).toBeLessThanOrEqual(100)
    expect(line[caret.length - 1]).toBe('y')
  })
})

test('an error says what, shows where, and names the line of the call', () => {
  const wrong = () =>
    scalar((x: number) => {
      return x > 0 ? Math.random() : x
    })
  let error: unknown
  try {
    wrong()
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(FluxionError)
  const { complaint, message, frame } = error as FluxionError
  expect(complaint).toMatch(/^source error: scalar: Math.random is not compiled: [^\n]*$/)
  const [, line, caret, place] = message.split('\n')
  expect(line).toMatch(/^ {4}return x > 0 \? Math\.random\(\) : x/)
  expect(caret).toBe(`${' '.repeat(line!.indexOf('Math'))}^`)
  expect(place).toMatch(/^ {2}at .*read\.test\.ts:\d+:\d+$/)
  expect(frame?.file).toMatch(/read\.test\.ts$/)
})
