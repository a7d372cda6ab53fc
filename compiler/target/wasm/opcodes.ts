/**
 * The instructions that the printer uses, by their names in the WebAssembly specification (core 2.0, chapter 5.4, and
 * the proposals for relaxed SIMD and for threads).
 */

const saturating = (code: number): number => (0xfc << 12) | code
const atomic = (code: number): number => (0xfe << 12) | code
/** Begins every instruction on vectors. */
export const vectorPrefix = 0xfd
const simd = (code: number): number => (vectorPrefix << 12) | code

/** Instructions without immediates. A code above 0xff is a prefix byte (bits 12 and up) and a LEB128 number. */
export const plain = {
  else: 0x05,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  'i32.eqz': 0x45,
  'i32.eq': 0x46,
  'i32.ne': 0x47,
  'i32.lt_s': 0x48,
  'i32.lt_u': 0x49,
  'i32.gt_s': 0x4a,
  'i32.gt_u': 0x4b,
  'i32.le_s': 0x4c,
  'i32.le_u': 0x4d,
  'i32.ge_s': 0x4e,
  'i32.ge_u': 0x4f,
  'f32.eq': 0x5b,
  'f32.ne': 0x5c,
  'f32.lt': 0x5d,
  'f32.le': 0x5f,
  'i32.add': 0x6a,
  'i32.sub': 0x6b,
  'i32.mul': 0x6c,
  'i32.div_s': 0x6d,
  'i32.div_u': 0x6e,
  'i32.rem_s': 0x6f,
  'i32.rem_u': 0x70,
  'i32.and': 0x71,
  'i32.or': 0x72,
  'i32.xor': 0x73,
  'i32.shl': 0x74,
  'i32.shr_s': 0x75,
  'i32.shr_u': 0x76,
  'f32.abs': 0x8b,
  'f32.neg': 0x8c,
  'f32.floor': 0x8e,
  'f32.trunc': 0x8f,
  'f32.nearest': 0x90,
  'f32.sqrt': 0x91,
  'f32.add': 0x92,
  'f32.sub': 0x93,
  'f32.mul': 0x94,
  'f32.div': 0x95,
  'f32.min': 0x96,
  'f32.max': 0x97,
  'f32.convert_i32_s': 0xb2,
  'f32.convert_i32_u': 0xb3,
  'i32.reinterpret_f32': 0xbc,
  'f32.reinterpret_i32': 0xbe,
  'i32.trunc_sat_f32_s': saturating(0),
  'i32.trunc_sat_f32_u': saturating(1),
  'i32x4.splat': simd(17),
  'f32x4.splat': simd(19),
  'i32x4.eq': simd(55),
  'i32x4.ne': simd(56),
  'i32x4.lt_s': simd(57),
  'i32x4.lt_u': simd(58),
  'i32x4.le_s': simd(61),
  'i32x4.le_u': simd(62),
  'f32x4.eq': simd(65),
  'f32x4.ne': simd(66),
  'f32x4.lt': simd(67),
  'f32x4.le': simd(69),
  'v128.not': simd(77),
  'v128.and': simd(78),
  'v128.andnot': simd(79),
  'v128.or': simd(80),
  'v128.xor': simd(81),
  'v128.bitselect': simd(82),
  'v128.any_true': simd(83),
  'f32x4.floor': simd(104),
  'f32x4.trunc': simd(105),
  'f32x4.nearest': simd(106),
  'i32x4.abs': simd(160),
  'i32x4.neg': simd(161),
  'i32x4.shl': simd(171),
  'i32x4.shr_s': simd(172),
  'i32x4.shr_u': simd(173),
  'i32x4.add': simd(174),
  'i32x4.sub': simd(177),
  'i32x4.mul': simd(181),
  'i32x4.min_s': simd(182),
  'i32x4.min_u': simd(183),
  'i32x4.max_s': simd(184),
  'i32x4.max_u': simd(185),
  'f32x4.abs': simd(224),
  'f32x4.neg': simd(225),
  'f32x4.sqrt': simd(227),
  'f32x4.add': simd(228),
  'f32x4.sub': simd(229),
  'f32x4.mul': simd(230),
  'f32x4.div': simd(231),
  'f32x4.min': simd(232),
  'f32x4.max': simd(233),
  'f32x4.pmin': simd(234),
  'f32x4.pmax': simd(235),
  'i32x4.trunc_sat_f32x4_s': simd(248),
  'i32x4.trunc_sat_f32x4_u': simd(249),
  'f32x4.convert_i32x4_s': simd(250),
  'f32x4.convert_i32x4_u': simd(251),
  'f32x4.relaxed_madd': simd(0x105),
} as const

/** Loads and stores: the code, and the logarithm of the alignment that is promised. */
export const memory = {
  'i32.load': [0x28, 2],
  'f32.load': [0x2a, 2],
  'i32.store': [0x36, 2],
  'f32.store': [0x38, 2],
  // A vector may begin at any element.
  'v128.load': [simd(0), 2],
  'v128.load32_splat': [simd(9), 2],
  'v128.store': [simd(11), 2],
  'memory.atomic.notify': [atomic(0x00), 2],
  'memory.atomic.wait32': [atomic(0x01), 2],
  'i32.atomic.load': [atomic(0x10), 2],
  'i32.atomic.store': [atomic(0x17), 2],
  'i32.atomic.rmw.add': [atomic(0x1e), 2],
} as const

/** Instructions on one lane of a vector. */
export const lane = {
  'i32x4.extract_lane': simd(27),
  'i32x4.replace_lane': simd(28),
  'f32x4.extract_lane': simd(31),
  'f32x4.replace_lane': simd(32),
} as const

export const shuffle = simd(13)
export const vectorConstant = simd(12)

export type Plain = keyof typeof plain
export type Memory = keyof typeof memory
export type OnLane = keyof typeof lane
