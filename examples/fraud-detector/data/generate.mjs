// Makes payments, some of them fraud: node data/generate.mjs SEED COUNT FILE. The same seed makes the same payments.
import { writeFileSync } from 'node:fs'

const [seed = '1', count = '1000', target = 'data/train.csv'] = process.argv.slice(2)
let state = (Number(seed) * 2654435761) >>> 0 || 1

/** xorshift32: numbers in [0, 1). */
function random() {
  state ^= state << 13
  state >>>= 0
  state ^= state >>> 17
  state ^= state << 5
  state >>>= 0
  return state / 2 ** 32
}

function pick(list) {
  return list[Math.floor(random() * list.length)]
}

const countries = ['KR', 'KR', 'KR', 'US', 'DE', 'JP']
const lines = []
for (let row = 0; row < Number(count); row++) {
  const cardCountry = pick(countries)
  const country = random() < 0.85 ? cardCountry : pick(countries)
  const amount = Math.round(10 ** (0.7 + random() * 2.6) * 100) / 100
  const hour = Math.floor(random() * 24)
  const deviceAge = Math.floor(random() ** 3 * 700)
  const payments = Math.floor(random() ** 4 * 12)
  const burst = Math.min(payments, 10) / 10 / (1 + deviceAge)
  const sum =
    -7.2 +
    1.1 * Math.log10(amount + 1) +
    (hour < 6 ? 0.8 : 0) +
    (country === cardCountry ? 0 : 1.6) +
    2 / (1 + deviceAge) +
    (2.2 * Math.min(payments, 10)) / 10 +
    9 * burst +
    (random() + random() + random() - 1.5)
  const fraud = random() < 1 / (1 + Math.exp(-2 * sum)) ? 1 : 0
  lines.push([`${seed}-${row}`, amount, hour, country, cardCountry, deviceAge, payments, fraud].join(','))
}
writeFileSync(target, `id,amount,hour,country,card_country,device_age_days,payments_last_hour,fraud\n${lines.join('\n')}\n`)
