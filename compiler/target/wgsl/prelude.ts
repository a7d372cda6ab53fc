import type { Lanes, Scalar } from '../../kernel/expr.ts'
import type { RegionElement } from '../../plan/plan.ts'
import { printHalf } from './half.ts'
import { planes, typeName } from './literals.ts'
import { Names } from './names.ts'
import { type NaNOperator, printIsNaN, printOrNaN, printToInteger } from './nan.ts'

/** The small functions that stand for what WGSL lacks. Each is printed once, in the shaders that call it. */
export interface Prelude {
  /** Calls return the function's name. */
  load4(array: string, element: RegionElement): string
  store4(array: string, element: RegionElement): string
  /** An element of an array of vectors of four. */
  component(array: string, element: RegionElement): string
  /** From f32 to the nearest f16. */
  half(lanes: Lanes): string
  sum4(dtype: Scalar): string
  max4(dtype: Scalar): string
  /** For builtins that may turn NaN into a number. */
  orNaN(op: NaNOperator, lanes: Lanes): string
  toInteger(dtype: 'i32' | 'u32', lanes: Lanes): string
  /** For what has no literal: WGSL refuses a constant expression that yields an infinity or NaN. */
  fromBits(): string
  /** For arithmetic between constants, which WGSL would do while compiling and refuse where it overflows. */
  opaque(dtype: Scalar): string
  /** Folds a value over threads of the workgroup: (thread, value) -> result. */
  combine(how: Combine): string
  /** The functions that were asked for. */
  printed(): readonly string[]
}

/** How threads combine values in a shader, and the array of the workgroup in which they do. */
export interface Combined {
  readonly ways: readonly Combine[]
  scratch(dtype: Scalar, lanes: Lanes): Scratch
}

/** An array with an element for each of some threads, in planes (see `SharedBinding`). */
export interface Scratch {
  readonly array: string
  readonly threads: number
  readonly plane: number
}

/**
 * Threads `stride` apart, `width` of them, both powers of two, fold what they hold: in shared memory, few, as each of
 * them reads it all; or within a subgroup.
 */
export interface Combine {
  readonly within: 'workgroup' | 'subgroup'
  readonly op: 'add' | 'max'
  readonly dtype: Scalar
  readonly lanes: Lanes
  readonly stride: number
  readonly width: number
}

/** `arrays` are those that are loaded from and stored to. */
export function makePrelude(names: Names, arrays: readonly string[], combined: Combined): Prelude {
  const called = new Map<string, string>()
  // All names are taken before any local one is, so that none is shadowed.
  const named = new Map<string, string>()
  const known = ['load4', 'store4', 'component']
    .flatMap((verb) => arrays.map((array) => `${verb}_${array}`))
    .concat(plain, [...new Set(combined.ways.map(combineName))])
  for (const name of known) named.set(name, names.take(name))
  const define = (wanted: string, text: (name: string) => string): string => {
    const name = named.get(wanted)!
    if (!called.has(wanted)) called.set(wanted, text(name))
    return name
  }
  const inside = new Names(names)
  const [i, v] = [inside.take('i'), inside.take('v')]

  const fromBits = () =>
    define(
      'from_bits',
      (name) => `fn ${name}(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}`,
    )
  const nanTest = (lanes: Lanes) => define(wide('is_nan', lanes), (name) => printIsNaN(name, lanes))
  const orNaN = (op: NaNOperator, lanes: Lanes) =>
    define(wide(`${op}_or_nan`, lanes), (name) => printOrNaN(name, op, lanes, nanTest(lanes)))
  return {
    load4: (array, element) =>
      define(
        `load4_${array}`,
        (name) => `fn ${name}(${i}: i32) -> ${typeName(element, 4)} {
  return ${typeName(element, 4)}(${array}[${i}], ${array}[${i} + 1], ${array}[${i} + 2], ${array}[${i} + 3]);
}`,
      ),
    store4: (array, element) =>
      define(
        `store4_${array}`,
        (name) => `fn ${name}(${i}: i32, ${v}: ${typeName(element, 4)}) {
  ${array}[${i}] = ${v}.x;
  ${array}[${i} + 1] = ${v}.y;
  ${array}[${i} + 2] = ${v}.z;
  ${array}[${i} + 3] = ${v}.w;
}`,
      ),
    component: (array, element) =>
      define(
        `component_${array}`,
        (name) => `fn ${name}(${i}: i32) -> ${element} {
  return ${array}[${i} >> 2u][${i} & 3];
}`,
      ),
    half: (lanes) => define(wide('half', lanes), (name) => printHalf(name, lanes)),
    sum4: (dtype) =>
      define(
        `sum4${suffix(dtype)}`,
        (name) => `fn ${name}(v: ${typeName(dtype, 4)}) -> ${dtype} {
  return (v.x + v.z) + (v.y + v.w);
}`,
      ),
    max4: (dtype) =>
      define(`max4${suffix(dtype)}`, (name) => {
        const max = dtype === 'f32' ? orNaN('max', 1) : 'max'
        return `fn ${name}(v: ${typeName(dtype, 4)}) -> ${dtype} {
  return ${max}(${max}(v.x, v.z), ${max}(v.y, v.w));
}`
      }),
    orNaN,
    toInteger: (dtype, lanes) =>
      define(wide(`to_${dtype}`, lanes), (name) => printToInteger(name, dtype, lanes, nanTest(lanes))),
    fromBits,
    opaque: (dtype) =>
      define(
        `opaque_${dtype}`,
        (name) => `// The constant x, so that arithmetic on it is done when the shader runs, where it may overflow.
fn ${name}(x: ${dtype}) -> ${dtype} {
  return x;
}`,
      ),
    combine: (how) =>
      define(combineName(how), (name) => {
        const { op, dtype, lanes, stride, width, within } = how
        const type = typeName(dtype, lanes)
        const max = op === 'max' && dtype === 'f32' ? orNaN('max', lanes) : 'max'
        const folded = (other: string) =>
          `  result = ${op === 'add' ? `result + ${other}` : `${max}(result, ${other})`};`
        if (within === 'subgroup') {
          const masks = Array.from({ length: Math.log2(width) }, (_, i) => stride * 2 ** i)
          const folds = masks.map((mask) => folded(`subgroupShuffleXor(result, ${mask}u)`))
          return `// The result of ${width} threads of a subgroup, in each of them.
fn ${name}(own: ${type}) -> ${type} {
  var result = own;
${folds.join('\n')}
  return result;
}`
        }
        const { array, threads, plane } = combined.scratch(dtype, lanes)
        const plus = (name: string, value: number) => (value === 0 ? name : `${name} + ${value}`)
        const isInFirst = stride <= plane && stride * width >= threads
        const element = (i: number): string => {
          const number = Math.floor((i * stride) / plane)
          return `${array}[${isInFirst ? number : plus('number', number)}][${plus('place', (i * stride) % plane)}]`
        }
        const [number, place] = planes('first', plane)
        const others = Array.from({ length: width - 1 }, (_, i) => element(i + 1))
        return [
          `// The result of ${width} threads, in each of them.`,
          `fn ${name}(thread: i32, own: ${type}) -> ${type} {`,
          `  ${array}[${planes('thread', plane).join('][')}] = own;`,
          '  workgroupBarrier();',
          `  let first = thread - (thread & ${(width - 1) * stride});`,
          ...(isInFirst ? [] : [`  let number = ${number};`]),
          `  let place = ${place};`,
          `  var result = ${element(0)};`,
          ...others.map(folded),
          '  workgroupBarrier();',
          '  return result;',
          '}',
        ].join('\n')
      }),
    printed: () => [...called.values()],
  }
}

/**
 * A fold over many threads as folds over few, one after the other: first within subgroups of this size, if any, which
 * takes no waiting for each other.
 */
export function inSteps({ stride, width, ...how }: Omit<Combine, 'within'>, subgroup: number): readonly Combine[] {
  if (width === 1) return []
  const inSubgroup = Math.min(width, subgroup / stride)
  const [within, most] = inSubgroup > 1 ? (['subgroup', inSubgroup] as const) : (['workgroup', mostAtOnce] as const)
  const first = Math.min(width, most)
  return [
    { ...how, within, stride, width: first },
    ...inSteps({ ...how, stride: stride * first, width: width / first }, subgroup),
  ]
}
const mostAtOnce = 16

const suffix = (dtype: Scalar): string => (dtype === 'f32' ? '' : dtype[0]!)

const combineName = ({ op, dtype, lanes, stride, width, within }: Combine): string =>
  wide(
    `${op}${suffix(dtype)}_over_${width}${stride === 1 ? '' : `_every_${stride}`}${within === 'subgroup' ? '_of_subgroup' : ''}`,
    lanes,
  )

/** The name of a function's form in four lanes. */
const wide = (name: string, lanes: Lanes): string => (lanes === 1 ? name : `${name}_x4`)

const plain = [
  ...['sum4', 'max4'].flatMap((name) => ['', 'i', 'u'].map((suffix) => name + suffix)),
  ...['f32', 'i32', 'u32', 'bool'].map((dtype) => `opaque_${dtype}`),
  ...['half', 'is_nan', 'min_or_nan', 'max_or_nan', 'exp_or_nan', 'to_i32', 'to_u32'].flatMap((name) => [
    name,
    wide(name, 4),
  ]),
  'from_bits',
]
