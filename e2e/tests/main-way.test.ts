import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findKubectl, kubectlMissing } from '../harness/kubectl.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, mustRun, run } from '../harness/run.ts'

const kubectl = findKubectl('1.33')
const configMap = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  value: "${value}"\n`

describe('a push becomes a ConfigMap', () => {
  let plimsoll: Plimsoll
  beforeAll(async () => {
    plimsoll = await startPlimsoll()
  })
  afterAll(() => plimsoll?.stop())

  async function liveValue(): Promise<string | undefined> {
    const result = await run(kubectl ?? '', [
      '--kubeconfig',
      plimsoll.kubeconfig,
      '-n',
      'way',
      'get',
      'configmap',
      'settings',
      '-o',
      'jsonpath={.data.value}',
    ])
    return result.code === 0 ? result.stdout : undefined
  }

  it.skipIf(!kubectl)(
    `that kubectl sees, follows the next push, and is repaired when somebody edits it (needs kubectl: ${kubectlMissing})`,
    async () => {
      await plimsoll.push('way', { 'settings.yaml': configMap('one') })
      await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'way'))
      await untilSynced(plimsoll, 'way')
      expect(await liveValue()).toBe('one')

      const second = await plimsoll.push('way', { 'settings.yaml': configMap('two') })
      await untilSynced(plimsoll, 'way', { revision: second })
      expect(await liveValue()).toBe('two')

      await mustRun(kubectl ?? '', [
        '--kubeconfig',
        plimsoll.kubeconfig,
        '-n',
        'way',
        'patch',
        'configmap',
        'settings',
        '--type=merge',
        '-p',
        '{"data":{"value":"edited"}}',
      ])
      await eventually('the edit is undone', async () => (await liveValue()) === 'two')
    },
  )

  it.skipIf(!kubectl)('that survives a server which is killed and started again', async () => {
    await plimsoll.kill()
    expect(await liveValue()).toBe('two')
    await plimsoll.restart()

    const third = await plimsoll.push('way', { 'settings.yaml': configMap('three') })

    await untilSynced(plimsoll, 'way', { revision: third })
    expect(await liveValue()).toBe('three')
  })

  it('that goes when Git drops it', async () => {
    const fourth = await plimsoll.push('way', { 'settings.yaml': null, 'other.yaml': configMap('x').replace('settings', 'other') })

    await untilSynced(plimsoll, 'way', { revision: fourth })

    const tree = await plimsoll.api<{ nodes: { kind: string; name: string }[] }>('GET', '/api/v1/applications/way/resource-tree')
    expect(tree.nodes.map((node) => `${node.kind}/${node.name}`)).toEqual(['ConfigMap/other'])
  })
})
