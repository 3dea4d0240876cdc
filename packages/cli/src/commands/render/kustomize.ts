import { basename } from 'node:path'
import type { Command } from 'commander'
import { CommandFailure, exitCodes } from '../../exit-code.ts'
import { note } from '../../output/print.ts'
import { addSwitch } from '../arguments.ts'
import { localRoot } from './local-root.ts'

export function addRenderKustomize(render: Command): void {
  const command = render
    .command('kustomize [DIR]')
    .description('a kustomization, as `kubectl kustomize` prints it')
    .option(
      '--load-restrictor <name>',
      'LoadRestrictionsRootOnly or LoadRestrictionsNone; never outside of the repository',
      'LoadRestrictionsRootOnly',
    )
    .option('--helm-version <version>', 'semantics of charts in it: v3 or v4', 'v3')
  addSwitch(command, '--enable-helm', 'charts in it may be rendered')
  addSwitch(command, '--with-binary', 'run the real kubectl kustomize (or kustomize) too, and show any difference')
  command.action(
    async (
      folder: string | undefined,
      options: { loadRestrictor: string; helmVersion: string; enableHelm?: boolean; withBinary?: boolean },
    ) => {
      const { directorySources, freshRandom, RenderError, renderHelm, renderKustomize } = await import('@plimsoll/render/engines')
      const { fetchWhatIsWanted } = await import('./fetch-wanted.ts')
      const { root, path } = localRoot(folder ?? '.')
      try {
        const output = await fetchWhatIsWanted(directorySources(root), (sources) =>
          renderKustomize(sources, {
            path,
            allowOutsideRoot: options.loadRestrictor === 'LoadRestrictionsNone',
            enableHelm: options.enableHelm ?? false,
            allowRemoteBases: true,
            renderHelm,
            helmDefaults: {
              version: options.helmVersion.endsWith('4') ? '4' : '3',
              capabilities: { apiVersions: [] },
              random: freshRandom,
              now: new Date(),
            },
          }),
        )
        for (const warning of output.warnings) note(warning)
        process.stdout.write(output.text)
        if (!options.withBinary) return
        const { compareWithTool, findTool } = await import('./real-tool.ts')
        const flags = [...(options.enableHelm ? ['--enable-helm'] : []), '--load-restrictor', options.loadRestrictor]
        const program = await findTool(['kubectl', 'kustomize'])
        const verb = basename(program) === 'kustomize' ? 'build' : 'kustomize'
        await compareWithTool(output.text, program, [verb, folder ?? '.', ...flags], false)
      } catch (error) {
        if (!(error instanceof RenderError)) throw error
        throw new CommandFailure(error.message.replace(/^error: /, ''), { exitCode: exitCodes.notSo, remedy: error.remedy })
      }
    },
  )
}
