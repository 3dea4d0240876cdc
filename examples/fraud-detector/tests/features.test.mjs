import assert from 'node:assert/strict'
import { test } from 'node:test'
import { features, score, vectorOf } from '../serving/features.mjs'

const payment = { amount: 99, hour: 3, country: 'KR', card_country: 'DE', device_age_days: 0, payments_last_hour: 20 }

test('features are finite numbers', () => {
  for (const [name, value] of Object.entries(features)) assert.ok(Number.isFinite(value(payment)), name)
})

test('a payment at night, abroad, from a new device looks like one', () => {
  assert.deepEqual(vectorOf(payment, ['amount', 'night', 'foreign', 'new_device', 'velocity']), [2, 1, 1, 1, 1])
})

test('an unknown feature is refused by name', () => {
  assert.throws(() => vectorOf(payment, ['constructor']), /'constructor' is no feature/)
})

test('a score is a probability', () => {
  const model = { features: ['amount'], means: [2], scales: [1], weights: [3], intercept: 0 }
  assert.equal(score(model, payment), 0.5)
})
