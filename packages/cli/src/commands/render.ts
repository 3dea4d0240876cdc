import type { Command } from 'commander'
import { addRenderApp } from './render/app.ts'
import { addRenderKustomize } from './render/kustomize.ts'

/** `plimsoll render …`: what would be applied, on standard output. */
export function addRenderCommands(program: Command): void {
  const render = program.command('render').description('render a chart, a kustomization or an application, without applying anything')
  render
    .command('helm [NAME] <CHART>')
    .description(
      'a Helm chart, with the flags of `helm template`, in process; --with-binary runs the real helm too and shows any difference',
    )
    .allowUnknownOption()
    .allowExcessArguments()
    // Its arguments are Helm's, and are read before anything else looks at them: see `isRenderHelm`.
    .action(() => undefined)
  addRenderKustomize(render)
  addRenderApp(render)
}

/** The arguments of `plimsoll render helm`, which are Helm's to read; undefined for any other command. */
export function renderHelmArguments(args: readonly string[]): string[] | undefined {
  return args[0] === 'render' && args[1] === 'helm' ? args.slice(2) : undefined
}
