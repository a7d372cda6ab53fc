import type { EChartsCoreOption } from 'echarts/core'
import { escaped } from '../../compiler/explain/html/escape.ts'
import { installed } from '../../runtime/data/installed.ts'

type Point = readonly (number | null)[]

export interface Series {
  /** A CSS colour; variables follow the scheme of the page. */
  readonly colour: string
  readonly points: readonly Point[]
  readonly draw: 'line' | 'dots' | 'words'
  readonly dash?: 'solid' | 'dashed' | 'dotted'
  /** Of 'words': what stands at each point. */
  readonly words?: readonly string[]
}

interface Axis {
  readonly name?: string
  readonly range?: readonly [low: number, high: number]
  readonly log?: boolean
}

export interface Chart {
  /** What it shows, for who cannot see it. */
  readonly alt: string
  readonly width: number
  readonly height: number
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  /** A PNG, as base64, that fills what the ranges of the axes span, below all else. */
  readonly under?: string
}

export type Draw = (chart: Chart) => string

/** Draws charts as SVG that stands in a page. The ids of one page's charts differ. Needs the package `echarts`. */
export async function openCharts(): Promise<Draw> {
  const [core, { LineChart, ScatterChart }, { GridComponent }, { SVGRenderer }] = await installed(
    'echarts',
    Promise.all([
      import('echarts/core'),
      import('echarts/charts'),
      import('echarts/components'),
      import('echarts/renderers'),
    ]),
  )
  core.use([LineChart, ScatterChart, GridComponent, SVGRenderer])
  let drawn = 0
  return (chart) => {
    const { width, height } = chart
    const drawing = core.init(null, null, { ssr: true, renderer: 'svg', width, height })
    try {
      drawing.setOption(optionOf(chart))
      return inPage(drawing.renderToSVGString(), chart, `chart${drawn++}-`)
    } finally {
      // A drawing that is not disposed of keeps its process alive.
      drawing.dispose()
    }
  }
}

const optionOf = ({ x, y, series, under }: Chart): EChartsCoreOption => ({
  animation: false,
  textStyle: { fontFamily: 'inherit' },
  grid: gridOf({ x, y }),
  xAxis: { ...axisOf(x, under === undefined), nameGap: 24 },
  yAxis: { ...axisOf(y, under === undefined), nameGap: 36 },
  // A large one of no points cannot be drawn.
  series: series.filter(({ points }) => points.length > 0).map(seriesOf),
})

const gridOf = ({ x, y }: Pick<Chart, 'x' | 'y'>) => ({
  left: y.name === undefined ? 34 : 50,
  right: 12,
  top: 10,
  bottom: x.name === undefined ? 24 : 40,
})

const axisOf = ({ name, range, log = false }: Axis, lines: boolean): object => ({
  type: log ? 'log' : 'value',
  scale: true,
  ...(range ? { min: range[0], max: range[1] } : {}),
  ...(name === undefined ? {} : { name, nameLocation: 'middle', nameTextStyle: { color: muted, fontSize: 11 } }),
  splitNumber: 4,
  axisLabel: {
    color: muted,
    fontSize: 11,
    hideOverlap: true,
    // The ends of a given range are no round numbers.
    ...(range ? { showMinLabel: false, showMaxLabel: false } : {}),
    formatter: shortNumber,
  },
  axisLine: { onZero: false, lineStyle: { color: 'var(--axis)' } },
  axisTick: { show: false },
  splitLine: { show: lines, lineStyle: { color: 'var(--line)' } },
})
const muted = 'var(--muted)'

function shortNumber(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e6) return value.toExponential(1).replace('.0', '').replace('+', '').replace('-', '−')
  if (size >= 1000) return `${Number((value / 1000).toPrecision(3))}k`.replace('-', '−')
  return `${Number(value.toPrecision(3))}`.replace('-', '−')
}

function seriesOf({ colour, points, draw, dash, words }: Series): object {
  if (draw === 'line')
    return {
      type: 'line',
      data: points,
      showSymbol: points.length === 1,
      lineStyle: { color: colour, width: 1.6, type: dash ?? 'solid' },
      itemStyle: { color: colour },
    }
  if (draw === 'dots')
    // Large: all points are one path.
    return {
      type: 'scatter',
      data: points,
      large: true,
      largeThreshold: 0,
      symbolSize: dot,
      itemStyle: { color: colour, opacity: 0.75 },
    }
  return {
    type: 'scatter',
    data: points,
    symbolSize: 1,
    itemStyle: { color: 'none', opacity: 1 },
    label: {
      show: true,
      position: 'inside',
      formatter: ({ dataIndex }: { readonly dataIndex: number }) => words?.[dataIndex] ?? '',
      color: colour,
      fontSize: 14,
      fontWeight: 700,
      textBorderColor: 'var(--card)',
      textBorderWidth: 4,
    },
  }
}

/** Without what only a file of its own or a pointer needs, with ids of this page, and with its text. */
const inPage = (svg: string, chart: Chart, prefix: string): string =>
  svg
    .replace(
      /<svg [^>]*>/,
      () =>
        `<svg viewBox="0 0 ${chart.width} ${chart.height}" role="img" aria-label="${escaped(chart.alt)}">${pictureOf(chart)}`,
    )
    .replace(/<style [\s\S]*?<\/style>\n?/g, '')
    .replace(/ (class="zr[^"]*"|pointer-events="[^"]*"|ecmeta_\w+="[^"]*")/g, '')
    .replace(/zr\d+-/g, prefix)
    .replace(/<path d="((?:M[-\d.]+ [-\d.]+(?:A[-\d. ]+){2})+)" fill="([^"]*)" fill-opacity="([^"]*)"/g, dots)

/** Circles of one path as dots of a round pen: they look the same in a fifth of the text. */
const dots = (_: string, path: string, colour: string, opacity: string): string => {
  const middles = path.replace(
    /M([-\d.]+) ([-\d.]+)(?:A[-\d. ]+){2}/g,
    (_, right: string, y: string) => `M${Number((Number(right) - dot / 2).toFixed(1))} ${y}h0`,
  )
  return `<path d="${middles}" fill="none" stroke="${colour}" stroke-opacity="${opacity}" stroke-width="${dot}" stroke-linecap="round"`
}
const dot = 3.6

function pictureOf({ under, width, height, x, y }: Chart): string {
  if (under === undefined) return ''
  const { left, right, top, bottom } = gridOf({ x, y })
  const place = `x="${left}" y="${top}" width="${width - left - right}" height="${height - top - bottom}"`
  return `<image href="data:image/png;base64,${under}" ${place} preserveAspectRatio="none"/>`
}
