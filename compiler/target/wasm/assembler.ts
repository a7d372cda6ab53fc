import { Bytes } from './bytes.ts'
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

/**
 * A WebAssembly module in bytes (core specification 2.0, chapter 5): one imported memory, imported globals and
 * functions, functions, and the names that some are exported by.
 */

export type ValueType = 'i32' | 'f32' | 'v128'

export interface FunctionType {
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

const valueTypes = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const
const emptyBlock = 0x40

/**
 * The body of one function, instruction by instruction. Locals are taken and given back, so that parts which are not
 * live together share them.
 */
export class FunctionBody {
  readonly #bytes = new Bytes()
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
    this.#bytes.byte(0x20)
    this.#bytes.unsigned(local)
  }

  set(local: number): void {
    this.#bytes.byte(0x21)
    this.#bytes.unsigned(local)
  }

  tee(local: number): void {
    this.#bytes.byte(0x22)
    this.#bytes.unsigned(local)
  }

  i32(value: number): void {
    this.#bytes.byte(0x41)
    this.#bytes.signed(value | 0)
  }

  /** A constant of 64 bits, of the values that 32 have. */
  i64(value: number): void {
    this.#bytes.byte(0x42)
    this.#bytes.signed(value | 0)
  }

  global(index: number): void {
    this.#bytes.byte(0x23)
    this.#bytes.unsigned(index)
  }

  f32(value: number): void {
    this.#bytes.byte(0x43)
    this.#bytes.f32(value)
  }

  /** Four equal f32. */
  f32x4(value: number): void {
    this.#code(vectorConstant)
    for (let lane = 0; lane < 4; lane++) this.#bytes.f32(value)
  }

  i32x4(values: readonly [number, number, number, number]): void {
    this.#code(vectorConstant)
    for (const value of values) this.#bytes.i32(value)
  }

  /**
   * A load or a store at the address on the stack plus `offset` bytes (that sum is of unbounded integers: it does not
   * wrap).
   */
  memory(name: Memory, offset: number): void {
    const [code, align] = memory[name]
    this.#code(code)
    this.#bytes.unsigned(align)
    this.#bytes.unsigned(offset)
  }

  lane(name: OnLane, index: number): void {
    this.#code(lane[name])
    this.#bytes.byte(index)
  }

  /** Picks four 32-bit lanes out of the eight of two vectors. */
  shuffle(lanes: readonly [number, number, number, number]): void {
    this.#code(shuffle)
    for (const index of lanes) for (let byte = 0; byte < 4; byte++) this.#bytes.byte(4 * index + byte)
  }

  block(): void {
    this.#bytes.byte(0x02)
    this.#bytes.byte(emptyBlock)
  }

  loop(): void {
    this.#bytes.byte(0x03)
    this.#bytes.byte(emptyBlock)
  }

  if(): void {
    this.#bytes.byte(0x04)
    this.#bytes.byte(emptyBlock)
  }

  end(): void {
    this.#bytes.byte(0x0b)
  }

  br(depth: number): void {
    this.#bytes.byte(0x0c)
    this.#bytes.unsigned(depth)
  }

  brIf(depth: number): void {
    this.#bytes.byte(0x0d)
    this.#bytes.unsigned(depth)
  }

  call(index: number): void {
    this.#bytes.byte(0x10)
    this.#bytes.unsigned(index)
  }

  /** Appends declarations of locals, instructions, end. */
  writeTo(out: Bytes): void {
    const runs: { readonly type: ValueType; count: number }[] = []
    for (const type of this.#locals.slice(this.#params)) {
      const last = runs.at(-1)
      if (last?.type === type) last.count++
      else runs.push({ type, count: 1 })
    }
    out.unsigned(runs.length)
    for (const { type, count } of runs) {
      out.unsigned(count)
      out.byte(valueTypes[type])
    }
    out.append(this.#bytes.written())
    out.byte(0x0b)
  }

  #code(code: number): void {
    if (code > 0xff) {
      this.#vectors ||= code >> 12 === vectorPrefix
      this.#bytes.byte(code >> 12)
      this.#bytes.unsigned(code & 0xfff)
    } else this.#bytes.byte(code)
  }
}

/** All that 32 bits address. */
const mostPages = 65_536

/**
 * A module under construction. A function gets its index when it is declared, so that it can be called before its body
 * is known.
 */
export class Module {
  /** Whether its functions may use vectors. */
  readonly #vectors: boolean
  readonly #types: FunctionType[] = []
  /** The index of each type by its text. */
  readonly #known = new Map<string, number>()
  /** The names in `env` of globals, and of functions with their types. */
  readonly #globals: string[] = []
  readonly #imported: { readonly name: string; readonly type: number }[] = []
  readonly #functions: { readonly type: number; body?: FunctionBody }[] = []
  readonly #exports: { readonly name: string; readonly index: number }[] = []

  constructor({ vectors = true }: { readonly vectors?: boolean } = {}) {
    this.#vectors = vectors
  }

  /** An i32 of `env` that does not change. */
  importGlobal(name: string): number {
    return this.#globals.push(name) - 1
  }

  /** A function of `env`. Functions of the module are numbered from those on, so they are declared later. */
  importFunction(name: string, type: FunctionType): number {
    if (this.#functions.length > 0) throw new Error('functions are imported before others are declared')
    return this.#imported.push({ name, type: this.#type(type) }) - 1
  }

  declare(type: FunctionType): number {
    return this.#imported.length + this.#functions.push({ type: this.#type(type) }) - 1
  }

  #type(type: FunctionType): number {
    const key = `${type.params.join()}:${type.results.join()}`
    const index = this.#known.get(key) ?? this.#types.push(type) - 1
    this.#known.set(key, index)
    return index
  }

  define(index: number, body: FunctionBody): void {
    if (!this.#vectors && body.vectors)
      throw new Error(`function ${index} uses vectors, and is for an engine that has none`)
    this.#functions[index - this.#imported.length]!.body = body
  }

  export(name: string, index: number): void {
    this.#exports.push({ name, index })
  }

  /** The module, importing as `env.memory` a memory that threads share. */
  bytes(): Uint8Array<ArrayBuffer> {
    const out = new Bytes()
    out.append([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
    section(out, 1, this.#types, (type, entry) => {
      entry.byte(0x60)
      for (const list of [type.params, type.results]) {
        entry.unsigned(list.length)
        for (const value of list) entry.byte(valueTypes[value])
      }
    })
    section(out, 2, this.#imports(), ({ name, kind }, entry) => {
      entry.text('env')
      entry.text(name)
      kind(entry)
    })
    section(out, 3, this.#functions, ({ type }, entry) => entry.unsigned(type))
    section(out, 7, this.#exports, ({ name, index }, entry) => {
      entry.text(name)
      entry.byte(0x00)
      entry.unsigned(index)
    })
    section(out, 10, this.#functions, ({ body }, entry) => sized(entry, (code) => body!.writeTo(code)))
    return out.written().slice()
  }

  #imports(): readonly { readonly name: string; readonly kind: (entry: Bytes) => void }[] {
    const memory = (entry: Bytes) => {
      entry.append([0x02, 0x03])
      entry.unsigned(0)
      entry.unsigned(mostPages)
    }
    const global = (entry: Bytes) => entry.append([0x03, valueTypes.i32, 0x00])
    return [
      { name: 'memory', kind: memory },
      ...this.#globals.map((name) => ({ name, kind: global })),
      ...this.#imported.map(({ name, type }) => ({
        name,
        kind: (entry: Bytes) => {
          entry.byte(0x00)
          entry.unsigned(type)
        },
      })),
    ]
  }
}

/** Entries after their number, all of it after its length. */
function section<T>(out: Bytes, id: number, entries: readonly T[], write: (entry: T, to: Bytes) => void): void {
  out.byte(id)
  sized(out, (content) => {
    content.unsigned(entries.length)
    for (const entry of entries) write(entry, content)
  })
}

/** What is written, after its length. */
function sized(out: Bytes, write: (to: Bytes) => void): void {
  const content = new Bytes()
  write(content)
  out.unsigned(content.length)
  out.append(content.written())
}
