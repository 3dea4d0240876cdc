import { isMapping, own } from '../directory/manifest-check.ts'

/**
 * A plugin as Argo CD's `plugin.yaml` declares it (docs/operator-manual/config-management-plugins.md, version 2): not an object of a cluster, though it
 * looks like one.
 */
export interface ConfigManagementPlugin {
  apiVersion: string
  kind: 'ConfigManagementPlugin'
  metadata: { name: string; annotations?: Readonly<Record<string, string>> }
  spec: {
    version?: string
    init?: PluginCommand
    generate: PluginCommand
    discover?: { fileName?: string; find?: PluginCommand & { glob?: string } }
    preserveFileMode?: boolean
  }
}

export interface PluginCommand {
  command?: readonly string[]
  args?: readonly string[]
}

/** Ours, on a plugin: `repository` gives it a copy of the whole repository instead of the source's folder. */
export const copiesAnnotation = 'plimsoll.dev/copies'
/** Ours, on a plugin: `true` keeps the revision from it, so that a commit elsewhere does not run it again. */
export const ignoresRevisionAnnotation = 'plimsoll.dev/ignores-revision'

/** `NAME`, or `NAME-VERSION` where it has a version: what `spec.source.plugin.name` says. */
export function pluginName({ metadata, spec }: ConfigManagementPlugin): string {
  return spec.version ? `${metadata.name}-${spec.version}` : metadata.name
}

/** Checks a declaration in Argo CD's words (cmpserver/plugin/config.go, ValidatePluginConfig). Throws. */
export function readPlugin(value: unknown): ConfigManagementPlugin {
  if (!isMapping(value)) throw new Error('invalid plugin configuration file. it is not a mapping')
  const { metadata, spec } = { metadata: own(value, 'metadata'), spec: own(value, 'spec') }
  const name = isMapping(metadata) ? own(metadata, 'name') : undefined
  if (typeof name !== 'string' || name === '') throw new Error('invalid plugin configuration file. metadata.name should be non-empty')
  const kind = own(value, 'kind')
  if (kind !== 'ConfigManagementPlugin') {
    throw new Error(`invalid plugin configuration file. kind should be ConfigManagementPlugin, found ${String(kind)}`)
  }
  const generate = isMapping(spec) ? own(spec, 'generate') : undefined
  const command = isMapping(generate) ? own(generate, 'command') : undefined
  if (!Array.isArray(command) || command.length === 0) {
    throw new Error('invalid plugin configuration file. spec.generate command should be non-empty')
  }
  for (const part of ['init', 'generate'] as const) checkTexts(isMapping(spec) ? own(spec, part) : undefined, part)
  const discover = isMapping(spec) ? own(spec, 'discover') : undefined
  checkTexts(isMapping(discover) ? own(discover, 'find') : undefined, 'discover.find')
  // Checked above as far as it is used.
  return value as unknown as ConfigManagementPlugin
}

function checkTexts(command: unknown, where: string): void {
  if (!isMapping(command)) return
  for (const field of ['command', 'args']) {
    const texts = own(command, field)
    if (texts === undefined || texts === null) continue
    if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) {
      throw new Error(`invalid plugin configuration file. spec.${where}.${field} should be a list of texts`)
    }
  }
}

/** The words of a command and its arguments; none where there is no command. */
export function wordsOf(command: PluginCommand | undefined): readonly string[] {
  if (command?.command === undefined || command.command.length === 0) return []
  return [...command.command, ...(command.args ?? [])]
}
