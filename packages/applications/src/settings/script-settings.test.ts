import { describe, expect, it } from 'vitest'
import { readScriptSettings } from './script-settings.ts'

describe('the scripts in argocd-cm', () => {
  it('are found by group and kind', () => {
    const read = readScriptSettings({
      'resource.customizations.health.cert-manager.io_Certificate': 'return { status = "Healthy" }',
      'resource.customizations.useOpenLibs.cert-manager.io_Certificate': 'true',
      'resource.customizations.health.ConfigMap': 'return nil',
      'resource.customizations.actions.batch_CronJob': 'discovery.lua: return {}',
      'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers: [/spec]',
    })

    expect(read.overridesFor('cert-manager.io', 'Certificate')).toEqual([
      { key: 'cert-manager.io/Certificate', healthLua: 'return { status = "Healthy" }', useOpenLibs: true },
    ])
    expect(read.overridesFor('', 'ConfigMap')).toEqual([{ key: 'ConfigMap', healthLua: 'return nil' }])
    expect(read.overridesFor('batch', 'CronJob')).toEqual([{ key: 'batch/CronJob', actions: 'discovery.lua: return {}' }])
    expect(read.overridesFor('apps', 'Deployment')).toEqual([])
    expect(read.overridesFor('', 'Certificate')).toEqual([])
    expect(read.overridesFor('constructor', '__proto__')).toEqual([])
    expect(read.problems).toEqual([])
    expect(read.isEmpty).toBe(false)
    expect(readScriptSettings({ 'resource.customizations': '' }).isEmpty).toBe(true)
  })

  it('may stand in one block, with wildcards; what is closer to the kind comes first', () => {
    const read = readScriptSettings({
      'resource.customizations': `
"*.aws.crossplane.io/*":
  health.lua: return 1
  health.lua.useOpenLibs: true
"*/*":
  health.lua: return 3
apps/Deployment:
  ignoreDifferences: |
    jsonPointers: [/spec]
ec2.aws.crossplane.io/VPC:
  health.lua: return 2
  actions: { discovery.lua: 'return {}' }
`,
    })

    expect(read.overridesFor('ec2.aws.crossplane.io', 'VPC').map(({ key }) => key)).toEqual([
      'ec2.aws.crossplane.io/VPC',
      '*.aws.crossplane.io/*',
      '*/*',
    ])
    expect(read.overridesFor('ec2.aws.crossplane.io', 'VPC')[0]?.actions).toBe('discovery.lua: return {}\n')
    expect(read.overridesFor('s3.aws.crossplane.io', 'Bucket')[0]).toEqual({
      key: '*.aws.crossplane.io/*',
      healthLua: 'return 1',
      useOpenLibs: true,
    })
    expect(read.overridesFor('apps', 'Deployment').map(({ key }) => key)).toEqual(['*/*'])
    // As under Argo CD, a kind without a group has no slash for the pattern to find.
    expect(read.overridesFor('', 'ConfigMap')).toEqual([])
  })

  it('tell CEL by its list, so that a group of that name keeps its script', () => {
    const read = readScriptSettings({
      'resource.customizations.health.cel.example.com_Model': '- { status: Healthy, when: "true" }',
      'resource.customizations.health.cel.ConfigMap': '# our own\n- { status: Healthy, when: "true" }',
      'resource.customizations.health.cel.dev_Check': 'return {}',
    })

    expect(read.overridesFor('example.com', 'Model')[0]?.healthCel).toContain('Healthy')
    expect(read.overridesFor('', 'ConfigMap')[0]?.healthCel).toContain('Healthy')
    expect(read.overridesFor('cel.dev', 'Check')[0]?.healthLua).toBe('return {}')
  })

  it('that cannot be read are named, and cost nothing else', () => {
    const read = readScriptSettings({
      'resource.customizations': '{{',
      'resource.customizations.useOpenLibs.apps_Deployment': 'perhaps',
      'resource.customizations.health.a_b_c': 'return {}',
      'resource.customizations.helth.apps_Deployment': 'return {}',
      'resource.customizations.health.apps_DaemonSet': 'return {}',
    })

    expect(read.overridesFor('apps', 'DaemonSet')[0]?.healthLua).toBe('return {}')
    expect(read.overridesFor('apps', 'Deployment')).toEqual([])
    expect(read.problems).toHaveLength(4)
    expect(read.problems.join('\n')).toContain('useOpenLibs.apps_Deployment: "perhaps" is neither true nor false')
  })
})
