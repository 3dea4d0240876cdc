import type { ResolvedInputs, Scope, Value, ValueMap, Workflow, WorkflowInput } from './contract.ts'
import { evaluate, interpolate } from './evaluation.ts'
import { foldCase, isPrimitive, numberText, toText } from './expression/coercion.ts'
import { toValue } from './expression/json.ts'

/** GitHub's limit for what `workflow_dispatch` is given. */
const largestPayload = 65_535

/** What a person or the API gave, typed and checked: booleans are booleans, numbers numbers, all else text. */
export function resolveDispatchInputs(workflow: Workflow, given: Readonly<Record<string, unknown>>): ResolvedInputs {
  const declared = workflow.events.get('workflow_dispatch')?.inputs ?? new Map<string, WorkflowInput>()
  const problems: string[] = []
  if (JSON.stringify(given).length > largestPayload)
    return { inputs: empty(), problems: [`the inputs are larger than ${largestPayload} characters`] }
  const values = byFolded(given)
  reportUnknown(declared, given, problems)
  const inputs = empty()
  for (const [name, input] of declared) {
    const value = values.get(foldCase(name))
    if (value === undefined || value === null || value === '') {
      if (input.required && !input.default) problems.push(`input '${name}' is required`)
      else inputs[name] = typed(input, input.default?.literal ?? null, name, problems)
    } else inputs[name] = typed(input, toValue(value), name, problems)
  }
  return { inputs, problems }
}

/** `github.event.inputs`: as `inputs`, but for GitHub everything there is text. */
export function inputsAsText(inputs: ValueMap): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, toText(value as Value)]))
}

/** What a job gives to the workflow that it calls. GitHub takes the type of the value as it is: `'true'` is no boolean. */
export async function resolveCallInputs(called: Workflow, given: ValueMap, scope: Scope): Promise<ResolvedInputs> {
  const declared = called.events.get('workflow_call')?.inputs ?? new Map<string, WorkflowInput>()
  const problems: string[] = []
  const values = byFolded(given)
  reportUnknown(declared, given, problems)
  const inputs = empty()
  for (const [name, input] of declared) {
    let value = values.get(foldCase(name)) as Value | undefined
    if (value === undefined) {
      if (input.required) {
        problems.push(`input '${name}' is required`)
        continue
      }
      value = input.default ? await evaluate(input.default, scope) : null
    }
    inputs[name] = calledValue(input, value, name, problems)
  }
  return { inputs, problems }
}

export function resolveCallSecrets(
  called: Workflow,
  given: 'inherit' | ReadonlyMap<string, string>,
  available: ReadonlyMap<string, string>,
): { secrets: Map<string, string>; problems: string[] } {
  const declared = called.events.get('workflow_call')?.secrets ?? new Map<string, { required: boolean }>()
  if (given === 'inherit') return { secrets: new Map(available), problems: [] }
  const problems: string[] = []
  const secrets = new Map<string, string>()
  const names = new Map([...declared.keys()].map((name) => [foldCase(name), name]))
  for (const [name, value] of given) {
    const known = names.get(foldCase(name))
    if (known === undefined) problems.push(`the called workflow has no secret '${name}'`)
    else secrets.set(known, value)
  }
  for (const [name, { required }] of declared) if (required && !secrets.has(name)) problems.push(`secret '${name}' is required`)
  return { secrets, problems }
}

export async function evaluateCallOutputs(called: Workflow, scope: Scope): Promise<Map<string, string>> {
  const outputs = new Map<string, string>()
  for (const [name, { value }] of called.events.get('workflow_call')?.outputs ?? []) outputs.set(name, await interpolate(value, scope))
  return outputs
}

function typed(input: WorkflowInput, value: Value, name: string, problems: string[]): Value {
  const written = isPrimitive(value) ? toText(value) : undefined
  if (written === undefined) {
    problems.push(`input '${name}' must be text, a number or a boolean`)
    return null
  }
  switch (input.type) {
    case 'boolean':
      if (written === '') return false
      if (written !== 'true' && written !== 'false') problems.push(`input '${name}' must be true or false, not '${short(written)}'`)
      return written === 'true'
    case 'number':
      // GitHub leaves a number that was not given empty.
      if (written === '') return ''
      if (!/^[-+]?[0-9.]/.test(written.trim()) || !Number.isFinite(Number(written))) {
        problems.push(`input '${name}' must be a number, not '${short(written)}'`)
      }
      return Number(written)
    case 'choice':
      if (written === '' && !input.required) return written || (input.options?.[0] ?? '')
      if (!input.options?.includes(written)) {
        problems.push(`input '${name}' must be one of ${input.options?.join(', ')}, not '${short(written)}'`)
      }
      return written
    default:
      return written
  }
}

function calledValue(input: WorkflowInput, value: Value, name: string, problems: string[]): Value {
  if (value === null || value === '') return { boolean: false, number: 0 }[input.type as string] ?? ''
  if (input.type === 'string') {
    if (!isPrimitive(value)) problems.push(`input '${name}' must be text; toJSON makes text of a list or map`)
    return isPrimitive(value) ? toText(value) : ''
  }
  if (typeof value === input.type) return value
  problems.push(`input '${name}' must be a ${input.type}, not ${typeof value === 'number' ? numberText(value) : `a ${kind(value)}`}`)
  return null
}

function kind(value: Value): string {
  return typeof value === 'object' ? (Array.isArray(value) ? 'list' : 'map') : typeof value === 'string' ? 'text' : typeof value
}

function reportUnknown(declared: ReadonlyMap<string, unknown>, given: object, problems: string[]): void {
  const names = new Set([...declared.keys()].map((name) => foldCase(name)))
  for (const name of Object.keys(given)) {
    if (!names.has(foldCase(name)))
      problems.push(`there is no input '${short(name)}'${declared.size > 0 ? `; there are ${[...declared.keys()].join(', ')}` : ''}`)
  }
}

function byFolded(given: object): Map<string, unknown> {
  return new Map(Object.entries(given).map(([name, value]) => [foldCase(name), value]))
}

function empty(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
