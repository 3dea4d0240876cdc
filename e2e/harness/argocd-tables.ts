import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './paths.ts'

/** The part of commander's commands that is looked at. */
export interface ProgramCommand {
  commands: ProgramCommand[]
  options: { long?: string | undefined }[]
  name(): string
}

/**
 * What Argo CD has, as names: verbs with their own flags (argo-cd 3.6, `docs/user-guide/commands`, without those that every verb of `admin` has for its
 * cluster), and routes (`assets/swagger.json`).
 */
const facts = (name: string): string[] =>
  readFileSync(join(root, 'e2e', 'facts', name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')

/** What is used in the place of a verb that is not here. */
const instead: Readonly<Record<string, string>> = {
  'admin export': 'migrate to-argocd',
  'admin import': 'migrate from-argocd',
  'admin initial-password': 'admin password',
  'admin settings resource-overrides health': 'admin health',
  'admin settings resource-overrides ignore-differences': 'admin ignore-differences',
  'admin settings resource-overrides list-actions': 'admin action',
  'admin settings resource-overrides run-action': 'admin action',
  'app edit': 'app patch',
  'app unset': 'app patch',
  'app patch-resource': 'app actions run',
  configure: 'login',
  context: 'login',
  relogin: 'login',
}

/** Verbs of the program, with their flags. */
export function verbsOf(program: ProgramCommand): Map<string, Set<string>> {
  const verbs = new Map<string, Set<string>>()
  function visit(command: ProgramCommand, words: string[]): void {
    if (command.commands.length === 0) verbs.set(words.join(' '), new Set(command.options.flatMap(({ long }) => (long ? [long] : []))))
    for (const child of command.commands) visit(child, [...words, child.name()])
  }
  visit(program, [])
  return verbs
}

/** Rows of two tables: verbs that both have, with the flags of argocd's that are not here; and verbs that are not here, with what is used instead. */
export function verbRows(program: ProgramCommand): { both: string[][]; missing: string[][] } {
  const ours = verbsOf(program)
  const both: string[][] = []
  const missing: string[][] = []
  for (const line of facts('argocd-commands.txt')) {
    const [verb = '', flags = ''] = line.split(':')
    const own = ours.get(verb)
    const listed = flags.split(' ').filter(Boolean)
    if (own) {
      const absent = listed.filter((flag) => !own.has(flag))
      both.push([`\`${verb}\``, absent.length === 0 ? 'all' : `all but ${absent.map((flag) => `\`${flag}\``).join(', ')}`])
    } else {
      const other = instead[verb]
      if (other !== undefined && !ours.has(other)) throw new Error(`there is no \`plimsoll ${other}\`, which is said to stand for ${verb}`)
      missing.push([`\`${verb}\``, other === undefined ? '' : `\`${other}\``])
    }
  }
  return { both, missing }
}

/** Routes of Argo CD that are not served. A parameter has another name here and there, and counts for none. */
export function missingRoutes(served: readonly string[]): string[] {
  const shape = (route: string): string => route.replaceAll(/\{[^}]*\}/g, '{}')
  const known = new Set(served.map(shape))
  return facts('argocd-routes.txt').filter((route) => !known.has(shape(route)))
}

export interface SettingVerdict {
  keys: readonly string[]
  verdict: string
  text: string
}

/** The page that says it all, as it stands in `docs/spec/argo-cd.md`. */
export function compatibilityPage(
  program: ProgramCommand,
  served: readonly string[],
  settings: ReadonlyMap<string, readonly SettingVerdict[]>,
): string {
  const { both, missing } = verbRows(program)
  const verdicts: Readonly<Record<string, string>> = {
    same: 'counts',
    different: 'otherwise',
    unsupported: 'not here',
    needless: 'not needed',
  }
  const settingTables = [...settings].flatMap(([name, keys]) => [
    `### ${name}`,
    table(
      ['keys', 'here', 'in words'],
      keys.map((one) => [one.keys.map((key) => `\`${key}\``).join(', '), verdicts[one.verdict] ?? '', one.text]),
    ),
  ])
  return `${[
    '# What of Argo CD is here',
    `Verbs, routes and settings of Argo CD 3.6, and which of them Plimsoll has. \`e2e/tests/argocd-compatibility.test.ts\` holds this page against the program; with \`-u\` it writes it anew. [Coming from Argo CD](../how-to/coming-from-argo-cd.md) says the rest.`,
    '## Verbs that both have',
    'Flags that are named are not here; all others of `argocd` are, with the same meaning. `plimsoll` may have more: see [The command line](cli.md).',
    table(['verb', 'flags'], both),
    '## Verbs that are not here',
    table(['`argocd`', 'instead: `plimsoll`'], missing),
    '## Routes that are not here',
    'All other routes of its REST API are served, at the same paths: see [The REST API](api.md).',
    missingRoutes(served)
      .map((route) => `- \`${route}\``)
      .join('\n'),
    '## Settings',
    'ConfigMaps in the namespace of the control plane, read anew whenever they change. `*` stands for any text.',
    ...settingTables,
  ].join('\n\n')}\n`
}

/** With columns as wide as their widest cell, as the formatter leaves them. */
function table(head: string[], rows: string[][]): string {
  const escaped = [head, ...rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))]
  const widths = head.map((_, column) => Math.max(3, ...escaped.map((row) => row[column]?.length ?? 0)))
  const [first = '', ...others] = escaped.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
  return [first, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...others].join('\n')
}
