// What a scalar function cannot have, in words: which it is, why not, and what to write.

const assigned = 'assignments are not compiled: a name keeps its value; write const'
const inner = 'a function in a function is not compiled: make it a scalar function of its own'
const bits = 'bit operators are not compiled: they are for whole numbers; use those of a tensor of i32 or u32'
const objects = 'objects are not compiled: a scalar function has numbers alone'
const types = 'types are not asked for: there are only numbers'
const waits = 'nothing is waited for: a scalar function is arithmetic alone'

export const generators = 'generators are not compiled: a scalar function gives one number'
export const asynchronous = `async functions are not compiled: ${waits}`

/** Operators between two operands. */
export const refusedOperators: ReadonlyMap<string, string> = new Map([
  ...['&', '|', '^', '<<', '>>', '>>>'].map((op) => [op, bits] as const),
  ['??', '?? is not compiled: a number is never missing'],
  ['in', objects],
  ['instanceof', types],
])

/** What stands before an operand. */
export const refusedPrefixes: ReadonlyMap<string, string> = new Map([
  ['~', bits],
  ['++', assigned],
  ['--', assigned],
  ['typeof', types],
  ['void', 'void gives undefined, which is no number'],
  ['delete', objects],
  ['new', objects],
  ['await', waits],
  ['yield', generators],
])

/** What an operand may not be. */
export const refusedOperands: ReadonlyMap<string, string> = new Map([
  ['this', 'this is not compiled: a scalar function has its parameters and what it uses'],
  ['super', objects],
  ['arguments', 'arguments is not compiled: name each number'],
  ['null', 'null is no number'],
  ['undefined', 'undefined is no number'],
  ['function', inner],
  ['class', objects],
  ['import', objects],
  ['{', objects],
  ['[', 'lists are not compiled: a scalar function has numbers alone'],
  ['...', 'a list cannot be spread here: name each number'],
  ['/', 'regular expressions are not compiled: there are no strings'],
  ['/=', 'regular expressions are not compiled: there are no strings'],
])

/** What follows an operand. */
export const refusedAfter: ReadonlyMap<string, string> = new Map([
  ...['=', '+=', '-=', '*=', '/=', '%=', '**=', '&=', '|=', '^='].map((op) => [op, assigned] as const),
  ...['<<=', '>>=', '>>>=', '&&=', '||=', '??=', '++', '--'].map((op) => [op, assigned] as const),
  ['=>', inner],
])

const loops = 'loops are not compiled: write the terms out, or loop over tensors with foriLoop or scan'
const chosen = 'write ternaries, or if (...) return ...'

/** Statements, by the word that they begin with. */
export const refusedStatements: ReadonlyMap<string, string> = new Map([
  ['for', loops],
  ['while', loops],
  ['do', loops],
  ['break', loops],
  ['continue', loops],
  ['switch', `switch is not compiled: ${chosen}`],
  ['throw', 'errors are not thrown in kernels: give NaN for what has no value'],
  ['try', 'errors are not caught in kernels: nothing is thrown there'],
  ['var', 'var is not compiled: write const'],
  ['function', inner],
  ['async', inner],
  ['class', objects],
  ['debugger', 'a kernel does not stop: leave debugger out'],
])

export const destructured = 'destructuring is not compiled: name each number'
export const strings = 'strings are not compiled: a scalar function has numbers alone'
export const templates = 'template strings are not compiled: a scalar function has numbers alone'
export const properties = 'properties are not compiled: a number has none that a kernel could read'
