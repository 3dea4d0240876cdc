import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { usageFailure } from '../../exit-code.ts'
import { addSwitch, readCount } from '../arguments.ts'
import { askPassword, readPassword } from '../password.ts'

/** What lets us into a repository, or into all whose addresses begin alike: argocd's flags, and the password from standard input. */
export interface CredentialOptions {
  type: string
  username?: string
  password?: string
  passwordStdin?: boolean
  bearerToken?: string
  sshPrivateKeyPath?: string
  tlsClientCertPath?: string
  tlsClientCertKeyPath?: string
  githubAppId?: number
  githubAppInstallationId?: number
  githubAppPrivateKeyPath?: string
  githubAppEnterpriseBaseUrl?: string
  enableOci?: boolean
  insecureOciForceHttp?: boolean
  forceHttpBasicAuth?: boolean
  upsert?: boolean
}

export function addCredentialOptions(command: Command): Command {
  command
    .addOption(new Option('--type <type>', 'what it is').choices(['git', 'helm', 'oci']).default('git'))
    .option('--username <name>', 'user name')
    .option('--password <password>', 'password, or token; asked for where only a user name is given')
    .option('--password-stdin', 'read it from standard input')
    .option('--bearer-token <token>', 'token in the place of user name and password')
    .option('--ssh-private-key-path <file>', 'private key, without a passphrase')
    .option('--tls-client-cert-path <file>', "client's certificate (PEM)")
    .option('--tls-client-cert-key-path <file>', 'its key (PEM)')
    .option('--github-app-id <id>', 'of a GitHub App', readCount)
    .option('--github-app-installation-id <id>', 'of its installation (default: found out)', readCount)
    .option('--github-app-private-key-path <file>', 'key of a GitHub App (PEM)')
    .option('--github-app-enterprise-base-url <url>', 'API of GitHub Enterprise: https://HOST/api/v3')
  addSwitch(command, '--enable-oci', 'charts are in an OCI registry')
  addSwitch(command, '--insecure-oci-force-http', 'a registry is asked without TLS')
  addSwitch(command, '--force-http-basic-auth', 'kept for scripts written for argocd: user name and password are always sent at once')
  addSwitch(command, '--upsert', 'change what is kept already')
  return command
}

/** Fields as the API takes them. Files are read here: a path means something on this machine alone. */
export async function readCredentials(options: CredentialOptions): Promise<Record<string, unknown>> {
  if (options.password !== undefined && options.passwordStdin) throw usageFailure('--password and --password-stdin are one too many.')
  const isAsked = options.username !== undefined && options.password === undefined && process.stdin.isTTY
  const password = options.passwordStdin ? await readPassword() : isAsked ? await askPassword() : options.password
  return {
    type: options.type,
    username: options.username,
    password,
    bearerToken: options.bearerToken,
    sshPrivateKey: await fileAt(options.sshPrivateKeyPath),
    tlsClientCertData: await fileAt(options.tlsClientCertPath),
    tlsClientCertKey: await fileAt(options.tlsClientCertKeyPath),
    githubAppID: options.githubAppId,
    githubAppInstallationID: options.githubAppInstallationId,
    githubAppPrivateKey: await fileAt(options.githubAppPrivateKeyPath),
    githubAppEnterpriseBaseUrl: options.githubAppEnterpriseBaseUrl,
    enableOCI: options.enableOci,
    insecureOCIForceHttp: options.insecureOciForceHttp,
    forceHttpBasicAuth: options.forceHttpBasicAuth,
  }
}

async function fileAt(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw usageFailure(`${path} cannot be read: ${(error as { code?: string }).code ?? String(error)}.`)
  }
}
