/** Points in the plane, two numbers each. */
interface Panel {
  readonly title: string
  readonly points: Float32Array
}

const side = 320
const gap = 24
const head = 28

/** Panels of points side by side, each showing -reach to reach on both axes, as an SVG that reads in light and dark. */
export function scatter(panels: readonly Panel[], reach: number): string {
  const width = panels.length * side + (panels.length + 1) * gap
  const height = side + head + gap
  const pixel = (value: number) => (((value + reach) / (2 * reach)) * side).toFixed(1)
  const drawn = panels.map(({ title, points }, k) => {
    const dots: string[] = []
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = [points[i]!, points[i + 1]!]
      if (Math.max(Math.abs(x), Math.abs(y)) < reach) dots.push(`M${pixel(x)} ${pixel(-y)}h0`)
    }
    return [
      `<g transform="translate(${gap + k * (side + gap)} ${head})">`,
      `<text x="${side / 2}" y="-9" text-anchor="middle">${title}</text>`,
      `<rect width="${side}" height="${side}" rx="4"/>`,
      `<path d="${dots.join('')}"/>`,
      '</g>',
    ].join('\n')
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    '<style>text{font:14px system-ui,sans-serif;fill:#777}rect{fill:none;stroke:#888;stroke-opacity:.4}path{stroke:#2f7fd0;stroke-width:2.4;stroke-linecap:round;stroke-opacity:.55}</style>',
    ...drawn,
    '</svg>\n',
  ].join('\n')
}
