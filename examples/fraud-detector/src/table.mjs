// CSV without quotes, as data/generate.mjs writes it.
import { readFileSync } from 'node:fs'

const texts = new Set(['id', 'country', 'card_country'])

export function readTable(file) {
  const [head, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
  const names = head.split(',')
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((value, index) => [names[index], texts.has(names[index]) ? value : Number(value)])),
  )
}
