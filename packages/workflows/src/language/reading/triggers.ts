import type { EventTrigger, Located, Template, WorkflowInput } from '../contract.ts'
import { isTimezone, parseCron, shortestInterval } from '../event/cron.ts'
import { eventTable, type EventFacts } from '../event/event-table.ts'
import { parseGlob } from '../event/glob.ts'
import { availability } from '../expression/availability.ts'
import type { ScalarNode, SourceNode } from '../yaml/source-node.ts'
import { nearest } from './nearest.ts'
import { describe, isEmpty, type Field, type SourceReader } from './source-reader.ts'

/** `on`: one event, a list of them, or a map with their filters. */
export function readTriggers(reader: SourceReader, node: SourceNode): Map<string, EventTrigger> {
  const events = new Map<string, EventTrigger>()
  if (node.kind === 'mapping') {
    for (const [name, field] of reader.entries(node, "'on'") ?? []) {
      const trigger = readTrigger(reader, name, field)
      if (trigger) events.set(name, trigger)
    }
  } else {
    for (const { value, line, column } of reader.plainTexts(node, "'on'")) {
      if (!factsOf(reader, value, { line, column })) continue
      if (value === 'schedule') reader.error("event 'schedule' needs its times: schedule: [{ cron: '0 0 * * *' }]", { line, column })
      else events.set(value, { name: value, line, column })
    }
  }
  if (events.size === 0 && reader.problems.length === 0) reader.error("'on' names no event", node)
  return events
}

function factsOf(reader: SourceReader, name: string, at: { line: number; column: number }): EventFacts | undefined {
  const facts = eventTable.get(name)
  if (facts) return facts
  const guess = nearest(name, [...eventTable.keys()])
  return reader.error(`there is no event '${name}'${guess ? `, did you mean '${guess}'?` : ''}`, at)
}

function readTrigger(reader: SourceReader, name: string, { key, value }: Field): EventTrigger | undefined {
  const facts = factsOf(reader, name, key)
  if (!facts) return undefined
  const place = { name, line: key.line, column: key.column }
  if (name === 'schedule') return { ...place, schedule: readSchedule(reader, value) }
  if (isEmpty(value)) return place
  if (name === 'workflow_dispatch') return { ...place, ...readDispatch(reader, value) }
  if (name === 'workflow_call') return { ...place, ...readCall(reader, value) }

  const canHaveTypes = facts.types.length > 0 || name === 'repository_dispatch'
  const known = [...(canHaveTypes ? ['types'] : []), ...(facts.filters ?? [])]
  if (known.length === 0) {
    reader.warning(`event '${name}' has no filters: this has no effect`, value)
    return place
  }
  // GitHub starts such files, whatever else stands here: helm's own release workflow has filters under `create`.
  const fields = reader.fields(value, `event '${name}'`, known, 'warning')
  if (!fields) return undefined
  for (const [one, other] of [
    ['branches', 'branches-ignore'],
    ['tags', 'tags-ignore'],
    ['paths', 'paths-ignore'],
  ] as const) {
    const second = fields.get(other)
    if (fields.has(one) && second) {
      reader.error(
        `'${one}' and '${other}' cannot both be used for event '${name}'; write '!' before a pattern of '${one}' instead`,
        second.key,
      )
    }
  }
  const texts = (field: string): readonly string[] | undefined => {
    const found = fields.get(field)
    if (!found || isEmpty(found.value)) return undefined
    return reader.plainTexts(found.value, `'${field}' of event '${name}'`).map((one) => one.value)
  }
  const globs = (field: string): readonly string[] | undefined => {
    const found = fields.get(field)
    return found && !isEmpty(found.value) ? readGlobs(reader, found, field, name) : undefined
  }
  return {
    ...place,
    ...optional('types', readTypes(reader, fields.get('types'), name, facts)),
    ...optional('branches', globs('branches')),
    ...optional('branchesIgnore', globs('branches-ignore')),
    ...optional('tags', globs('tags')),
    ...optional('tagsIgnore', globs('tags-ignore')),
    ...optional('paths', globs('paths')),
    ...optional('pathsIgnore', globs('paths-ignore')),
    ...optional('workflows', texts('workflows')),
  }
}

function readTypes(reader: SourceReader, field: Field | undefined, event: string, facts: EventFacts): string[] | undefined {
  if (!field || isEmpty(field.value)) return undefined
  const types = reader.plainTexts(field.value, `'types' of event '${event}'`)
  if (event !== 'repository_dispatch') {
    for (const { value, line, column } of types) {
      if (facts.types.includes(value)) continue
      const guess = nearest(value, facts.types)
      reader.error(
        `event '${event}' has no type '${value}'${guess ? `, did you mean '${guess}'?` : `; it has ${facts.types.join(', ')}`}`,
        { line, column },
      )
    }
  }
  return types.map((type) => type.value)
}

/** Ours: each is compiled, and GitHub documents no limit. */
const mostPatterns = 1000

function readGlobs(reader: SourceReader, field: Field, name: string, event: string): string[] {
  const what = `'${name}' of event '${event}'`
  const nodes = field.value.kind === 'sequence' ? field.value.items : [field.value]
  const patterns: string[] = []
  if (nodes.length > mostPatterns) {
    reader.error(`${what} has ${nodes.length} patterns; at most ${mostPatterns} are possible`, field.value)
    return patterns
  }
  for (const node of nodes) {
    const pattern = reader.plainText(node, field.value.kind === 'sequence' ? `an entry of ${what}` : what)
    if (pattern === undefined || node.kind !== 'scalar') continue
    const glob = parseGlob(pattern)
    if ('problem' in glob) reader.error(`${what}: ${glob.problem}`, reader.place(node, glob.offset))
    else if (name.startsWith('paths') && /^!?\.{0,2}\//.test(pattern)) {
      reader.warning(`${what}: '${pattern}' matches nothing: paths are given from the repository's root, without './' or '/'`, node)
    }
    patterns.push(pattern)
  }
  if (!name.endsWith('-ignore') && patterns.length > 0 && patterns.every((pattern) => pattern.startsWith('!'))) {
    reader.warning(`${what} has only patterns with '!', so nothing matches; put '**' before them`, field.value)
  }
  return patterns
}

function readSchedule(reader: SourceReader, node: SourceNode): (Located<string> & { timezone?: string })[] {
  if (node.kind !== 'sequence') {
    reader.error("'schedule' must be a list: [{ cron: '0 0 * * *' }]", node)
    return []
  }
  return node.items.flatMap((item) => {
    const fields = reader.fields(item, "an entry of 'schedule'", ['cron', 'timezone'])
    if (!fields) return []
    const cron = fields.get('cron')
    if (!cron) {
      reader.error("an entry of 'schedule' has no 'cron'", item)
      return []
    }
    const value = reader.plainText(cron.value, "'cron'")
    if (value === undefined) return []
    const parsed = parseCron(value)
    if ('problem' in parsed) reader.error(`'cron': ${parsed.problem}`, cron.value)
    else if (shortestInterval(parsed) < 5) reader.warning(`'cron': GitHub starts a schedule at most every 5 minutes`, cron.value)
    const zone = fields.get('timezone')
    const timezone = zone && reader.plainText(zone.value, "'timezone'")
    if (zone && timezone !== undefined && !isTimezone(timezone)) {
      reader.error(`there is no time zone '${timezone}'; names are such as 'Europe/Berlin'`, zone.value)
    }
    return [{ value, ...optional('timezone', timezone), line: cron.value.line, column: cron.value.column }]
  })
}

function readDispatch(reader: SourceReader, node: SourceNode): Pick<EventTrigger, 'inputs'> {
  const fields = reader.fields(node, "event 'workflow_dispatch'", ['inputs'], 'warning')
  const inputs = fields?.get('inputs')
  if (!inputs || isEmpty(inputs.value)) return {}
  const all = reader.entries(inputs.value, "'inputs' of event 'workflow_dispatch'")
  const types = ['string', 'boolean', 'number', 'choice', 'environment'] as const
  const read = readInputs(reader, all, types, ['type', 'required', 'default', 'description', 'options', 'deprecationMessage'], false)
  // GitHub's documentation of workflow_dispatch: at most 25 top-level inputs (2025).
  if (read.size > 25) reader.error(`event 'workflow_dispatch' has ${read.size} inputs; at most 25 are possible`, inputs.key)
  return { inputs: read }
}

function readCall(reader: SourceReader, node: SourceNode): Pick<EventTrigger, 'inputs' | 'secrets' | 'outputs'> {
  const fields = reader.fields(node, "event 'workflow_call'", ['inputs', 'secrets', 'outputs'])
  const entriesOf = (name: string): Map<string, Field> | undefined => {
    const field = fields?.get(name)
    return field && !isEmpty(field.value) ? reader.entries(field.value, `'${name}' of event 'workflow_call'`) : undefined
  }
  const types = ['string', 'boolean', 'number'] as const
  const inputs = readInputs(reader, entriesOf('inputs'), types, ['type', 'required', 'default', 'description', 'deprecationMessage'], true)
  const secrets = new Map<string, { required: boolean; description?: string }>()
  for (const [name, { value }] of entriesOf('secrets') ?? []) {
    const secret = isEmpty(value) ? undefined : reader.fields(value, `secret '${name}'`, ['required', 'description'])
    secrets.set(name, { required: flag(reader, secret, 'required', `secret '${name}'`), ...text(reader, secret, 'description') })
  }
  const outputs = new Map<string, { value: Template; description?: string }>()
  for (const [name, { key, value }] of entriesOf('outputs') ?? []) {
    const output = reader.fields(value, `output '${name}'`, ['value', 'description'])
    const given = output?.get('value')
    if (!given) {
      if (output) reader.error(`output '${name}' has no 'value'`, key)
      continue
    }
    const template = reader.template(given.value, `'value' of output '${name}'`, availability.callOutput, { canBeEmpty: true })
    if (template) outputs.set(name, { value: template, ...text(reader, output, 'description') })
  }
  return { inputs, secrets, outputs }
}

function readInputs(
  reader: SourceReader,
  entries: Map<string, Field> | undefined,
  types: readonly WorkflowInput['type'][],
  known: readonly string[],
  isCall: boolean,
): Map<string, WorkflowInput> {
  const inputs = new Map<string, WorkflowInput>()
  for (const [name, { key, value }] of entries ?? []) {
    const what = `input '${name}'`
    const place = { line: key.line, column: key.column }
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) {
      reader.error(`${what}: a name begins with a letter or _, and holds letters, digits, _ and -`, key)
      continue
    }
    const fields = isEmpty(value) ? new Map<string, Field>() : reader.fields(value, what, known)
    if (!fields) continue
    const typeField = fields.get('type')
    if (isCall && !typeField) reader.error(`${what} has no 'type'; it is ${types.join(', ')}`, key)
    const type = typeField ? reader.word(typeField.value, `'type' of ${what}`, types) : 'string'
    if (!type) continue
    const options = readOptions(reader, fields.get('options'), type, what, key)
    const standard = fields.get('default')
    const fallback = standard && readDefault(reader, standard.value, type, what, isCall, options)
    inputs.set(name, {
      ...place,
      type,
      required: flag(reader, fields, 'required', what),
      ...text(reader, fields, 'description'),
      ...optional('default', fallback),
      ...optional('options', options),
    })
  }
  return inputs
}

function readOptions(reader: SourceReader, field: Field | undefined, type: string, what: string, key: ScalarNode): string[] | undefined {
  if (!field) {
    if (type === 'choice') reader.error(`${what} is a choice, but has no 'options'`, key)
    return undefined
  }
  if (type !== 'choice') reader.error(`${what} has 'options', but is no choice`, field.key)
  const options =
    field.value.kind === 'sequence' ? field.value.items.map((item) => reader.looseText(item, `an option of ${what}`)) : undefined
  if (!options || options.length === 0) reader.error(`'options' of ${what} must be a list of texts`, field.value)
  return options?.filter((one) => one !== undefined)
}

function readDefault(
  reader: SourceReader,
  node: SourceNode,
  type: WorkflowInput['type'],
  what: string,
  isCall: boolean,
  options: readonly string[] | undefined,
): Template | undefined {
  const here = isCall ? availability.callInputDefault : availability.none
  const template = reader.template(node, `'default' of ${what}`, here, { canBeEmpty: true })
  if (!template || template.parts.length > 0) return template
  const value = template.literal
  if (type === 'boolean' && typeof value !== 'boolean' && value !== null && !['true', 'false', ''].includes(String(value))) {
    return reader.error(`'default' of ${what} must be true or false, not ${describe(node)}`, node)
  }
  if (type === 'number' && typeof value !== 'number' && value !== null && !Number.isFinite(Number(value))) {
    return reader.error(`'default' of ${what} must be a number, not ${describe(node)}`, node)
  }
  if (type === 'choice' && value !== null && options && !options.includes(template.source)) {
    return reader.error(`'default' of ${what} is none of its options (${options.join(', ')})`, node)
  }
  return template
}

function flag(reader: SourceReader, fields: Map<string, Field> | undefined, name: string, what: string): boolean {
  const field = fields?.get(name)
  return field && !isEmpty(field.value) ? (reader.plainBoolean(field.value, `'${name}' of ${what}`) ?? false) : false
}

function text(reader: SourceReader, fields: Map<string, Field> | undefined, name: string): { description?: string } {
  const field = fields?.get(name)
  const found = field && reader.looseText(field.value, `'${name}'`)
  return found ? { description: found } : {}
}

/** A field only when there is a value for it: `exactOptionalPropertyTypes` in spirit. */
export function optional<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [key in K]?: V }
}
