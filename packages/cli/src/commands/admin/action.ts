import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { ImpactedResource } from '@plimsoll/applications'
import type { KubeObject } from '@plimsoll/kube'
import type { Command } from 'commander'
import { CommandFailure } from '../../exit-code.ts'
import { unifiedDiff } from '../../output/line-diff.ts'
import { note, print, printStructured, requireOutput, toYaml } from '../../output/print.ts'
import { table } from '../../output/table.ts'
import { collect, readPairs } from '../arguments.ts'
import { readConfigMap, readObject, readText } from './object-file.ts'

interface ActionOptions {
  lua?: string
  run?: string
  param?: string[]
  openLibs: boolean
  argocdCmPath?: string
  output: string
}

/** As `argocd admin settings resource-overrides list-actions` and `run-action`, with scripts of its own, too. */
export function addAction(admin: Command): void {
  admin
    .command('action <FILE>')
    .description('list what can be done with the first object in a file (- for standard input), or do it and print what comes out')
    .option('--lua <script>', 'a script that finds actions, with --run that of the action; also a folder or a YAML file with all of them')
    .option('--run <name>', 'the action')
    .option('--param <name=value>', 'a parameter of the action; can be repeated', collect)
    .option('--no-open-libs', 'without the libraries that a script has only by useOpenLibs')
    .option('--argocd-cm-path <file>', 'a ConfigMap argocd-cm with resource.customizations')
    .option('-o, --output <format>', 'yaml, json, diff', '')
    .action(async (file: string, options: ActionOptions) => {
      const { lua, run, param, openLibs, argocdCmPath, output } = options
      requireOutput(output, ['', 'yaml', 'json', 'diff'])
      const object = await readObject(file)
      // Only such commands wait for what knows the kinds.
      const { ActionError, tryAction } = await import('@plimsoll/applications')
      try {
        const tried = await tryAction(object, {
          ...(lua !== undefined && { lua: await scriptOf(lua, run) }),
          ...(argocdCmPath !== undefined && { settings: await readConfigMap(argocdCmPath) }),
          ...(run !== undefined && { run }),
          params: readPairs(param, 'param'),
          useOpenLibs: openLibs,
        })
        for (const line of tried.printed) note(line)
        if ('impacted' in tried) return printImpacted(object, tried.impacted, output)
        const rows = tried.actions.map(({ name, disabled }) => [name, String(disabled === true)])
        if (!printStructured(tried.actions, output)) print(table(['NAME', 'DISABLED'], rows))
      } catch (error) {
        if (error instanceof ActionError) throw new CommandFailure(error.message)
        throw error
      }
    })
}

/** A Lua file; of the folder `actions` in Argo CD's layout, and of a customization in YAML, the one that is wanted. */
async function scriptOf(path: string, run: string | undefined): Promise<string> {
  const isFolder = existsSync(path) && statSync(path).isDirectory()
  const folder = isFolder ? path : basename(path) === 'discovery.lua' ? dirname(path) : undefined
  if (folder !== undefined) {
    const own = run === undefined ? undefined : join(folder, basename(run), 'action.lua')
    if (own !== undefined && (isFolder || existsSync(own))) return readText(own)
    return readText(isFolder ? join(path, 'discovery.lua') : path)
  }
  if (!/\.ya?ml$/.test(path)) return readText(path)
  const { readActions } = await import('@plimsoll/applications')
  const { discovery, definitions } = readActions(await readText(path))
  if (run === undefined) return discovery
  const found = definitions.find(({ name }) => name === run)
  if (!found)
    throw new CommandFailure(`${path} defines no action ${run}.`, {
      remedy: `It has ${definitions.map(({ name }) => name).join(', ') || 'none'}.`,
    })
  return found.lua
}

/** The object as it would be then, and what would be made. */
function printImpacted(object: KubeObject, impacted: readonly ImpactedResource[], output: string): void {
  const [only] = impacted
  const isOne = impacted.length === 1 && only?.operation === 'patch'
  if (output === 'json') print(JSON.stringify(isOne ? only.resource : impacted, null, 2))
  else if (output === 'diff') {
    for (const { operation, resource } of impacted) {
      const before = operation === 'patch' ? toYaml(object) : ''
      const difference = unifiedDiff(before, toYaml(resource), { before: 'live', after: operation === 'patch' ? 'changed' : 'created' })
      print(difference === '' ? 'No fields would be changed.' : difference)
    }
  } else if (isOne) print(toYaml(only.resource).trimEnd())
  else for (const { operation, resource } of impacted) print(`---\n# ${operation}\n${toYaml(resource).trimEnd()}`)
}
