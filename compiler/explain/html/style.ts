/** Readable in light and dark; the colours of boxes go from what moves memory to what computes. */
export const style = `
:root { color-scheme: light dark; --back: #f6f6f4; --card: #fff; --text: #1d1f22; --muted: #6a7079; --line: #e2e3e5; --hover: #eef1f5; --in: #2367d1; --out: #cc5a14; --arrow: #8a919b;
  --i0: #a9bdd8; --i1: #7fa6cf; --i2: #62b0a5; --i3: #a8b951; --i4: #e0a638; --i5: #d9703a; --part: #c9d6e8; --part-line: #8fa6c6; }
@media (prefers-color-scheme: dark) {
  :root { --back: #131518; --card: #1b1e22; --text: #e4e6e9; --muted: #979ea8; --line: #2d3136; --hover: #262b31; --in: #74abff; --out: #ff9c57; --arrow: #737b86;
  --i0: #5b708f; --i1: #4a7db3; --i2: #3f9488; --i3: #84953a; --i4: #b98425; --i5: #c25f2c; --part: #33445c; --part-line: #56708f; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 20px 24px 40px; background: var(--back); color: var(--text); font: 13px/1.45 system-ui, sans-serif; }
h1 { font-size: 20px; margin: 0; } h2 { font-size: 13px; margin: 0; } h3 { font-size: 11px; margin: 14px 0 4px; color: var(--muted); text-transform: uppercase; letter-spacing: .06em; }
header { display: flex; gap: 12px; align-items: baseline; flex-wrap: wrap; } header p { margin: 0; color: var(--muted); }
code, pre { font: 12px/1.45 ui-monospace, monospace; } .muted, small { color: var(--muted); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin: 14px 0; }
.tiles h2 { color: var(--muted); font-weight: 500; } .tiles b { display: block; font-size: 19px; font-weight: 600; } .tiles small { display: block; }
main { display: grid; grid-template-columns: minmax(0, 3fr) minmax(320px, 2fr); gap: 14px; align-items: start; }
.left { display: grid; gap: 14px; min-width: 0; } aside { position: sticky; top: 12px; max-height: calc(100vh - 24px); overflow: auto; }
.bar { display: flex; justify-content: space-between; align-items: center; gap: 12px; }
.switch button { font: inherit; color: var(--muted); background: none; border: 1px solid var(--line); padding: 2px 10px; cursor: pointer; }
.switch button:first-child { border-radius: 6px 0 0 6px; } .switch button:last-child { border-radius: 0 6px 6px 0; } .switch button + button { border-left: 0; }
.switch button[aria-pressed=true] { background: var(--hover); color: var(--text); font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 12px; margin: 8px 0; color: var(--muted); font-size: 12px; } .legend span { display: inline-flex; align-items: center; gap: 5px; }
.legend i { width: 11px; height: 11px; border-radius: 3px; display: inline-block; } .legend .dash { height: 0; width: 18px; border-top: 2px solid var(--text); opacity: .65; border-radius: 0; }
i.i0 { background: var(--i0); } i.i1 { background: var(--i1); } i.i2 { background: var(--i2); } i.i3 { background: var(--i3); } i.i4 { background: var(--i4); } i.i5 { background: var(--i5); }
rect.i0 { fill: var(--i0); } rect.i1 { fill: var(--i1); } rect.i2 { fill: var(--i2); } rect.i3 { fill: var(--i3); } rect.i4 { fill: var(--i4); } rect.i5 { fill: var(--i5); }
svg { width: 100%; display: block; } svg text { fill: var(--text); font: 11.5px ui-monospace, monospace; dominant-baseline: central; pointer-events: none; }
svg .number, svg .figure, svg .tick, svg .scale { fill: var(--muted); font-family: system-ui, sans-serif; font-variant-numeric: tabular-nums; } svg .number, svg .figure, svg .scale { text-anchor: end; } svg .tick { text-anchor: middle; }
.kernel { cursor: pointer; outline: none; } .row { fill: transparent; } .kernel.over .row, .kernel:focus-visible .row { fill: var(--hover); } .kernel.chosen .row { fill: var(--hover); stroke: var(--muted); }
.loop { fill: none; stroke: var(--muted); }
.arrow { fill: none; stroke: var(--arrow); opacity: .38; } .arrow.back { stroke-dasharray: 4 3; } marker path { fill: context-stroke; }
.some-over .arrow, .some-chosen .arrow { opacity: .16; } .arrow.over-in, .arrow.chosen-in { stroke: var(--in); opacity: .95; } .arrow.over-out, .arrow.chosen-out { stroke: var(--out); opacity: .95; }
.some-over .arrow.chosen-in:not(.over-in), .some-over .arrow.chosen-out:not(.over-out) { opacity: .3; }
.part rect { fill: var(--part); stroke: var(--part-line); stroke-width: .6; cursor: pointer; } .part text { font-size: 10px; }
.part.chosen-in rect { stroke: var(--in); stroke-width: 1.6; } .part.chosen-out rect { stroke: var(--out); stroke-width: 1.6; } .part.over-in rect { fill: color-mix(in srgb, var(--in) 45%, var(--part)); } .part.over-out rect { fill: color-mix(in srgb, var(--out) 45%, var(--part)); }
.memory .line { stroke: var(--line); } .live { fill: none; stroke: var(--text); opacity: .65; stroke-width: 1.4; pointer-events: none; }
article h2 { font-size: 15px; overflow-wrap: anywhere; } article h2 .number { color: var(--muted); font-weight: 500; margin-right: 4px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(96px, 1fr)); gap: 6px 12px; margin: 10px 0; } dt { color: var(--muted); font-size: 11px; } dd { margin: 0; font-weight: 600; }
.nest { border-left: 2px solid var(--line); padding-left: 10px; margin-bottom: 8px; } .nest p { margin: 0; overflow-wrap: anywhere; }
ul { margin: 2px 0; padding: 0; list-style: none; } .operations { font: 12px/1.5 ui-monospace, monospace; } .tensors li { margin-bottom: 5px; overflow-wrap: anywhere; } .why { margin: 0 0 0 10px; color: var(--muted); }
a { color: var(--in); } summary { cursor: pointer; margin-top: 12px; font-weight: 600; } pre { overflow: auto; background: var(--back); border-radius: 6px; padding: 10px; tab-size: 2; }
@media (max-width: 1000px) { main { grid-template-columns: minmax(0, 1fr); } aside { position: static; max-height: none; } }
`
