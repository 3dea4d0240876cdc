import type { CallJob, Job, Located, StepsJob, Template, TemplateTree } from '../contract.ts'
import { availability, type Availability } from '../expression/availability.ts'
import { foldCase } from '../expression/coercion.ts'
import { parseUses } from '../uses.ts'
import type { SourceNode } from '../yaml/source-node.ts'
import { readContainer, readServices } from './containers.ts'
import { checkIdentifier } from './identifier.ts'
import { nearest } from './nearest.ts'
import { checkShell, readConcurrency, readDefaults, readPermissions } from './shared-fields.ts'
import { describe, isEmpty, type Field, type SourceReader } from './source-reader.ts'
import { inJob, readSteps } from './steps.ts'
import { readStrategy } from './strategy.ts'
import { optional } from './triggers.ts'

/** Ours: GitHub documents none. */
const mostJobs = 1000
const ofBoth = ['name', 'needs', 'if', 'permissions', 'concurrency', 'strategy']
const ofSteps = [
  'runs-on',
  'environment',
  'outputs',
  'env',
  'defaults',
  'steps',
  'timeout-minutes',
  'continue-on-error',
  'container',
  'services',
  'cancel-timeout-minutes',
  'snapshot',
]
const ofCall = ['uses', 'with', 'secrets']

export function readJobs(reader: SourceReader, node: SourceNode): Map<string, Job> {
  const jobs = new Map<string, Job>()
  const entries = reader.entries(node, "'jobs'")
  if (entries?.size === 0 && node.kind === 'mapping' && node.entries.length === 0) reader.error("'jobs' has no job", node)
  if (entries && entries.size > mostJobs) {
    reader.error(`the workflow has ${entries.size} jobs; at most ${mostJobs} are possible`, node)
    return jobs
  }
  for (const [id, field] of entries ?? []) {
    if (!checkIdentifier(reader, id, 'job id', field.key)) continue
    const job = readJob(reader, id, field)
    if (job) jobs.set(id, job)
  }
  // Of jobs that could not be read, needs are unknown: what depends on them would be reported without cause.
  if (entries && entries.size === jobs.size) checkNeeds(reader, jobs)
  return jobs
}

function readJob(reader: SourceReader, id: string, { key, value }: Field): Job | undefined {
  const what = `job '${id}'`
  const fields = reader.fields(value, what, [...ofBoth, ...ofSteps, ...ofCall])
  if (!fields) return undefined
  const uses = fields.get('uses')
  for (const name of uses ? ofSteps : ['with', 'secrets']) {
    const field = fields.get(name)
    if (!field) continue
    reader.error(
      uses
        ? `'${name}' cannot be used in ${what}, which calls a workflow with 'uses'`
        : `'${name}' in ${what} belongs to a job with 'uses'`,
      field.key,
    )
  }
  const base = {
    id,
    ...optional('name', template(reader, fields, 'name', what, availability.job)),
    needs: readNeeds(reader, fields.get('needs'), what),
    ...optional('if', ifField(reader, fields.get('if'), what)),
    ...optional(
      'permissions',
      read(fields.get('permissions'), (node) => readPermissions(reader, node)),
    ),
    ...optional(
      'concurrency',
      read(fields.get('concurrency'), (node) => readConcurrency(reader, node, availability.job)),
    ),
    ...optional(
      'strategy',
      read(fields.get('strategy'), (node) => readStrategy(reader, node, what)),
    ),
    line: key.line,
    column: key.column,
  }
  return uses ? readCallJob(reader, base, fields, uses, what) : readStepsJob(reader, base, fields, key, what)
}

type Base = Omit<CallJob, 'kind' | 'uses' | 'with' | 'secrets'>

function readCallJob(reader: SourceReader, base: Base, fields: Map<string, Field>, uses: Field, what: string): CallJob | undefined {
  const source = reader.plainText(uses.value, `'uses' of ${what}`)
  if (source === undefined) return undefined
  const reference = parseUses(source)
  if ('problem' in reference) return reader.error(`'uses' of ${what}: ${reference.problem}`, uses.value)
  const path = reference.kind === 'docker' ? '' : reference.path
  if (!/^\.github\/workflows\/[^/]+\.ya?ml$/.test(path)) {
    return reader.error(
      `'uses' of ${what} must name a workflow: ./.github/workflows/NAME.yml or owner/repository/.github/workflows/NAME.yml@ref`,
      uses.value,
    )
  }
  const withField = fields.get('with')
  const secretsField = fields.get('secrets')
  let secrets: CallJob['secrets'] = new Map<string, Template>()
  if (secretsField?.value.kind === 'scalar' && !isEmpty(secretsField.value)) {
    secrets = reader.word(secretsField.value, `'secrets' of ${what}`, ['inherit'] as const) ?? secrets
  } else if (secretsField) secrets = reader.templates(secretsField.value, `'secrets' of ${what}`, availability.callSecret)
  return {
    kind: 'call',
    ...base,
    uses: { ...reference, line: uses.value.line, column: uses.value.column },
    with: withField ? reader.templates(withField.value, `'with' of ${what}`, availability.callWith) : new Map<string, Template>(),
    secrets,
  }
}

function readStepsJob(reader: SourceReader, base: Base, fields: Map<string, Field>, key: Field['key'], what: string): StepsJob | undefined {
  const runsOn = fields.get('runs-on')
  if (!runsOn) reader.error(`${what} has no 'runs-on', such as 'runs-on: ubuntu-latest'`, key)
  const stepsField = fields.get('steps')
  if (!stepsField) reader.error(`${what} has no 'steps'`, key)
  const snapshot = fields.get('snapshot')
  if (snapshot) reader.warning(`'snapshot' of ${what} has no effect here`, snapshot.key)
  const outputs = fields.get('outputs')
  const defaults = read(fields.get('defaults'), (node) => readDefaults(reader, node, availability.jobDefaults))
  checkShell(reader, defaults?.shell)
  return {
    kind: 'steps',
    ...base,
    runsOn: (runsOn && readRunsOn(reader, runsOn.value, what)) ?? {},
    ...optional(
      'environment',
      read(fields.get('environment'), (node) => readEnvironment(reader, node, what)),
    ),
    outputs: outputs ? reader.templates(outputs.value, `'outputs' of ${what}`, availability.jobOutput) : new Map<string, Template>(),
    ...optional(
      'env',
      read(fields.get('env'), (node) => reader.textMap(node, `'env' of ${what}`, availability.jobEnv)),
    ),
    ...optional('defaults', defaults),
    ...optional(
      'continueOnError',
      read(fields.get('continue-on-error'), (node) => reader.booleanTemplate(node, `'continue-on-error' of ${what}`, availability.job)),
    ),
    ...optional(
      'timeoutMinutes',
      read(fields.get('timeout-minutes'), (node) =>
        reader.numberTemplate(node, `'timeout-minutes' of ${what}`, availability.job, (value) => value > 0),
      ),
    ),
    ...optional(
      'container',
      read(fields.get('container'), (node) => readContainer(reader, node, `'container' of ${what}`)),
    ),
    ...optional(
      'services',
      read(fields.get('services'), (node) => readServices(reader, node, `'services' of ${what}`)),
    ),
    steps: stepsField ? readSteps(reader, stepsField.value, what, inJob) : [],
  }
}

function readNeeds(reader: SourceReader, field: Field | undefined, what: string): Located<string>[] {
  if (!field || isEmpty(field.value)) return []
  return reader.plainTexts(field.value, `'needs' of ${what}`)
}

function readRunsOn(reader: SourceReader, node: SourceNode, what: string): StepsJob['runsOn'] | undefined {
  const labels = (value: SourceNode): TemplateTree | undefined => {
    if (value.kind === 'mapping') return reader.error(`labels of 'runs-on' of ${what} must be text or a list`, value)
    if (value.kind === 'scalar') return reader.template(value, `'runs-on' of ${what}`, availability.job)
    if (value.items.length === 0) return reader.error(`'runs-on' of ${what} names no label`, value)
    const items = value.items.map((item) => reader.template(item, `an entry of 'runs-on' of ${what}`, availability.job))
    return { items: items.filter((item) => item !== undefined), line: value.line, column: value.column }
  }
  if (node.kind !== 'mapping') return optional('labels', labels(node))
  const fields = reader.fields(node, `'runs-on' of ${what}`, ['group', 'labels'])
  if (!fields) return undefined
  if (fields.size === 0) return reader.error(`'runs-on' of ${what} names neither 'group' nor 'labels'`, node)
  return {
    ...optional('labels', read(fields.get('labels'), labels)),
    ...optional('group', template(reader, fields, 'group', `'runs-on' of ${what}`, availability.job)),
  }
}

function readEnvironment(reader: SourceReader, node: SourceNode, what: string): StepsJob['environment'] | undefined {
  const place = { line: node.line, column: node.column }
  if (node.kind === 'scalar') {
    if (isEmpty(node)) return undefined
    const name = reader.template(node, `'environment' of ${what}`, availability.job)
    return name && { name, ...place }
  }
  const fields = reader.fields(node, `'environment' of ${what}`, ['name', 'url', 'deployment'])
  if (!fields) return undefined
  if (!fields.has('name')) return reader.error(`'environment' of ${what} has no 'name'`, node)
  const name = template(reader, fields, 'name', `'environment' of ${what}`, availability.job)
  const url = read(fields.get('url'), (value) =>
    reader.template(value, `'url' of 'environment' of ${what}`, availability.environmentUrl, { canBeEmpty: true }),
  )
  return name && { name, ...optional('url', url), ...place }
}

function ifField(reader: SourceReader, field: Field | undefined, what: string) {
  return field && reader.condition(field.value, `'if' of ${what}`, availability.jobIf)
}

function template(
  reader: SourceReader,
  fields: ReadonlyMap<string, Field>,
  name: string,
  what: string,
  here: Availability,
): Template | undefined {
  return read(fields.get(name), (node) => reader.template(node, `'${name}' of ${what}`, here, { canBeEmpty: name === 'name' }))
}

function read<T>(field: Field | undefined, of: (node: SourceNode) => T | undefined): T | undefined {
  return field && of(field.value)
}

function checkNeeds(reader: SourceReader, jobs: ReadonlyMap<string, Job>): void {
  const byFolded = new Map([...jobs.keys()].map((id) => [foldCase(id), id]))
  for (const job of jobs.values()) {
    for (const need of job.needs) {
      if (byFolded.has(foldCase(need.value))) continue
      const guess = nearest(need.value, [...jobs.keys()])
      reader.error(`job '${job.id}' needs '${need.value}', but there is no such job${guess ? `, did you mean '${guess}'?` : ''}`, need)
    }
  }
  const cycle = findCycle(jobs, byFolded)
  if (cycle) reader.error(`jobs need each other in a circle: ${cycle.path.join(' → ')}`, cycle.at)
}

/** The first circle of needs, without recursion: a chain may be as long as the file. */
function findCycle(
  jobs: ReadonlyMap<string, Job>,
  byFolded: ReadonlyMap<string, string>,
): { path: string[]; at: Located<string> } | undefined {
  const done = new Set<string>()
  for (const start of jobs.keys()) {
    if (done.has(start)) continue
    const path = [{ id: start, next: 0 }]
    const onPath = new Set([start])
    while (path.length > 0) {
      const top = path.at(-1) as { id: string; next: number }
      const need = jobs.get(top.id)?.needs[top.next++]
      if (!need) {
        done.add(top.id)
        onPath.delete(top.id)
        path.pop()
        continue
      }
      const id = byFolded.get(foldCase(need.value))
      if (id === undefined || done.has(id)) continue
      if (onPath.has(id)) {
        const ids = path.map((one) => one.id)
        return { path: [...ids.slice(ids.indexOf(id)), id], at: need }
      }
      onPath.add(id)
      path.push({ id, next: 0 })
    }
  }
  return undefined
}

export { describe }
