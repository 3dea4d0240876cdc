import { expect, test } from 'vitest'
import { isNewer } from './resource-version.ts'

const state = (resourceVersion: string, uid = 'u') => ({ metadata: { uid, resourceVersion } })

test('Of two states of an object the one with the higher number is newer, however long the number', () => {
  expect(isNewer(state('10'), state('9'))).toBe(true)
  expect(isNewer(state('9'), state('10'))).toBe(false)
  expect(isNewer(state('9007199254740993'), state('9007199254740992'))).toBe(true)
  expect(isNewer(state('7'), state('7'))).toBe(false)
})

test('What cannot be compared is not newer: another object of that name, or no number', () => {
  expect(isNewer(state('10', 'old'), state('9', 'new'))).toBe(false)
  expect(isNewer(state('b'), state('a'))).toBe(false)
  expect(isNewer(state(''), state('1'))).toBe(false)
})
