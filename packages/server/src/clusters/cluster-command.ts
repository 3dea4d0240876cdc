import { tmpdir } from 'node:os'
import type { CredentialCommand } from '@plimsoll/applications'
import { maskCredentials, type ShortLivedCredential } from '@plimsoll/kube'
import { runProgram } from '@plimsoll/processes'

export interface ClusterCommandOptions {
  /** What the operator allows: the name that a cluster's `execProviderConfig.command` must have, and the program behind it. */
  commands: Readonly<Record<string, string>>
  /** Further variables that a cluster may set for it. */
  variables?: readonly string[]
}

/** Where a cloud's account is looked for and in which region: none of them makes a program run another one, or read a file. */
const harmless = new Set([
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_STS_REGIONAL_ENDPOINTS',
  'AAD_LOGIN_METHOD',
  'AAD_ENVIRONMENT_NAME',
  'AZURE_CLIENT_ID',
  'AZURE_TENANT_ID',
  'AZURE_SUBSCRIPTION_ID',
  'AZURE_ENVIRONMENT',
  'CLOUDSDK_CORE_PROJECT',
])
/** Of our own environment: how programs are found, and where a cloud's tools keep who they are. */
const handedOn =
  /^(PATH|HOME|LANG|TMPDIR|SSL_CERT_FILE|SSL_CERT_DIR|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|AWS_.*|AZURE_.*|GOOGLE_APPLICATION_CREDENTIALS|CLOUDSDK_CONFIG)$/
const limits = { timeoutMs: 30_000, outputBytes: 1024 * 1024, memoryBytes: 512 * 1024 * 1024 }
const apiVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']

/** Runs a credential command of a cluster (client.authentication.k8s.io, ExecCredential). Which programs there are the operator says, never a Secret. */
export function createClusterCommand(options: ClusterCommandOptions): CredentialCommand {
  return async ({ command = '', args, env, apiVersion, installHint }, server) => {
    const program = Object.hasOwn(options.commands, command) ? options.commands[command] : undefined
    if (program === undefined) {
      const allowed = Object.keys(options.commands)
      throw new Error(
        `command '${command.slice(0, 200)}' of execProviderConfig may not be run here (allowed: ${allowed.length > 0 ? allowed.join(', ') : 'none'}). ` +
          'The operator allows commands with `--cluster-command NAME=PATH`',
      )
    }
    if (apiVersion !== undefined && !apiVersions.includes(apiVersion))
      throw new Error(`execProviderConfig.apiVersion: '${apiVersion.slice(0, 80)}' is none of ${apiVersions.join(', ')}`)
    const refused = Object.keys(env ?? {}).find((name) => !harmless.has(name) && !options.variables?.includes(name))
    if (refused !== undefined) {
      throw new Error(
        `variable '${refused.slice(0, 80)}' of execProviderConfig may not be set here. The operator allows variables with \`--cluster-command-env NAME\``,
      )
    }
    const info = {
      apiVersion: apiVersion ?? apiVersions[0],
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server } },
    }
    const ended = await runProgram({
      command: [program, ...(args ?? [])],
      folder: tmpdir(),
      environment: { ...ownEnvironment(), ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      ...limits,
    })
    if (ended.end === 'not-started')
      throw new Error(`credential command '${command}' is not there${installHint ? `: ${installHint.slice(0, 500)}` : ''}`)
    if (ended.end !== 'exited' || ended.exitCode !== 0) {
      const said = maskCredentials(ended.stderr.trim().slice(-500))
      throw new Error(`credential command '${command}' ended with ${ended.end} ${ended.exitCode ?? ''}${said === '' ? '' : `: ${said}`}`)
    }
    return credentialFrom(command, ended.stdout.toString('utf8'))
  }
}

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => handedOn.test(entry[0]) && entry[1] !== undefined),
  )
}

/** What it has printed is a secret: no word of it is in an error. */
function credentialFrom(command: string, text: string): ShortLivedCredential {
  let printed: unknown
  try {
    printed = JSON.parse(text)
  } catch {
    throw new Error(`credential command '${command}' has printed something that is no JSON`)
  }
  const { kind, status } = isRecord(printed) ? printed : {}
  if (kind !== 'ExecCredential' || !isRecord(status))
    throw new Error(`credential command '${command}' has printed no ExecCredential with a status`)
  const textOf = (field: string): string | undefined => (typeof status[field] === 'string' ? status[field] : undefined)
  const [token, cert, key] = [textOf('token'), textOf('clientCertificateData'), textOf('clientKeyData')]
  if (!token && !(cert && key))
    throw new Error(`credential command '${command}' has printed neither a token nor a certificate with its key`)
  const expiresAt = Date.parse(textOf('expirationTimestamp') ?? '')
  return {
    ...(token && { token }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(!Number.isNaN(expiresAt) && { expiresAt }),
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
