import {
  lane,
  type Memory,
  memory,
  type OnLane,
  type Plain,
  plain,
  shuffle,
  vectorConstant,
  vectorPrefix,
} from './opcodes.ts'

/** A WebAssembly module in bytes (core specification 2.0, chapter 5): one imported memory, imported globals and functions, functions, and the names that some are exported by. */

export type ValueType = 'i32' | 'f32' | 'v128'

export interface FunctionType {
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

const valueTypes = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const
const emptyBlock = 0x40

/** The body of one function, instruction by instruction. Locals are taken and given back, so that parts which are not live together share them. */
export class FunctionBody {
  readonly #bytes: number[] = []
  readonly #params: number
  readonly #locals: ValueType[]
  readonly #free: { readonly [type in ValueType]: number[] } = { i32: [], f32: [], v128: [] }
  #vectors = false

  constructor(params: readonly ValueType[]) {
    this.#params = params.length
    this.#locals = [...params]
  }

  /** A local that nobody else holds; what it contains is not known. */
  take(type: ValueType): number {
    return this.#free[type].pop() ?? this.#locals.push(type) - 1
  }

  release(local: number): void {
    this.#free[this.#locals[local]!].push(local)
  }

  /** Locals for the time of `use`. */
  with(types: readonly ValueType[], use: (...locals: number[]) => void): void {
    const locals = types.map((type) => this.take(type))
    use(...locals)
    for (const local of locals) this.release(local)
  }

  /** Whether an engine must have vectors to accept it. */
  get vectors(): boolean {
    return this.#vectors || this.#locals.includes('v128')
  }

  op(name: Plain): void {
    this.#code(plain[name])
  }

  get(local: number): void {
    this.#bytes.push(0x20)
    unsigned(local, this.#bytes)
  }

  set(local: number): void {
    this.#bytes.push(0x21)
    unsigned(local, this.#bytes)
  }

  tee(local: number): void {
    this.#bytes.push(0x22)
    unsigned(local, this.#bytes)
  }

  i32(value: number): void {
    this.#bytes.push(0x41)
    signed(value | 0, this.#bytes)
  }

  /** A constant of 64 bits, of the values that 32 have. */
  i64(value: number): void {
    this.#bytes.push(0x42)
    signed(value | 0, this.#bytes)
  }

  global(index: number): void {
    this.#bytes.push(0x23)
    unsigned(index, this.#bytes)
  }

  f32(value: number): void {
    this.#bytes.push(0x43, ...bytesOf(value))
  }

  /** Four equal f32. */
  f32x4(value: number): void {
    const word = bytesOf(value)
    this.#code(vectorConstant)
    this.#bytes.push(...word, ...word, ...word, ...word)
  }

  i32x4(values: readonly [number, number, number, number]): void {
    this.#code(vectorConstant)
    this.#bytes.push(...new Uint8Array(Int32Array.from(values).buffer))
  }

  /** A load or a store at the address on the stack plus `offset` bytes (that sum is of unbounded integers: it does not wrap). */
  memory(name: Memory, offset: number): void {
    const [code, align] = memory[name]
    this.#code(code)
    unsigned(align, this.#bytes)
    unsigned(offset, this.#bytes)
  }

  lane(name: OnLane, index: number): void {
    this.#code(lane[name])
    this.#bytes.push(index)
  }

  /** Picks four 32-bit lanes out of the eight of two vectors. */
  shuffle(lanes: readonly [number, number, number, number]): void {
    this.#code(shuffle)
    for (const index of lanes) for (let byte = 0; byte < 4; byte++) this.#bytes.push(4 * index + byte)
  }

  block(): void {
    this.#bytes.push(0x02, emptyBlock)
  }

  loop(): void {
    this.#bytes.push(0x03, emptyBlock)
  }

  if(): void {
    this.#bytes.push(0x04, emptyBlock)
  }

  end(): void {
    this.#bytes.push(0x0b)
  }

  br(depth: number): void {
    this.#bytes.push(0x0c)
    unsigned(depth, this.#bytes)
  }

  brIf(depth: number): void {
    this.#bytes.push(0x0d)
    unsigned(depth, this.#bytes)
  }

  call(index: number): void {
    this.#bytes.push(0x10)
    unsigned(index, this.#bytes)
  }

  /** Declarations of locals, instructions, end. */
  bytes(): number[] {
    const runs: { readonly type: ValueType; count: number }[] = []
    for (const type of this.#locals.slice(this.#params)) {
      const last = runs.at(-1)
      if (last?.type === type) last.count++
      else runs.push({ type, count: 1 })
    }
    const out: number[] = []
    unsigned(runs.length, out)
    for (const { type, count } of runs) {
      unsigned(count, out)
      out.push(valueTypes[type])
    }
    append(out, this.#bytes)
    out.push(0x0b)
    return out
  }

  #code(code: number): void {
    if (code > 0xff) {
      this.#vectors ||= code >> 12 === vectorPrefix
      this.#bytes.push(code >> 12)
      unsigned(code & 0xfff, this.#bytes)
    } else this.#bytes.push(code)
  }
}

/** All that 32 bits address. */
const mostPages = 65_536

/** A module under construction. A function gets its index when it is declared, so that it can be called before its body is known. */
export class Module {
  /** Whether its functions may use vectors. */
  readonly #vectors: boolean
  readonly #types: string[] = []
  readonly #encoded: number[][] = []
  readonly #imports: { readonly kind: 'function' | 'global'; readonly bytes: readonly number[] }[] = []
  readonly #functions: { readonly type: number; body?: FunctionBody }[] = []
  readonly #exports: { readonly name: string; readonly index: number }[] = []

  constructor({ vectors = true }: { readonly vectors?: boolean } = {}) {
    this.#vectors = vectors
  }

  /** An i32 of `env` that does not change. */
  importGlobal(name: string): number {
    const bytes = [...text('env'), ...text(name), 0x03, valueTypes.i32, 0x00]
    this.#imports.push({ kind: 'global', bytes })
    return this.#imported('global') - 1
  }

  /** A function of `env`. Functions of the module are numbered from those on, so they are declared later. */
  importFunction(name: string, type: FunctionType): number {
    if (this.#functions.length > 0) throw new Error('functions are imported before others are declared')
    this.#imports.push({ kind: 'function', bytes: [...text('env'), ...text(name), 0x00, ...number(this.#type(type))] })
    return this.#imported('function') - 1
  }

  declare(type: FunctionType): number {
    return this.#imported('function') + this.#functions.push({ type: this.#type(type) }) - 1
  }

  #imported = (kind: 'function' | 'global'): number => this.#imports.filter((each) => each.kind === kind).length

  #type(type: FunctionType): number {
    const key = JSON.stringify(type)
    let index = this.#types.indexOf(key)
    if (index < 0) {
      index = this.#types.push(key) - 1
      const bytes = [0x60]
      for (const list of [type.params, type.results]) {
        unsigned(list.length, bytes)
        for (const value of list) bytes.push(valueTypes[value])
      }
      this.#encoded.push(bytes)
    }
    return index
  }

  define(index: number, body: FunctionBody): void {
    if (!this.#vectors && body.vectors)
      throw new Error(`function ${index} uses vectors, and is for an engine that has none`)
    this.#functions[index - this.#imported('function')]!.body = body
  }

  export(name: string, index: number): void {
    this.#exports.push({ name, index })
  }

  /** The module, importing as `env.memory` a memory that threads share. */
  bytes(): Uint8Array<ArrayBuffer> {
    const out = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
    section(out, 1, this.#encoded)
    section(out, 2, [
      [...text('env'), ...text('memory'), 0x02, 0x03, ...number(0), ...number(mostPages)],
      ...this.#imports.map(({ bytes }) => bytes),
    ])
    section(
      out,
      3,
      this.#functions.map(({ type }) => number(type)),
    )
    section(
      out,
      7,
      this.#exports.map(({ name, index }) => [...text(name), 0x00, ...number(index)]),
    )
    section(
      out,
      10,
      this.#functions.map(({ body }) => {
        const bytes = body!.bytes()
        return append(number(bytes.length), bytes)
      }),
    )
    return Uint8Array.from(out)
  }
}

function section(out: number[], id: number, entries: readonly (readonly number[])[]): void {
  const content = number(entries.length)
  for (const entry of entries) append(content, entry)
  out.push(id)
  unsigned(content.length, out)
  append(out, content)
}

/** Not by spreading: a body may have more bytes than a call may have arguments. */
function append(out: number[], bytes: readonly number[]): number[] {
  for (const byte of bytes) out.push(byte)
  return out
}

const text = (value: string): number[] => {
  const bytes = new TextEncoder().encode(value)
  return [...number(bytes.length), ...bytes]
}

const number = (value: number): number[] => {
  const out: number[] = []
  unsigned(value, out)
  return out
}

/** LEB128 of 0 <= value < 2^32. */
function unsigned(value: number, out: number[]): void {
  let rest = value >>> 0
  while (rest > 0x7f) {
    out.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  out.push(rest)
}

/** LEB128 of -2^31 <= value < 2^31. */
function signed(value: number, out: number[]): void {
  let rest = value
  while (rest < -0x40 || rest > 0x3f) {
    out.push((rest & 0x7f) | 0x80)
    rest >>= 7
  }
  out.push(rest & 0x7f)
}

const bytesOf = (value: number): Uint8Array => new Uint8Array(Float32Array.of(value).buffer)
