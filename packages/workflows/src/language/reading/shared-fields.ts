import type { Concurrency, PermissionLevel, Permissions, RunDefaults, Template } from '../contract.ts'
import { availability, type Availability } from '../expression/availability.ts'
import { permissionScopes } from '../permissions.ts'
import type { SourceNode } from '../yaml/source-node.ts'
import { nearest } from './nearest.ts'
import { describe, isEmpty, type SourceReader } from './source-reader.ts'
import { optional } from './triggers.ts'

/** What both workflows and jobs have. */
export function readPermissions(reader: SourceReader, node: SourceNode): Permissions | undefined {
  if (node.kind === 'scalar') {
    if (isEmpty(node)) return reader.error("'permissions' must not be empty; {} takes all of them away", node)
    return reader.word(node, "'permissions'", ['read-all', 'write-all'] as const)
  }
  const permissions = new Map<string, PermissionLevel>()
  const scopes = [...permissionScopes.keys()]
  for (const [scope, { key, value }] of reader.entries(node, "'permissions'") ?? []) {
    const levels = permissionScopes.get(scope)
    if (!levels) {
      const guess = nearest(scope, scopes)
      reader.error(`there is no permission '${scope}'${guess ? `, did you mean '${guess}'?` : `; known are ${scopes.join(', ')}`}`, key)
      continue
    }
    const level = reader.word(value, `permission '${scope}'`, levels)
    if (level) permissions.set(scope, level)
  }
  return permissions
}

export function readConcurrency(reader: SourceReader, node: SourceNode, here: Availability): Concurrency | undefined {
  const place = { line: node.line, column: node.column }
  if (node.kind === 'scalar') {
    const group = reader.template(node, "'concurrency'", here)
    return group && { group, ...place }
  }
  const fields = reader.fields(node, "'concurrency'", ['group', 'cancel-in-progress', 'queue'])
  if (!fields) return undefined
  const groupField = fields.get('group')
  if (!groupField) return reader.error("'concurrency' has no 'group'", node)
  const group = reader.template(groupField.value, "'group' of 'concurrency'", here)
  const cancel = fields.get('cancel-in-progress')
  const cancelInProgress = cancel && reader.booleanTemplate(cancel.value, "'cancel-in-progress'", here)
  const queueField = fields.get('queue')
  const queue = queueField && reader.word(queueField.value, "'queue' of 'concurrency'", ['single', 'max'] as const)
  return group && { group, ...optional('cancelInProgress', cancelInProgress), ...optional('queue', queue), ...place }
}

export function readDefaults(reader: SourceReader, node: SourceNode, here: Availability): RunDefaults | undefined {
  if (isEmpty(node)) return undefined
  const run = reader.fields(node, "'defaults'", ['run'])?.get('run')
  if (!run || isEmpty(run.value)) return undefined
  const fields = reader.fields(run.value, "'defaults.run'", ['shell', 'working-directory'])
  const text = (name: string): Template | undefined => {
    const field = fields?.get(name)
    return field && reader.template(field.value, `'${name}' of 'defaults.run'`, here)
  }
  return { ...optional('shell', text('shell')), ...optional('workingDirectory', text('working-directory')) }
}

/** Shells that the runner knows by name; any other is a command line with `{0}`. */
const shells = ['bash', 'sh', 'pwsh', 'powershell', 'cmd', 'python', 'node']

export function checkShell(reader: SourceReader, shell: Template | undefined): void {
  if (!shell || shell.parts.length > 0 || shells.includes(shell.source.toLowerCase()) || shell.source.includes('{0}')) return
  reader.error(`there is no shell '${shell.source}': it is ${shells.join(', ')}, or a command line with {0} for the script`, shell)
}

export { availability, describe, isEmpty, optional }
