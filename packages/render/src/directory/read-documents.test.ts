import { describe, expect, it } from 'vitest'
import { readDocuments } from './read-documents.ts'

describe('a file of somebody at the command line', () => {
  it('has documents of YAML and JSON, as kubectl reads them', () => {
    expect(readDocuments('a: yes\nb: "yes"\n---\n{"c": 1.0}\n---\n')).toEqual([{ a: true, b: 'yes' }, { c: 1 }, null])
  })

  it('may have a key twice, of which the last counts', () => {
    expect(readDocuments('a: 1\na: 2\n')).toEqual([{ a: 2 }])
  })

  it('has floats where an integer has too many digits', () => {
    expect(readDocuments('a: 9223372036854775807\n')).toEqual([{ a: 2 ** 63 }])
  })

  it('has names that are those of every object as its own', () => {
    const [object] = readDocuments('__proto__: { polluted: x }\nconstructor: y\n') as [object]

    expect(Object.keys(object)).toEqual(['__proto__', 'constructor'])
    expect(({} as { polluted?: string }).polluted).toBeUndefined()
  })

  it('is refused when it is no YAML', () => {
    expect(() => readDocuments('a: [')).toThrow()
  })
})
