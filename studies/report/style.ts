/**
 * Colours of the page by scheme. c0 to c9 are digits, and models in their order; each is told from the card by 3 to 1
 * at least, and text by 4.5 to 1.
 */
export const colours = {
  light: {
    back: '#f6f6f4',
    card: '#ffffff',
    text: '#1d1f22',
    muted: '#5c626b',
    line: '#e6e7e9',
    axis: '#9aa0a8',
    link: '#1f5fc4',
    warn: '#9c2b12',
    'warn-back': '#fdf0ec',
    target: '#5c626b',
    c0: '#2f62d0',
    c1: '#b06f00',
    c2: '#d2402c',
    c3: '#0f8578',
    c4: '#3d8a2c',
    c5: '#d0408c',
    c6: '#8446d4',
    c7: '#1f86bd',
    c8: '#8a5a3c',
    c9: '#6a7079',
  },
  dark: {
    back: '#131518',
    card: '#1b1e22',
    text: '#e4e6e9',
    muted: '#a0a7b1',
    line: '#2d3136',
    axis: '#6d747e',
    link: '#7db1ff',
    warn: '#ffab91',
    'warn-back': '#33201b',
    target: '#a0a7b1',
    c0: '#7aa2ff',
    c1: '#f0b23c',
    c2: '#ff7d68',
    c3: '#4fd1bf',
    c4: '#7fce62',
    c5: '#ff8fc6',
    c6: '#c19bff',
    c7: '#70c6f5',
    c8: '#d0a07e',
    c9: '#a9b0bb',
  },
} as const

const variables = (scheme: object): string =>
  Object.entries(scheme)
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ')

/** Printed pages are light. */
export const style = `
:root { color-scheme: light dark; ${variables(colours.light)} }
@media screen and (prefers-color-scheme: dark) { :root { ${variables(colours.dark)} } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0 auto; max-width: 1180px; padding: 28px 24px 60px; background: var(--back); color: var(--text); font: 15px/1.55 system-ui, sans-serif; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; } h2 { font-size: 19px; margin: 0 0 10px; } h3 { font-size: 15px; margin: 18px 0 8px; }
p { max-width: 92ch; margin: 0 0 10px; } ul { margin: 0; padding-left: 20px; } li { margin: 4px 0; max-width: 92ch; overflow-wrap: anywhere; }
a { color: var(--link); } code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
small, .muted, figcaption, .note { color: var(--muted); } small, figcaption, .note { font-size: 13px; line-height: 1.45; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
header p { color: var(--muted); } nav { margin: 12px 0 18px; font-size: 14px; } nav ul { display: flex; flex-wrap: wrap; gap: 2px 16px; list-style: none; padding: 0; } nav li { margin: 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin: 0 0 16px; }
.summary p { font-size: 16px; line-height: 1.6; max-width: 92ch; } .note { max-width: 110ch; }
.alarms { background: var(--warn-back); border-color: var(--warn); border-left-width: 6px; } .alarms h2 { color: var(--warn); }
.wide { overflow-x: auto; margin: 0 0 8px; } .wide:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
caption { position: sticky; left: 0; max-width: calc(100vw - 50px); text-align: left; color: var(--muted); font-size: 13px; padding: 0 0 6px; }
th, td { padding: 7px 8px; text-align: right; vertical-align: top; white-space: nowrap; border-bottom: 1px solid var(--line); }
th.left, td.left { text-align: left; }
thead th { vertical-align: bottom; font-weight: 600; border-bottom: 2px solid var(--axis); } thead small { display: block; font-weight: 400; white-space: normal; font-size: 12px; line-height: 1.3; }
tr > th:first-child { position: sticky; left: 0; background: var(--card); text-align: left; white-space: normal; min-width: 150px; padding-left: 0; overflow-wrap: anywhere; }
tbody th { font-weight: 600; } tbody th small { display: block; font-weight: 400; } tbody tr:last-child > * { border-bottom: 0; }
td small { font-size: 12px; } .below { display: block; }
figure { margin: 0; min-width: 0; } .grid > figure { display: grid; grid-row: span 2; grid-template-rows: subgrid; gap: 4px; margin: 0 0 14px; } figcaption { margin: 0; overflow-wrap: anywhere; } figcaption b { color: var(--text); font-weight: 600; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 250px), 1fr)); gap: 0 20px; } .grid.charts { grid-template-columns: repeat(auto-fill, minmax(min(100%, 310px), 1fr)); }
.grid.pairs { grid-template-columns: repeat(auto-fill, minmax(min(100%, 230px), 1fr)); gap: 0 14px; }
img { display: block; image-rendering: pixelated; width: 100%; height: auto; max-width: 100%; background: #000; border-radius: 4px; }
.strips { display: grid; grid-template-columns: minmax(110px, 190px) minmax(0, 1fr); gap: 6px 14px; align-items: center; margin: 0 0 14px; font-size: 14px; } .strips p { margin: 0; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; max-width: 440px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0 0 12px; padding: 0; list-style: none; font-size: 13px; } .legend li { display: inline-flex; align-items: center; gap: 6px; margin: 0; }
.legend i { width: 22px; height: 0; border-top: 3px solid; flex: none; } b.alarm { color: var(--warn); } .legend i.dot { width: 10px; height: 10px; border: 0; border-radius: 50%; }
.grid.five { grid-template-columns: repeat(auto-fit, minmax(min(100%, 160px), 1fr)); gap: 0 10px; } .grid.maps > figure { grid-row: span 3; }
.ramp { display: flex; align-items: center; gap: 6px; margin: 0; padding: 0 5% 0 14%; font-size: 12px; color: var(--muted); } .ramp i { flex: 1; height: 9px; border: 1px solid var(--line); border-radius: 2px; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 10px 18px; margin: 0 0 14px; } dt { color: var(--muted); font-size: 13px; } dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
@media (max-width: 640px) { body { padding: 18px 10px 40px; } section { padding: 14px 12px; } .strips { grid-template-columns: minmax(0, 1fr); } .strips p { margin-top: 6px; } tr > th:first-child { min-width: 112px; } th, td { padding: 6px 8px; } td small { display: block; } dl { grid-template-columns: repeat(auto-fill, minmax(125px, 1fr)); } }
@media print {
  @page { margin: 14mm; }
  body { max-width: none; padding: 0; font-size: 10.5pt; background: none; } nav { display: none; } section { border: 0; border-top: 1px solid var(--axis); border-radius: 0; padding: 10px 0; } .alarms { border-left: 6px solid var(--warn); padding-left: 12px; }
  figure, tr, .strips, h2, h3 { break-inside: avoid; } h2, h3 { break-after: avoid; } .wide { overflow: visible; } th, td { padding: 4px 5px; } table { font-size: 8.5pt; } a { color: inherit; }
  tr > th:first-child { position: static; min-width: 100px; } small, td small, thead small { font-size: 7.5pt; } td small { display: block; } img, svg, .alarms { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .grid.charts { grid-template-columns: repeat(2, 1fr); } .grid, .grid.pairs { grid-template-columns: repeat(4, 1fr); } .grid.five { grid-template-columns: repeat(5, 1fr); } .five figcaption { font-size: 7.5pt; } .ramp i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`
