// Trains a logistic regression: node src/train.mjs DATA MODEL. The same data and parameters give the same model, to the last byte.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { vectorOf } from '../serving/features.mjs'
import { readTable } from './table.mjs'

const [data = 'data/train.csv', target = 'model/model.json'] = process.argv.slice(2)
const { features, iterations, learningRate } = JSON.parse(readFileSync('params.json', 'utf8'))
const payments = readTable(data)
const rows = payments.map((payment) => vectorOf(payment, features))
const labels = payments.map(({ fraud }) => fraud)

const means = features.map((_, column) => rows.reduce((sum, row) => sum + row[column], 0) / rows.length)
const scales = features.map(
  (_, column) => Math.sqrt(rows.reduce((sum, row) => sum + (row[column] - means[column]) ** 2, 0) / rows.length) || 1,
)
const scaled = rows.map((row) => row.map((value, column) => (value - means[column]) / scales[column]))
const weights = features.map(() => 0)
let intercept = 0
for (let step = 1; step <= iterations; step++) {
  const gradient = features.map(() => 0)
  let atIntercept = 0
  for (const [index, row] of scaled.entries()) {
    const error = 1 / (1 + Math.exp(-row.reduce((sum, value, column) => sum + value * weights[column], intercept))) - labels[index]
    atIntercept += error
    for (const [column, value] of row.entries()) gradient[column] += error * value
  }
  intercept -= (learningRate * atIntercept) / rows.length
  for (const column of weights.keys()) weights[column] -= (learningRate * gradient[column]) / rows.length
  if (step % 100 === 0) console.log(`step ${step} of ${iterations}`)
}
mkdirSync(dirname(target), { recursive: true })
const round = (list) => list.map((value) => Number(value.toPrecision(12)))
const model = {
  name: 'fraud-detector',
  features,
  means: round(means),
  scales: round(scales),
  weights: round(weights),
  intercept: Number(intercept.toPrecision(12)),
}
writeFileSync(target, `${JSON.stringify(model, null, 2)}\n`)
console.log(`trained on ${rows.length} payments with ${features.join(', ')}`)
