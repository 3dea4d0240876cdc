import type { WorkflowFile } from '../../contract.ts'
import type { Problem, Value, Workflow } from '../contract.ts'
import { availability } from '../expression/availability.ts'
import { readYaml } from '../yaml/read-yaml.ts'
import { readJobs } from './jobs.ts'
import { checkReferences } from './references.ts'
import { checkShell, readConcurrency, readDefaults, readPermissions } from './shared-fields.ts'
import { isEmpty, SourceReader, type Field } from './source-reader.ts'
import { optional, readTriggers } from './triggers.ts'

const known = ['name', 'description', 'run-name', 'on', 'permissions', 'env', 'defaults', 'concurrency', 'jobs']

/** `workflow` only when there is no error. Never throws for what the text holds; `path` is its name without one of its own. */
export function parseWorkflow(text: string, path: string): { workflow?: Workflow; problems: Problem[] } {
  const file = readYaml(text)
  if (!file.root) return { problems: file.problems }
  const reader = new SourceReader(file)
  const fields = reader.fields(file.root, 'the workflow', known)
  if (!fields) return { problems: ordered(reader.problems) }

  const on = fields.get('on')
  if (!on) reader.error("the workflow has no 'on', which says what starts it", file.root)
  const jobsField = fields.get('jobs')
  if (!jobsField) reader.error("the workflow has no 'jobs'", file.root)
  const read = <T>(name: string, of: (field: Field) => T | undefined): T | undefined => {
    const field = fields.get(name)
    return field && of(field)
  }
  const defaults = read('defaults', ({ value }) => readDefaults(reader, value, availability.none))
  checkShell(reader, defaults?.shell)
  const workflow: Workflow = {
    path,
    name: read('name', ({ value }) => (isEmpty(value) ? undefined : nameOf(reader, value))) ?? path,
    ...optional(
      'runName',
      read('run-name', ({ value }) => reader.template(value, "'run-name'", availability.runName, { canBeEmpty: true })),
    ),
    events: on ? readTriggers(reader, on.value) : new Map(),
    ...optional(
      'env',
      read('env', ({ value }) => reader.textMap(value, "'env' of the workflow", availability.workflowEnv)),
    ),
    ...optional('defaults', defaults),
    ...optional(
      'permissions',
      read('permissions', ({ value }) => readPermissions(reader, value)),
    ),
    ...optional(
      'concurrency',
      read('concurrency', ({ value }) => readConcurrency(reader, value, availability.workflowConcurrency)),
    ),
    jobs: jobsField ? readJobs(reader, jobsField.value) : new Map(),
  }
  const hasError = reader.problems.some((problem) => problem.severity === 'error')
  if (!hasError) checkReferences(reader, workflow)
  return { ...(!hasError && { workflow }), problems: ordered(reader.problems) }
}

/** What the list of workflows shows of a file: also of one with errors. */
export function describeWorkflow(text: string, path: string): WorkflowFile {
  const { workflow, problems } = parseWorkflow(text, path)
  const dispatch = workflow?.events.get('workflow_dispatch')
  const inputs: NonNullable<WorkflowFile['dispatch']>['inputs'] = Object.create(null)
  for (const [name, input] of dispatch?.inputs ?? []) {
    inputs[name] = {
      ...optional('description', input.description),
      required: input.required,
      ...optional('default', input.default?.literal as Value | undefined),
      type: input.type,
      ...optional('options', input.options && [...input.options]),
    }
  }
  return {
    path,
    name: workflow?.name ?? path,
    problems: problems.filter((problem) => problem.severity === 'error').map(({ message, line, column }) => ({ message, line, column })),
    events: [...(workflow?.events.keys() ?? [])],
    ...(dispatch && { dispatch: { inputs } }),
  }
}

/** A name is text as it stands: GitHub does not evaluate it. */
function nameOf(reader: SourceReader, node: Field['value']): string | undefined {
  if (node.kind === 'scalar') return node.text
  return reader.error("'name' must be text", node)
}

function ordered(problems: Problem[]): Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column)
}
