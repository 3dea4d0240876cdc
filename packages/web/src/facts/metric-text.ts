/** Numbers of metrics, as texts. A minus is U+2212, as wide as a plus. */
const minus = '\u2212'

/** As many digits as tell two models apart: 0.6046, 38.2, 1,204. */
export function metricText(value: number): string {
  const size = Math.abs(value)
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 4
  const text = new Intl.NumberFormat('en', { minimumFractionDigits: 0, maximumFractionDigits: digits }).format(size)
  const isTiny = size > 0 && Number(text.replaceAll(',', '')) === 0
  return `${value < 0 ? minus : ''}${isTiny ? size.toExponential(1) : text}`
}

/** With its sign, also for what is better. */
export function differenceText(value: number): string {
  return value > 0 ? `+${metricText(value)}` : metricText(value)
}

/** 0.128 is +12.8%. */
export function shareText(value: number, isSigned = true): string {
  const share = Math.abs(value) * 100
  const text = share >= 100 ? share.toFixed(0) : share >= 10 ? share.toFixed(1) : share.toFixed(2)
  return `${value < 0 ? minus : value > 0 && isSigned ? '+' : ''}${text.includes('.') ? text.replace(/\.?0+$/, '') : text}%`
}

export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 8)
}
