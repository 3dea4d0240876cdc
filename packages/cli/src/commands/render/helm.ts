import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import type { HelmRequest, HelmTemplateArguments, HelmVersion, Sources, ValuesInput } from '@plimsoll/render/engines'
import { CommandFailure, exitCodes, usageFailure } from '../../exit-code.ts'
import { note } from '../../output/print.ts'
import { fetchWhatIsWanted } from './fetch-wanted.ts'
import { localRoot } from './local-root.ts'
import { compareWithTool, findTool } from './real-tool.ts'

const help = `Usage: plimsoll render helm [NAME] CHART [flags of helm template]

Renders a chart as \`helm template\` does, in process. CHART is a folder, a .tgz, a name with --repo, or oci://HOST/CHART.

Flags of our own:
  --helm-version v3|v4   whose semantics (default v3, as an Application has it)
  --with-binary          run the real helm too, and show any difference (exit code 1 when there is one)
`

/** `plimsoll render helm [NAME] CHART`, with the flags of `helm template`. */
export async function renderHelmCommand(argv: readonly string[]): Promise<void> {
  const { freshRandom, parseHelmTemplateArguments, RenderError, renderHelm } = await import('@plimsoll/render/engines')
  const { args, version, withBinary } = ownFlags(argv)
  try {
    const parsed = parseHelmTemplateArguments(args)
    if (parsed.help) {
      process.stdout.write(help)
      return
    }
    const { sources, chartPath } = await chartSources(parsed)
    const request: HelmRequest = {
      version,
      chartPath,
      release: { name: parsed.releaseName, namespace: parsed.namespace, isUpgrade: parsed.isUpgrade },
      values: parsed.values.map(valuesInput),
      capabilities: { ...(parsed.kubeVersion !== undefined && { kubeVersion: parsed.kubeVersion }), apiVersions: parsed.apiVersions },
      includeCrds: parsed.includeCrds,
      skipTests: parsed.skipTests,
      noHooks: parsed.noHooks,
      skipSchemaValidation: parsed.skipSchemaValidation,
      ...(parsed.showOnly.length > 0 && { showOnly: parsed.showOnly }),
      resolveDependencies: parsed.dependencyUpdate,
      random: freshRandom,
      now: new Date(),
    }
    const output = await fetchWhatIsWanted(sources, (all) => renderHelm(all, request))
    for (const warning of output.warnings) note(`warning: ${warning}`)
    process.stdout.write(output.text)
    if (!withBinary) return
    const tool = await findTool(version === '3' ? ['helm3', 'helm'] : ['helm4', 'helm'])
    await compareWithTool(output.text, tool, ['template', ...args], output.randomFunctions.length > 0)
  } catch (error) {
    if (error instanceof RenderError)
      throw new CommandFailure(error.message.replace(/^Error: /, ''), { exitCode: exitCodes.notSo, remedy: error.remedy })
    if (error instanceof PlimsollError) throw new CommandFailure(error.message, { remedy: error.remedy })
    throw error
  }
}

function ownFlags(argv: readonly string[]): { args: string[]; version: HelmVersion; withBinary: boolean } {
  const args: string[] = []
  let version: HelmVersion = '3'
  let withBinary = false
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ''
    if (argument === '--with-binary') withBinary = true
    else if (argument === '--helm-version' || argument.startsWith('--helm-version=')) {
      const text = argument.includes('=') ? argument.slice(argument.indexOf('=') + 1) : (argv[++index] ?? '')
      if (!/^v?[34]$/.test(text)) throw usageFailure(`Unknown --helm-version '${text}'`, 'Use v3 or v4.')
      version = text.endsWith('3') ? '3' : '4'
    } else args.push(argument)
  }
  return { args, version, withBinary }
}

/** A folder on this machine, an archive, or a chart of a repository. */
async function chartSources({ chart, repo, version }: HelmTemplateArguments): Promise<{ sources: Sources; chartPath: string }> {
  const { directorySources, treeOfChart } = await import('@plimsoll/render/engines')
  const onDisk = statSync(chart, { throwIfNoEntry: false })
  if (repo === undefined && onDisk?.isDirectory()) {
    const { root, path } = localRoot(chart)
    return { sources: directorySources(root), chartPath: path }
  }
  const nowhere = directorySources(join(import.meta.dirname))
  if (repo === undefined && onDisk?.isFile()) return { sources: { ...nowhere, tree: treeOfChart(readFileSync(chart)) }, chartPath: '' }
  const isRegistry = chart.startsWith('oci://')
  if (repo === undefined && !isRegistry) {
    throw new CommandFailure(`path "${chart}" not found`, {
      remedy: 'Give a folder, a .tgz, --repo URL with a chart of it, or oci://HOST/CHART.',
    })
  }
  const { readChart } = await import('./fetch-wanted.ts')
  const wanted = isRegistry
    ? { repository: dirname(chart).replace(/^oci:\/(?!\/)/, 'oci://'), name: basename(chart), version: version ?? '' }
    : { repository: repo ?? '', name: chart, version: version ?? '' }
  return { sources: { ...nowhere, tree: await readChart(wanted) }, chartPath: '' }
}

function valuesInput({ kind, value }: HelmTemplateArguments['values'][number]): ValuesInput {
  if (kind === 'file') return { kind, name: value, text: readLocal(value) }
  if (kind === 'set-file') return { kind, text: value, readFile: readLocal }
  return { kind, text: value }
}

function readLocal(path: string): Uint8Array {
  try {
    return readFileSync(path === '-' ? 0 : path)
  } catch (error) {
    throw new CommandFailure(
      `open ${path}: ${error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'no such file or directory' : String(error)}`,
    )
  }
}
