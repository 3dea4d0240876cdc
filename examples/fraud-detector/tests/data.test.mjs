import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTable } from '../src/table.mjs'

for (const file of ['data/train.csv', 'data/eval.csv']) {
  const rows = readTable(file)

  test(`${file}: every payment is one`, () => {
    assert.ok(rows.length >= 1000, `only ${rows.length} payments`)
    for (const { id, amount, hour, fraud, country } of rows) {
      assert.ok(amount > 0 && amount < 100_000, `amount of ${id}: ${amount}`)
      assert.ok(Number.isInteger(hour) && hour >= 0 && hour < 24, `hour of ${id}: ${hour}`)
      assert.ok(fraud === 0 || fraud === 1, `label of ${id}: ${fraud}`)
      assert.match(country, /^[A-Z]{2}$/, `country of ${id}`)
    }
  })

  test(`${file}: the share of fraud is what it should be`, () => {
    const share = rows.reduce((sum, { fraud }) => sum + fraud, 0) / rows.length
    assert.ok(share > 0.02 && share < 0.25, `${(share * 100).toFixed(1)} % of the payments are fraud`)
  })
}

test('no payment is in both', () => {
  const trained = new Set(readTable('data/train.csv').map(({ id }) => id))
  assert.equal(readTable('data/eval.csv').filter(({ id }) => trained.has(id)).length, 0)
})
