/** A run of text in one look. Colours are names of the theme, so that they can be read in both. */
export interface AnsiSpan {
  text: string
  color?: 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'grey'
  bold?: true
}

type Color = NonNullable<AnsiSpan['color']>

const basic: readonly (Color | undefined)[] = ['grey', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', undefined]

// CSI … final byte; OSC … BEL or ST; and single-character escapes. Anything but colours is dropped.
// oxlint-disable no-control-regex -- control characters are what this is about
const escape =
  /\u001B(?:\[([0-9;:]*)([@-~])|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\^_])|[\u0000-\u0008\u000B-\u001A\u001C-\u001F\u007F]/g

/** Splits a line by its colours. Other control sequences vanish; text is kept as it is. */
export function readAnsi(line: string): AnsiSpan[] {
  if (!/[\u0000-\u001F\u007F]/.test(line)) return line === '' ? [] : [{ text: line }]
  // A line that was written over itself (progress bars) shows what was written last.
  const written = line.replace(/\r+$/, '')
  const text = written.slice(written.lastIndexOf('\r') + 1)
  const spans: AnsiSpan[] = []
  let color: Color | undefined
  let bold = false
  let from = 0
  const push = (part: string) => {
    if (part === '') return
    const last = spans.at(-1)
    if (last && last.color === color && (last.bold ?? false) === bold) last.text += part
    else spans.push({ text: part, ...(color && { color }), ...(bold && { bold: true as const }) })
  }
  for (const match of text.matchAll(escape)) {
    push(text.slice(from, match.index))
    from = match.index + match[0].length
    if (match[2] === 'm') [color, bold] = apply(match[1] ?? '', color, bold)
  }
  push(text.slice(from))
  return spans
}

function apply(parameters: string, color: Color | undefined, bold: boolean): [Color | undefined, boolean] {
  const codes = parameters.split(/[;:]/).map((one) => (one === '' ? 0 : Number(one)))
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0
    if (code === 0) [color, bold] = [undefined, false]
    else if (code === 1) bold = true
    else if (code === 2) color = 'grey'
    else if (code === 22) bold = false
    else if (code === 39) color = undefined
    else if (code >= 30 && code <= 37) color = basic[code - 30]
    else if (code >= 90 && code <= 97) color = code === 90 ? 'grey' : basic[code - 90]
    else if (code === 38) {
      if (codes[index + 1] === 5) color = fromPalette(codes[index + 2] ?? 0)
      else if (codes[index + 1] === 2) color = nearest(codes[index + 2] ?? 0, codes[index + 3] ?? 0, codes[index + 4] ?? 0)
      index += codes[index + 1] === 5 ? 2 : 4
    } else if (code === 48) index += codes[index + 1] === 5 ? 2 : 4
  }
  return [color, bold]
}

/** Steps of the colour cube, as xterm has them. */
const levels = [0, 95, 135, 175, 215, 255]

/** The 256 colours of terminals: 16 basic ones, a cube of 6 × 6 × 6, 24 greys. */
function fromPalette(index: number): Color | undefined {
  if (index < 8) return basic[index]
  if (index < 16) return index === 8 ? 'grey' : basic[index - 8]
  if (index >= 232) return index < 250 ? 'grey' : undefined
  const at = index - 16
  return nearest(levels[Math.floor(at / 36)] ?? 0, levels[Math.floor(at / 6) % 6] ?? 0, levels[at % 6] ?? 0)
}

/** The theme's colour of about this hue: the exact one could not be read in one of the two themes. */
function nearest(red: number, green: number, blue: number): Color | undefined {
  const high = Math.max(red, green, blue)
  const low = Math.min(red, green, blue)
  if (high - low < 40) return high < 160 ? 'grey' : undefined
  const hue =
    high === red
      ? ((green - blue) / (high - low) + 6) % 6
      : high === green
        ? (blue - red) / (high - low) + 2
        : (red - green) / (high - low) + 4
  return hue < 0.5 || hue >= 5.5 ? 'red' : hue < 1.5 ? 'yellow' : hue < 2.5 ? 'green' : hue < 3.4 ? 'cyan' : hue < 4.4 ? 'blue' : 'magenta'
}

export function withoutAnsi(line: string): string {
  return readAnsi(line)
    .map((one) => one.text)
    .join('')
}
