import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { parse } from 'yaml'
import { readField, writeField } from './version-field.ts'

const sha = (letter: string): string => `sha256:${letter.repeat(64)}`

const kustomization = `# The staging of fraud
resources:
  - ../base
images:
  - name: fraud-server   # built by CI
    newName: registry.example.org/team/fraud
    newTag: "1.4.0" # moved by CI
  - { name: sidecar, newTag: v1 }
configMapGenerator:
  - name: model
    literals:
      - MODEL_DIGEST=${sha('a')}
      - 'THRESHOLD=0.5'
`

describe('setting which version runs', () => {
  it('moves the tag of a kustomization and nothing else', () => {
    const field = { file: 'kustomization.yaml', image: 'fraud-server' }

    const written = writeField(kustomization, field, 'registry.example.org/team/fraud:1.5.0')

    expect(written).toBe(kustomization.replace('"1.4.0" # moved', '"1.5.0" # moved'))
    expect(readField(written, field)).toBe('registry.example.org/team/fraud:1.5.0')
  })

  it('puts a digest in place of a tag, and takes the old tag away', () => {
    const field = { file: 'kustomization.yaml', image: 'sidecar' }

    const written = writeField(kustomization, field, `@${sha('b')}`)

    expect(written).toBe(kustomization.replace('newTag: v1 }', `digest: ${sha('b')} }`))
  })

  it('adds a digest to an entry of several lines, at its indentation', () => {
    const field = { file: 'kustomization.yaml', image: 'fraud-server' }

    const written = writeField(kustomization, field, `registry.example.org/team/fraud:1.5.0@${sha('c')}`)

    expect(written).toContain(`    newTag: "1.5.0" # moved by CI\n    digest: ${sha('c')}\n  - {`)
    expect(writeField(written, field, 'registry.example.org/team/fraud:1.4.0')).toBe(kustomization)
  })

  it('sets the literal of a generated config map', () => {
    const field = { file: 'kustomization.yaml', configMap: { name: 'model', key: 'MODEL_DIGEST' } }

    expect(writeField(kustomization, field, sha('d'))).toBe(kustomization.replace(sha('a'), sha('d')))
    expect(readField(kustomization, { file: 'kustomization.yaml', configMap: { name: 'model', key: 'THRESHOLD' } })).toBe('0.5')
  })

  it('sets the image of the containers that use it, in every document', () => {
    const manifests = [
      'kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: "example.org:5000/app:1.0" # here\n        - name: other\n          image: other:1.0',
      'kind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: job, image: example.org:5000/app:0.9}]}}}}}',
    ].join('\r\n---\r\n')

    const written = writeField(manifests, { file: 'all.yaml', image: 'example.org:5000/app' }, ':1.1')

    expect(written).toBe(manifests.replace('app:1.0', 'app:1.1').replace('app:0.9', 'app:1.1'))
  })

  it('sets values of Helm by their path, and quotes what would read as a number', () => {
    const values = 'image:\n  repository: app\n  tag: abc1234\nmodel: {digest: ""}\n'

    const written = writeField(values, { file: 'values.yaml', path: 'image.tag' }, '1234567')

    expect(written).toBe(values.replace('abc1234', '"1234567"'))
    expect(parse(written)).toMatchObject({ image: { tag: '1234567' } })
  })

  it('sets a value of JSON in its own quotes', () => {
    const json = '{\n\t"model": {"digest": "none", "x": [1, 2]}\n}'

    expect(writeField(json, { file: 'model.json', path: 'model.digest' }, sha('e'))).toBe(json.replace('none', sha('e')))
  })

  it('refuses a place that is not there, and names those that are', () => {
    expect(() => writeField(kustomization, { file: 'kustomization.yaml', image: 'front' }, ':1')).toThrow(/images: fraud-server, sidecar/)
  })

  it('refuses an alias, an anchor that others use, and a text of several lines', () => {
    const text = 'a: &v one\nb: *v\nc: |\n  long\n'

    expect(() => writeField(text, { file: 'v.yaml', path: 'a' }, 'x')).toThrow(/v\.yaml:1: .*anchor '&v'/)
    expect(() => writeField(text, { file: 'v.yaml', path: 'b' }, 'x')).toThrow(/alias/)
    expect(() => writeField(text, { file: 'v.yaml', path: 'c' }, 'x')).toThrow(/several lines/)
  })

  it('refuses what could break out of its line', () => {
    expect(() => writeField('a: b\n', { file: 'v.yaml', path: 'a' }, 'x\nroot: true')).toThrow(/line breaks/)
  })

  it('changes the scalar and not one byte besides, in any file', () => {
    const key = fc.constantFrom('tag', 'constructor', '__proto__', 'a b', 'ü')
    const style = fc.constantFrom('plain', 'single', 'double')
    const line = fc.record({
      key,
      style,
      value: fc.constantFrom('v1', '1.10', 'true', 'x y', ''),
      comment: fc.boolean(),
      indent: fc.constantFrom(1, 2, 4),
    })
    fc.assert(
      fc.property(
        fc.uniqueArray(line, { selector: (one) => one.key, minLength: 1, maxLength: 5 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.constantFrom('v2', '1.20', 'yes', "it's", 'a: b', '#x', 'sha256:aa', '"', '\\', '- x', '{}'),
        fc.nat(),
        (lines, eol, hasEnd, value, pick) => {
          const chosen = lines[pick % lines.length]
          if (chosen === undefined) return
          const print = (one: (typeof lines)[number]): string => {
            const quoted = one.style === 'single' ? `'${one.value}'` : one.style === 'double' ? `"${one.value}"` : one.value
            return `${' '.repeat(chosen.indent)}"${one.key}": ${quoted}${one.comment ? ' # why' : ''}`
          }
          const text = `# head${eol}root:${eol}${lines.map(print).join(eol)}${hasEnd ? eol : ''}`
          const path = `root["${chosen.key}"]`

          const written = writeField(text, { file: 'v.yaml', path }, value)

          expect(readField(written, { file: 'v.yaml', path })).toBe(value)
          const before = text.split(eol)
          const after = written.split(eol)
          expect(after.length).toBe(before.length)
          const changed = before.filter((one, at) => one !== after[at])
          expect(changed.length).toBeLessThanOrEqual(1)
          for (const one of lines) if (one !== chosen) expect(after).toContain(print(one))
          if (chosen.comment) expect(after.find((one) => one.includes(`"${chosen.key}":`))).toMatch(/ # why$/)
          if (chosen.value !== '' && chosen.value !== 'true' && chosen.value !== '1.10')
            expect(writeField(written, { file: 'v.yaml', path }, chosen.value).replaceAll(/["']/g, '')).toBe(text.replaceAll(/["']/g, ''))
        },
      ),
      { numRuns: 400 },
    )
  })
})
