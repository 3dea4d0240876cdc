import type { Command } from 'commander'
import { CommandFailure } from '../../exit-code.ts'
import { note, print, printStructured, requireOutput } from '../../output/print.ts'
import { readConfigMap, readObject, readText } from './object-file.ts'

interface HealthOptions {
  lua?: string
  openLibs: boolean
  argocdCmPath?: string
  output: string
}

/** As `argocd admin settings resource-overrides health`, with a script of its own, too. */
export function addHealth(admin: Command): void {
  admin
    .command('health <FILE>')
    .description('assess the health of the first object in a file (- for standard input)')
    .option('--lua <script>', 'by this check in Lua, in the place of everything else')
    .option('--no-open-libs', 'without the libraries that a check has only by useOpenLibs')
    .option('--argocd-cm-path <file>', 'a ConfigMap argocd-cm with resource.customizations')
    .option('-o, --output <format>', 'json, yaml', '')
    .action(async (file: string, { lua, openLibs, argocdCmPath, output }: HealthOptions) => {
      requireOutput(output, ['', 'json', 'yaml'])
      const object = await readObject(file)
      // Only such commands wait for what knows the kinds.
      const { groupKindOf, tryHealth } = await import('@plimsoll/applications')
      const { health, problem, printed } = await tryHealth(object, {
        ...(lua !== undefined && { lua: await readText(lua) }),
        ...(argocdCmPath !== undefined && { settings: await readConfigMap(argocdCmPath) }),
        useOpenLibs: openLibs,
      })
      for (const line of printed) note(line)
      if (!printStructured(health ?? {}, output)) {
        if (health === undefined && lua === undefined) print(`Health script is not configured for '${groupKindOf(object)}'`)
        else print(`STATUS: ${health?.status ?? ''}\nMESSAGE: ${shown(health?.message ?? '')}`)
      }
      if (problem !== undefined) throw new CommandFailure(`The health check has failed: ${shown(problem).trimEnd()}`)
    })
}

/** Messages may have several lines, and no control over the terminal. */
function shown(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '�')
}
