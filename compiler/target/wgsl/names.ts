/**
 * Names for printed code: what an author or an earlier stage called something, made into an identifier of WGSL that
 * nothing else in reach has.
 */
export class Names {
  readonly #taken: Set<string>
  readonly #outer: Names | undefined

  constructor(outer?: Names) {
    this.#outer = outer
    this.#taken = outer ? new Set() : new Set(reserved)
  }

  /** A name that is not taken here or further out, as like `wanted` as can be; from now on it is taken. */
  take(wanted: string): string {
    const base = identifier(wanted)
    let name = base
    for (let n = 1; this.has(name); n++) name = `${base}_${n}`
    this.#taken.add(name)
    return name
  }

  has(name: string): boolean {
    return this.#taken.has(name) || (this.#outer?.has(name) ?? false)
  }
}

/** 'params.0.weight' to 'params_0_weight'; two leading underscores are WGSL's own. */
function identifier(wanted: string): string {
  const plain = wanted.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '')
  return /^[A-Za-z]/.test(plain) ? plain : `v${plain && `_${plain}`}`
}

/**
 * https://www.w3.org/TR/WGSL/#keyword-summary and #reserved-words, and the predeclared names that printed code uses and
 * must not shadow: address spaces, access modes, types and functions.
 */
const reserved: ReadonlySet<string> = new Set(
  `alias break case const const_assert continue continuing default diagnostic discard else enable false fn for if let loop override requires return
  struct switch true var while
  NULL Self abstract active alignas alignof as asm asm_fragment async attribute auto await become cast catch class co_await co_return co_yield coherent
  column_major common compile compile_fragment concept const_cast consteval constexpr constinit crate debugger decltype delete demote demote_to_helper do
  dynamic_cast enum explicit export extends extern external fallthrough filter final finally friend from fxgroup get goto groupshared highp impl
  implements import inline instanceof interface layout lowp macro macro_rules match mediump meta mod module move mut mutable namespace new nil noexcept
  noinline nointerpolation non_coherent noncoherent noperspective null nullptr of operator package packoffset partial pass patch pixelfragment precise
  precision premerge priv protected pub public readonly ref regardless register reinterpret_cast require resource restrict self set shared sizeof smooth
  snorm static static_assert static_cast std subroutine super target template this thread_local throw trait try type typedef typeid typename typeof union
  unless unorm unsafe unsized use using varying virtual volatile wgsl where with writeonly yield
  function private read read_write storage uniform workgroup write
  abs array bitcast bool cos dot exp f16 f32 floor fma i32 log max min round select sign sin sqrt tanh u32 vec2h vec2u vec3u vec4 vec4f vec4h vec4i vec4u
  workgroupBarrier`.split(/\s+/),
)
