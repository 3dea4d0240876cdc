/** Curves as SVG paths in a square of 1000 by 1000, y upwards. */
export interface Point {
  x: number
  y: number
}

export interface Frame {
  x: readonly [number, number]
  y: readonly [number, number]
}

const side = 1_000
const clean = (value: number) => Math.round(value * 10) / 10

export function toFrame({ x, y }: Point, frame: Frame): Point {
  const share = (value: number, [from, to]: readonly [number, number]) => (to === from ? 0.5 : (value - from) / (to - from))
  return { x: clean(share(x, frame.x) * side), y: clean((1 - share(y, frame.y)) * side) }
}

const isDrawn = ({ x, y }: Point) => Number.isFinite(x) && Number.isFinite(y)

export function linePath(points: readonly Point[], frame: Frame): string {
  return points
    .filter(isDrawn)
    .map((point, index) => {
      const { x, y } = toFrame(point, frame)
      return `${index === 0 ? 'M' : 'L'}${x} ${y}`
    })
    .join('')
}

/** Dots: strokes of no length, which keep their size however the drawing is stretched. */
export function dotPath(points: readonly Point[], frame: Frame): string {
  return points
    .filter(isDrawn)
    .map((point) => {
      const { x, y } = toFrame(point, frame)
      return `M${x} ${y}h0`
    })
    .join('')
}

/** Whiskers of shares that were counted in n rows: 95% by E. B. Wilson (1927). */
export function whiskerPath(points: readonly (Point & { n: number })[], frame: Frame): string {
  const z = 1.96
  return points
    .filter((point) => isDrawn(point) && point.n > 0)
    .map(({ x, y, n }) => {
      const middle = (y + (z * z) / (2 * n)) / (1 + (z * z) / n)
      const half = (z / (1 + (z * z) / n)) * Math.sqrt((y * (1 - y)) / n + (z * z) / (4 * n * n))
      const low = toFrame({ x, y: Math.max(0, middle - half) }, frame)
      const high = toFrame({ x, y: Math.min(1, middle + half) }, frame)
      return `M${low.x} ${low.y}V${high.y}`
    })
    .join('')
}

/** Steps of equal width from left to right, closed at the bottom for an area. */
export function stepPath(values: readonly number[], most: number, isClosed: boolean): string {
  if (values.length === 0) return ''
  const width = side / values.length
  const steps = values.map((value, index) => {
    const y = clean((1 - (most > 0 ? value / most : 0)) * side)
    return `${index === 0 ? `M0 ${y}` : `V${y}`}H${clean((index + 1) * width)}`
  })
  return steps.join('') + (isClosed ? `V${side}H0Z` : '')
}

/** Round values within a range: four steps or so. */
export function ticks([from, to]: readonly [number, number]): number[] {
  if (!(to > from)) return [from]
  const rough = (to - from) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10) * power
  const first = Math.ceil(from / step - 1e-9)
  const last = Math.floor(to / step + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}
