// Scores a model: node src/evaluate.mjs [MODEL DATA PREDICTIONS], or by the variables of the same names, as the gate gives them.
import { readFileSync, writeFileSync } from 'node:fs'
import { features, score } from '../serving/features.mjs'
import { readTable } from './table.mjs'

const [
  file = process.env.MODEL ?? 'model/model.json',
  data = process.env.DATA ?? 'data/eval.csv',
  target = process.env.PREDICTIONS ?? 'predictions.csv',
] = process.argv.slice(2)
const model = JSON.parse(readFileSync(file, 'utf8'))
const unknown = model.features.filter((name) => !Object.hasOwn(features, name))
if (unknown.length > 0) throw new Error(`The model wants features that this code does not have: ${unknown.join(', ')}`)
const lines = readTable(data).map((payment) => {
  const startedAt = process.hrtime.bigint()
  const probability = score(model, payment)
  const microseconds = Number(process.hrtime.bigint() - startedAt) / 1000
  return [payment.id, payment.fraud, probability.toFixed(6), payment.country, microseconds.toFixed(1)].join(',')
})
writeFileSync(target, `id,label,score,country,latency_us\n${lines.join('\n')}\n`)
console.log(`scored ${lines.length} payments`)
