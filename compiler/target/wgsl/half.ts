import type { Lanes } from '../../kernel/expr.ts'
import { typeName } from './literals.ts'

/**
 * The nearest f16, as `toHalf` of the kernel language rounds: the conversions of WGSL may round either way, and lose
 * what is below 2^-14.
 */
export function printHalf(name: string, lanes: Lanes): string {
  const [float, words] = [typeName('f32', lanes), typeName('u32', lanes)]
  const all = (text: string): string => (lanes === 1 ? text : `${words}(${text})`)
  const result =
    lanes === 1 ? 'bitcast<vec2h>(word).x' : 'bitcast<vec4h>(vec2u(word.x | (word.y << 16u), word.z | (word.w << 16u)))'
  return `// The nearest, of two the even one.
fn ${name}(x: ${float}) -> ${typeName('f16', lanes)} {
  let bits = bitcast<${words}>(x);
  let size = bits & ${all('0x7fffffffu')};
  let normal = ((size + ${all('0xfffu')} + ((size >> ${all('13u')}) & ${all('1u')})) >> ${all('13u')}) - ${all('0x1c000u')};
  let small = ${words}(round(min(abs(x), ${float}(1.0)) * 16777216.0));
  let finite = select(normal, small, size < ${all('0x38800000u')});
  let bounded = select(finite, ${all('0x7c00u')}, size >= ${all('0x477ff000u')});
  let held = select(bounded, ${all('0x7e00u')}, size > ${all('0x7f800000u')});
  let word = held | ((bits >> ${all('16u')}) & ${all('0x8000u')});
  return ${result};
}`
}
