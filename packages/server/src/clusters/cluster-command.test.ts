import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { createClusterCommand } from './cluster-command.ts'

const server = 'https://far.example'
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-command-'))
})

function program(script: string): string {
  const file = join(folder, 'get-token')
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
  return file
}

const printed = (status: object): string =>
  `echo '${JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })}'`

describe('a command for the credentials of a cluster', () => {
  it('that the operator has allowed is run, with arguments, harmless variables and the cluster that it is for', async () => {
    const seen = join(folder, 'seen')
    const script = `echo "$@ $AWS_REGION $KUBERNETES_EXEC_INFO" > ${seen}; ${printed({ token: 't', expirationTimestamp: '2030-01-01T00:00:00Z' })}`
    const run = createClusterCommand({ commands: { 'get-token': program(script) } })

    const credential = await run({ command: 'get-token', args: ['aws', '; touch x'], env: { AWS_REGION: 'eu' } }, server)

    expect(credential).toEqual({ token: 't', expiresAt: Date.parse('2030-01-01T00:00:00Z') })
    expect(readFileSync(seen, 'utf8')).toMatch(/^aws ; touch x eu \{.*"cluster":\{"server":"https:\/\/far\.example"\}/)
  })

  it.each(['sh', '/bin/sh', '../get-token', 'constructor', ''])('%j that nobody has allowed is not run', async (command) => {
    const run = createClusterCommand({ commands: { 'get-token': program('exit 0') } })

    await expect(run({ command }, server)).rejects.toThrow(/may not be run here \(allowed: get-token\)/)
  })

  it.each(['PATH', 'LD_PRELOAD', 'NODE_OPTIONS', 'AWS_CONFIG_FILE', 'HOME'])('does not get %s from who names it', async (name) => {
    const run = createClusterCommand({ commands: { 'get-token': program('exit 0') } })

    await expect(run({ command: 'get-token', env: { [name]: 'x' } }, server)).rejects.toThrow(
      `variable '${name}' of execProviderConfig may not be set`,
    )
  })

  it.each([
    ['echo hello canary', 'has printed something that is no JSON'],
    ['echo {}', 'has printed no ExecCredential'],
    [printed({}), 'neither a token nor a certificate'],
    ['echo no account >&2; exit 3', 'ended with exited 3: no account'],
  ])('that does %s is told so, without what it has printed', async (script, message) => {
    const run = createClusterCommand({ commands: { 'get-token': program(script) } })

    const asked = run({ command: 'get-token' }, server)

    await expect(asked).rejects.toThrow(message)
    await expect(asked).rejects.not.toThrow(/canary/)
  })

  it('that is not there is told with the hint of the cluster', async () => {
    const run = createClusterCommand({ commands: { 'get-token': join(folder, 'none') } })

    await expect(run({ command: 'get-token', installHint: 'Install it.' }, server)).rejects.toThrow(/is not there: Install it\./)
  })
})
