import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type HeldObject, ObjectStore } from './object-store.ts'

test('an object is held once, and its bytes count until nobody holds it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 3 })), { maxLength: 40 }), (steps) => {
      const store = new ObjectStore()
      const holding: HeldObject[] = []
      for (const [takes, index] of steps) {
        if (takes) holding.push(store.hold(JSON.stringify({ index }), (json) => JSON.parse(json) as Record<string, unknown>))
        else store.release(holding.splice(index, 1))
      }
      const distinct = new Set(holding)
      expect(new Set([...distinct].map(({ json }) => json)).size).toBe(distinct.size)
      expect(store.bytes).toBe([...distinct].reduce((sum, { bytes }) => sum + bytes, 0))
    }),
  )
})
