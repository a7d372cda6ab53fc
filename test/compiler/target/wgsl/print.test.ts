import { describe, expect, test } from 'vitest'
import { printWgsl } from '../../../../compiler/target/wgsl/print.ts'
import { plan, planOf } from './by-hand.ts'
import { copying, dense, numbering, several } from './kernels.ts'

describe('a printed kernel', () => {
  test('reads well', () => {
    const { shaders } = printWgsl(planOf(dense(8, 3, 256)))
    expect(shaders).toHaveLength(1)
    expect(shaders[0]).toMatchObject({ entryPoint: 'main', regions: [0], workgroups: [8, 1, 1] })
    expect(shaders[0]!.source).toMatchInlineSnapshot(`
      "// dense
      //   x1               f32[24]    read   in floats
      //   params.0.weight  f32[768]   read   in floats
      //   params.0.bias    f32[256]   read   in floats
      //   y                f32[2048]  write  in floats

      struct Offsets {
        x1: i32,
        params_0_weight: i32,
        params_0_bias: i32,
        y: i32,
      }
      @group(0) @binding(0) var<uniform> at: Offsets;

      @group(0) @binding(1) var<storage, read_write> floats: array<vec4f>;

      fn component_floats(i: i32) -> f32 {
        return floats[i >> 2u][i & 3];
      }

      // By its bits: a compiler of shaders may take it that x == x.
      fn is_nan_x4(x: vec4f) -> vec4<bool> {
        return (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
      }

      fn exp_or_nan_x4(x: vec4f) -> vec4f {
        return select(exp(x), x, is_nan_x4(x));
      }

      fn dense(p: u32) {
        if (p >= 512u) {
          return;
        }
        let i = i32(p / 64u);
        let j = i32(p % 64u);
        var sum = vec4f(0.0);
        for (var k = 0; k < 3; k++) {
          let x = component_floats(at.x1 + i * 3 + k);
          let w = floats[(at.params_0_weight + k * 256 + j * 4) >> 2u];
          sum = fma(vec4f(x), w, sum);
        }
        let z = sum + floats[(at.params_0_bias + j * 4) >> 2u]; // linear at model.ts:3
        floats[(at.y + i * 256 + j * 4) >> 2u] = z / (vec4f(1.0) + exp_or_nan_x4(-z)); // silu
      }

      @compute @workgroup_size(64)
      fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
        let group = workgroup.x;
        dense(64u * group + thread);
      }
      "
    `)
  })

  test('gives each nest its run of workgroups, and an empty one none', () => {
    const { shaders } = printWgsl(planOf(several([5, 7, 9])))
    expect(shaders[0]!.workgroups).toEqual([6, 1, 1])
    const main = shaders[0]!.source.split('@compute')[1]
    expect(main).toMatchInlineSnapshot(`
      " @workgroup_size(64)
      fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
        let group = workgroup.x;
        if (group < 1u) {
          single(64u * group + thread);
        } else if (group < 6u) {
          grid(64u * (group - 1u) + thread);
        }
      }
      "
    `)
  })

  test('halves many nests until a short chain of them is left', () => {
    const main = printWgsl(planOf(numbering(9, 65))).shaders[0]!.source.split('@compute')[1]!
    expect(main.slice(main.indexOf('  let'))).toMatchInlineSnapshot(`
      "  let group = workgroup.x;
        if (group < 10u) {
          if (group < 2u) {
            nest_0(64u * group + thread);
          } else if (group < 4u) {
            nest_1(64u * (group - 2u) + thread);
          } else if (group < 6u) {
            nest_2(64u * (group - 4u) + thread);
          } else if (group < 8u) {
            nest_3(64u * (group - 6u) + thread);
          } else if (group < 10u) {
            nest_4(64u * (group - 8u) + thread);
          }
        } else {
          if (group < 12u) {
            nest_5(64u * (group - 10u) + thread);
          } else if (group < 14u) {
            nest_6(64u * (group - 12u) + thread);
          } else if (group < 16u) {
            nest_7(64u * (group - 14u) + thread);
          } else if (group < 18u) {
            nest_8(64u * (group - 16u) + thread);
          }
        }
      }
      "
    `)
  })

  test('that has nothing to do has no workgroups', () => {
    expect(printWgsl(planOf(copying('empty', 0))).shaders[0]!.workgroups).toContain(0)
  })
})

describe('a shader', () => {
  const two = [
    { name: 'state', kind: 'state', element: 'f32', size: 64 },
    { name: 'temporary', kind: 'temporary', element: 'f32', size: 64 },
  ] as const
  const at = (region: number, offset: number) => ({ region, offset })
  const kernels = [copying('first', 8), copying('second', 8)]

  test('is shared by dispatches of a kernel with the same regions, wherever in them its tensors lie', () => {
    const code = printWgsl(
      plan(two, kernels, [
        { kernel: 0, places: [at(0, 0), at(1, 0)] },
        { kernel: 0, places: [at(0, 16), at(1, 32)] },
        { kernel: 0, places: [at(1, 0), at(0, 0)] },
        { kernel: 1, places: [at(0, 0), at(1, 0)] },
        { kernel: 0, places: [at(0, 0), at(0, 8)] },
        { kernel: 1, places: [at(0, 8), at(1, 8)] },
      ]),
    )
    expect(code.dispatches).toEqual([0, 0, 1, 2, 3, 2])
    expect(code.shaders.map(({ regions }) => regions)).toEqual([[0, 1], [1, 0], [0, 1], [0]])
  })
})
