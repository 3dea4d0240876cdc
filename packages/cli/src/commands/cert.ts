import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { RepositoryCertificate } from '@plimsoll/api'
import type { Command } from 'commander'
import { usageFailure } from '../exit-code.ts'
import { print, printStructured, requireOutput } from '../output/print.ts'
import { table } from '../output/table.ts'
import { addSwitch } from './arguments.ts'
import { withClient } from './with-client.ts'

const path = '/api/v1/certificates'

/** `plimsoll cert …`: by what hosts of repositories are known, with verbs and flags as `argocd cert` has them. */
export function addCertificateCommands(program: Command): void {
  const cert = program.command('cert').description('host keys and certificates by which hosts of repositories are known')
  for (const add of [addSsh, addTls, addList, addRemove]) add(cert)
}

interface AddOptions {
  from?: string
  upsert?: boolean
}

function addSsh(cert: Command): void {
  const command = cert
    .command('add-ssh')
    .description("let SSH hosts be known by their keys: lines as ssh-keyscan prints them. Check them against the host's own word first")
    .option('--from <file>', 'file with them (default: standard input)')
  addSwitch(command, '--batch', 'as argocd wants it said')
  addSwitch(command, '--upsert', 'replace a key that is another one')
  command.action(async ({ from, upsert }: AddOptions) => {
    const lines = (await read(from)).split('\n').map((line) => line.trim())
    const items = lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .flatMap((line) => {
        const [hosts = '', certSubType, key] = line.split(/\s+/)
        if (certSubType === undefined || key === undefined || /^[@|]/.test(hosts)) {
          throw usageFailure(
            `'${line.slice(0, 80)}' is no host key.`,
            'Pass lines of the form HOST KIND KEY; names that are hashed cannot be read.',
          )
        }
        const certData = Buffer.from(key).toString('base64')
        return hosts.split(',').map((serverName) => ({ serverName, certType: 'ssh', certSubType, certData }))
      })
    if (items.length === 0) throw usageFailure('There is no host key.', 'Pass one: ssh-keyscan HOST | plimsoll cert add-ssh --batch')
    await withClient(command, async (client) => {
      const made = await client.send<{ items: RepositoryCertificate[] }>('POST', path, { query: { upsert }, body: { items } })
      print(`Successfully created ${made.items.length} SSH known host entries`)
    })
  })
}

function addTls(cert: Command): void {
  const command = cert
    .command('add-tls <SERVERNAME>')
    .description('let an HTTPS host be known by its certificate, or by whoever signs for it (PEM)')
    .option('--from <file>', 'file with it (default: standard input)')
  addSwitch(command, '--upsert', 'replace one that is there')
  command.action(async (serverName: string, { from, upsert }: AddOptions) => {
    const certData = Buffer.from(await read(from)).toString('base64')
    const items = [{ serverName, certType: 'https', certData }]
    await withClient(command, async (client) => {
      const made = await client.send<{ items: RepositoryCertificate[] }>('POST', path, { query: { upsert }, body: { items } })
      print(`Created entry with ${made.items.length} PEM certificates for repository server ${serverName}`)
    })
  })
}

interface FilterOptions {
  certType?: string
  certSubType?: string
  hostnamePattern?: string
  sort?: string
  output: string
}

function addList(cert: Command): void {
  const command = cert
    .command('list')
    .description('list host keys and certificates')
    .option('--cert-type <type>', 'ssh or https')
    .option('--hostname-pattern <pattern>', 'of these hosts, with * and ?')
    .option('--sort <by>', 'hostname or type')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async ({ certType, hostnamePattern, sort, output }: FilterOptions) => {
    requireOutput(output, ['wide', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const { items } = await client.get<{ items: RepositoryCertificate[] }>(path, { certType, hostNamePattern: hostnamePattern })
      const by = (one: RepositoryCertificate): string => (sort === 'hostname' ? one.serverName : sort === 'type' ? one.certType : '')
      const sorted = items.toSorted((a, b) => by(a).localeCompare(by(b)))
      if (printStructured(sorted, output)) return
      print(
        table(
          ['HOSTNAME', 'TYPE', 'SUBTYPE', 'INFO'],
          sorted.map((one) => [one.serverName, one.certType, one.certSubType, one.certInfo]),
        ),
      )
    })
  })
}

function addRemove(cert: Command): void {
  const command = cert
    .command('rm <REPOSERVER>')
    .description('forget host keys and certificates of a host, or of all that a pattern names')
    .option('--cert-type <type>', 'ssh or https alone')
    .option('--cert-sub-type <type>', 'of host keys: this kind alone')
  addSwitch(command, '-y, --yes', 'kept for scripts written for argocd: nothing is asked')
  command.action(async (hostNamePattern: string, { certType, certSubType }: FilterOptions) => {
    await withClient(command, async (client) => {
      const { items } = await client.send<{ items: RepositoryCertificate[] }>('DELETE', path, {
        query: { hostNamePattern, certType, certSubType },
      })
      if (items.length === 0) print('No certificates were removed (none matched the given pattern)')
      for (const one of items) print(`Removed cert for '${one.serverName}' of type '${one.certType}' (subtype '${one.certSubType}')`)
    })
  })
}

async function read(from: string | undefined): Promise<string> {
  if (from === undefined) return text(process.stdin)
  try {
    return await readFile(from, 'utf8')
  } catch (error) {
    throw usageFailure(`${from} cannot be read: ${(error as { code?: string }).code ?? String(error)}.`)
  }
}
