import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { CommandFailure } from '../exit-code.ts'
import { field, table } from '../output/table.ts'
import { print, printStructured, requireOutput } from '../output/print.ts'
import { withClient } from './with-client.ts'

interface GpgKey {
  keyID: string
  fingerprint: string
  owner: string
  subType: string
  keyData: string
}

const path = '/api/v1/gpgkeys'

/** `plimsoll gpg …`: verbs, flags and columns as `argocd gpg` has them. */
export function addGpgCommands(program: Command): void {
  const gpg = program.command('gpg').description('public keys that commits and tags are signed with')
  addList(gpg)
  addGet(gpg)
  addAdd(gpg)
  addRemove(gpg)
}

function addList(gpg: Command): void {
  const command = gpg.command('list').alias('ls').description('list keys').option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async ({ output }: { output: string }) => {
    requireOutput(output, ['wide', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const { items } = await client.get<{ items: GpgKey[] }>(path)
      if (printStructured(items, output)) return
      print(
        table(
          ['KEYID', 'TYPE', 'IDENTITY'],
          items.map(({ keyID, subType, owner }) => [keyID, subType.toUpperCase(), owner]),
        ),
      )
    })
  })
}

function addGet(gpg: Command): void {
  const command = gpg.command('get <KEYID>').description('show a key').option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (keyID: string, { output }: { output: string }) => {
    requireOutput(output, ['wide', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const key = await client.get<GpgKey>(`${path}/${encodeURIComponent(keyID)}`)
      if (printStructured(key, output)) return
      print(field('Key ID:', key.keyID))
      print(field('Key fingerprint:', key.fingerprint))
      print(field('Key subtype:', key.subType.toUpperCase()))
      print(field('Key owner:', key.owner))
      print(`Key data follows until EOF:\n${key.keyData.trimEnd()}`)
    })
  })
}

function addAdd(gpg: Command): void {
  const command = gpg
    .command('add')
    .description('make the public keys of a file known')
    .requiredOption('-f, --from <file>', 'armored public keys (`gpg --armor --export`)')
    .option('--upsert', 'put them in place of those that are known')
  command.action(async ({ from, upsert }: { from: string; upsert?: boolean }) => {
    const keyData = await readFile(from, 'utf8').catch((error: unknown) => {
      throw new CommandFailure(`${from} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    })
    await withClient(command, async (client) => {
      const { created, skipped } = await client.send<{ created: { items: GpgKey[] }; skipped: string[] }>('POST', path, {
        query: { upsert },
        body: { keyData },
      })
      const more = skipped.length > 0 ? `, and ${skipped.length} key(s) were skipped because they exist already` : ''
      print(`Created ${created.items.length} key(s) from input file${more}.`)
    })
  })
}

function addRemove(gpg: Command): void {
  const command = gpg.command('rm <KEYID>').description('forget a key: what it has signed is synced no more')
  command.action(async (keyID: string) => {
    await withClient(command, async (client) => {
      await client.send('DELETE', path, { query: { keyID } })
      print(`Deleted key with key ID ${keyID}`)
    })
  })
}
