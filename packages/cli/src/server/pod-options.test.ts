import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readPodOptions } from './pod-options.ts'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-pod-options-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('where jobs run', () => {
  it('is in pods of a real cluster, and on the machine with the embedded one, unless that is said otherwise', () => {
    expect(readPodOptions({})).toEqual({ runOn: 'machine' })
    expect(readPodOptions({ kubeconfig: 'config' })).toEqual({ runOn: 'pods' })
    expect(readPodOptions({ kubeconfig: 'config', ciRunOn: 'machine' })).toEqual({ runOn: 'machine' })
  })

  it('is told in all that is about pods', () => {
    const ciPodTemplate = file('gpu.yaml', 'spec: {nodeSelector: {gpu: "yes"}}\n')

    const read = readPodOptions({ kubeconfig: 'config', ciImage: 'tools:1', ciNamespace: 'jobs', ciServerUrl: 'https://ci.example.com', ciPodTemplate }) // prettier-ignore

    expect(read).toEqual({
      runOn: 'pods',
      image: 'tools:1',
      namespace: 'jobs',
      serverUrl: 'https://ci.example.com',
      podTemplate: { spec: { nodeSelector: { gpu: 'yes' } } },
    })
  })

  it.each([
    ['pods of the embedded cluster', { ciRunOn: 'pods' as const }, 'The embedded cluster runs containers as processes'],
    ['what is about pods, on the machine', { ciImage: 'tools:1' }, '--ci-image is about jobs in pods'],
    ['no address', { kubeconfig: 'config', ciServerUrl: 'plimsoll' }, "--ci-server-url 'plimsoll' is no address"],
    ['a template that is not there', { kubeconfig: 'config', ciPodTemplate: join(folder, 'none.yaml') }, 'ENOENT'],
    ['a template that is no object', { kubeconfig: 'config', ciPodTemplate: file('list.yaml', '- a\n') }, 'it is no object'],
    ['a template that is no YAML', { kubeconfig: 'config', ciPodTemplate: file('bad.yaml', 'a: [\n') }, '--ci-pod-template'],
  ])('refuses %s', (_what, options, words) => {
    expect(() => readPodOptions(options)).toThrow(words)
  })
})
