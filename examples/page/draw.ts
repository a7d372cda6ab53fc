/** Points [n, 2], in the colour of a variable of the style, in the square from -reach to reach. */
export function drawPoints(canvas: HTMLCanvasElement, points: Float32Array, colour: string, reach: number): void {
  const { context, width, height } = sharp(canvas)
  const style = getComputedStyle(canvas)
  context.fillStyle = style.getPropertyValue('--line')
  context.fillRect(width / 2, 0, 1, height)
  context.fillRect(0, height / 2, width, 1)
  context.fillStyle = style.getPropertyValue(colour)
  context.globalAlpha = 0.7
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i]! / reach, points[i + 1]! / reach]
    context.beginPath()
    context.arc(((1 + x) * width) / 2, ((1 - y) * height) / 2, width / 160, 0, 2 * Math.PI)
    context.fill()
  }
}

/** Rows of greys from 0 to 1, each of so many images of 16 x 16 pixels. */
export function drawImages(canvas: HTMLCanvasElement, rows: readonly Float32Array[], count: number): void {
  canvas.width = count * 16
  canvas.height = rows.length * 16
  const context = canvas.getContext('2d')!
  for (const [row, greys] of rows.entries())
    for (let i = 0; i < count; i++) {
      const image = new ImageData(16, 16)
      for (let pixel = 0; pixel < 256; pixel++)
        image.data.set([...Array(3).fill(255 * greys[i * 256 + pixel]!), 255], pixel * 4)
      context.putImageData(image, i * 16, row * 16)
    }
}

/** An empty canvas with as many pixels as the screen has there. */
function sharp(canvas: HTMLCanvasElement) {
  const { clientWidth, clientHeight } = canvas
  canvas.width = Math.round(clientWidth * devicePixelRatio)
  canvas.height = Math.round(clientHeight * devicePixelRatio)
  const context = canvas.getContext('2d')!
  return { context, width: canvas.width, height: canvas.height }
}
