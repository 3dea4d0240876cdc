import { expect, it } from 'vitest'
import { addressProblem, providerOf } from './connection-place.ts'

it.each([
  ['https://github.com/acme/shop', 'github'],
  ['https://GitHub.com/acme/shop.git', 'github'],
  ['git@gitlab.com:acme/shop.git', 'gitlab'],
  ['ssh://git@gitlab.com/acme/shop', 'gitlab'],
  ['github.com', 'github'],
  ['https://github.com.evil.example/acme/shop', undefined],
  ['https://git.example.com/github.com/shop', undefined],
  ['https://constructor/a/b', undefined],
  ['', undefined],
])('%s is by %s', (address, provider) => {
  expect(providerOf(address)).toBe(provider)
})

it.each([
  ['', 'missing'],
  ['   ', 'missing'],
  ['https://github.com/acme/shop', undefined],
  [' https://gitlab.example.com/group/below/shop.git ', undefined],
  ['git@github.com:acme/shop.git', undefined],
  ['ssh://git@github.com/acme/shop', undefined],
  ['https://me:secret@github.com/acme/shop', 'secret'],
  ['https://github.com/acme/shop?token=secret', 'secret'],
  ['https://github.com/acme', 'shape'],
  ['acme/shop', 'shape'],
  ['file:///etc/passwd', 'shape'],
])('%s: %s', (address, problem) => {
  expect(addressProblem(address)).toBe(problem)
})
