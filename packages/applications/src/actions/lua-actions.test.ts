import type { KubeObject } from '@plimsoll/kube'
import { describe, expect, it } from 'vitest'
import { discoverByLua, readActionScripts, runByLua } from './lua-actions.ts'

const options = { useOpenLibs: false }
const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'a', labels: {} },
  spec: { replicas: 1, strategy: {}, args: [], volumes: [{ emptyDir: {} }] },
}

describe('actions in Lua are found', () => {
  it('by name, with what a button needs', () => {
    const script = `
      local actions = {}
      actions["wake"] = { ["disabled"] = obj.spec.replicas > 0, ["displayName"] = "Wake up", ["iconClass"] = "fa fa-sun" }
      actions["scale"] = { ["params"] = { { ["name"] = "replicas", ["default"] = "2" } } }
      actions["plain"] = {}
      return actions`

    expect(discoverByLua(script, deployment, options)).toEqual([
      { name: 'plain' },
      { name: 'scale', params: [{ name: 'replicas', default: '2' }] },
      { name: 'wake', disabled: true, displayName: 'Wake up', iconClass: 'fa fa-sun' },
    ])
  })

  it('to be none where the table is empty', () => {
    expect(discoverByLua('return {}', deployment, options)).toEqual([])
  })

  it.each([
    ['return { "restart" }', /returns a list/],
    ['return nil', /expect table output from Lua script, not nil/],
    ['return 5', /not number/],
    ['actions = {', /at EOF/],
  ])('not by %s', (script, message) => {
    expect(() => discoverByLua(script, deployment, options)).toThrow(message)
  })
})

describe('an action in Lua', () => {
  it('changes its object, and leaves what was empty as it was', () => {
    const [made] = runByLua('obj.spec.replicas = tonumber(actionParams["replicas"]) return obj', deployment, { replicas: '3' }, options)

    expect(made).toEqual({
      operation: 'patch',
      resource: { ...deployment, spec: { replicas: 3, strategy: {}, args: [], volumes: [{ emptyDir: {} }] } },
    })
  })

  it('may make other objects', () => {
    const script = `
      local cm = { apiVersion = "v1", kind = "ConfigMap", metadata = { name = obj.metadata.name .. "-copy" }, data = { a = "b" } }
      obj.spec.replicas = 0
      return { { operation = "create", resource = cm }, { operation = "patch", resource = obj } }`

    const made = runByLua(script, deployment, {}, options)

    expect(made.map(({ operation, resource }) => `${operation} ${resource.kind} ${resource.metadata.name}`)).toEqual([
      'create ConfigMap web-copy',
      'patch Deployment web',
    ])
    expect(made[1]?.resource.spec).toMatchObject({ replicas: 0, strategy: {} })
  })

  it.each([
    ['error("invalid number: " .. actionParams["replicas"], 0)', 'invalid number: x'],
    ['return nil', 'expect table output from Lua script, not nil'],
    ['return { { operation = "delete", resource = obj } }', 'unsupported operation: "delete"'],
    ['return { { resource = obj } }', 'unsupported operation: null'],
    ['return { kind = "x" }', 'no object'],
    ['return { { operation = "create", resource = "x" } }', 'no object'],
    ['while true do end', 'did not end within'],
  ])('that does %s is refused', (script, message) => {
    expect(() => runByLua(script, deployment, { replicas: 'x' }, { ...options, limits: { steps: 10_000, bytes: 1_000_000 } })).toThrow(
      message,
    )
  })

  it('keeps odd names for what they are', () => {
    const odd = JSON.parse(
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"__proto__":"x","constructor":"y"}}',
    ) as KubeObject

    expect(JSON.stringify(runByLua('obj.data.toString = "z" return obj', odd, {}, options)[0]?.resource.data)).toBe(
      '{"__proto__":"x","constructor":"y","toString":"z"}',
    )
  })
})

describe('what is set up for a kind', () => {
  it('is read from its YAML', () => {
    const text = `
discovery.lua: |
  return {}
mergeBuiltinActions: true
definitions:
  - name: wake
    action.lua: return obj
`
    expect(readActionScripts(text)).toEqual({
      discovery: 'return {}\n',
      mergeBuiltIn: true,
      definitions: [{ name: 'wake', lua: 'return obj' }],
    })
  })

  it.each([
    ['- a', 'not a mapping'],
    ['{{', 'not YAML'],
    ['discovery.lua: 5', 'discovery.lua is not a text'],
    ['definitions: {}', 'definitions is not a list'],
    ['definitions: [{ name: a }]', 'definitions[0]: it is not { name, action.lua }'],
  ])('or refused: %s', (text, message) => {
    expect(() => readActionScripts(text)).toThrow(message)
  })
})
