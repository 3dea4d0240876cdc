import type { ActionDefinition, ActionInput, ActionRuns, Condition, Problem, Template } from '../contract.ts'
import { availability } from '../expression/availability.ts'
import { readYaml } from '../yaml/read-yaml.ts'
import { describe, isEmpty, SourceReader, type Field } from './source-reader.ts'
import { inComposite, readSteps } from './steps.ts'
import { optional } from './triggers.ts'

const known = ['name', 'author', 'description', 'inputs', 'outputs', 'runs', 'branding']
const ofNode = ['using', 'main', 'pre', 'pre-if', 'post', 'post-if']
const ofDocker = ['using', 'image', 'args', 'env', 'entrypoint', 'pre-entrypoint', 'pre-if', 'post-entrypoint', 'post-if']
const nodeVersions = ['12', '16', '20', '24']

/** `action` only when there is no error. */
export function parseAction(text: string, path: string): { action?: ActionDefinition; problems: Problem[] } {
  const file = readYaml(text)
  if (!file.root) return { problems: file.problems }
  const reader = new SourceReader(file)
  const { root } = file
  const fields = root.kind === 'mapping' ? reader.entries(root, 'the action') : reader.fields(root, 'the action', known)
  // GitHub reads actions loosely: others' files carry keys of other tools, which do not keep them from running.
  for (const [name, { key }] of fields ?? []) if (!known.includes(name)) reader.warning(`unknown key '${name}' in the action`, key)
  const runsField = fields?.get('runs')
  if (fields && !runsField) reader.error("the action has no 'runs'", root)
  const runs = runsField && readRuns(reader, runsField)
  const action = fields && {
    path,
    name: textOf(reader, fields.get('name'), "'name'") || path,
    ...optional('description', textOf(reader, fields.get('description'), "'description'") || undefined),
    inputs: readInputs(reader, fields.get('inputs')),
    outputs: readOutputs(reader, fields.get('outputs'), runs?.using === 'composite'),
  }
  const hasError = reader.problems.some((problem) => problem.severity === 'error')
  return { ...(!hasError && action && runs && { action: { ...action, runs } }), problems: reader.problems }
}

function textOf(reader: SourceReader, field: Field | undefined, what: string): string | undefined {
  if (!field) return undefined
  if (field.value.kind !== 'scalar') return reader.error(`${what} must be text`, field.value)
  return field.value.text
}

function readInputs(reader: SourceReader, field: Field | undefined): Map<string, ActionInput> {
  const inputs = new Map<string, ActionInput>()
  if (!field || isEmpty(field.value)) return inputs
  for (const [name, { value }] of reader.entries(field.value, "'inputs'") ?? []) {
    const what = `input '${name}'`
    const fields = isEmpty(value) ? new Map<string, Field>() : reader.entries(value, what)
    if (!fields) continue
    const required = fields.get('required')
    const standard = fields.get('default')
    inputs.set(name, {
      // Actions in the wild write 'true' in quotes.
      required: required?.value.kind === 'scalar' && required.value.text.toLowerCase() === 'true',
      ...optional('description', textOf(reader, fields.get('description'), `'description' of ${what}`)),
      ...optional(
        'default',
        standard && reader.template(standard.value, `'default' of ${what}`, availability.actionDefault, { canBeEmpty: true }),
      ),
      ...optional('deprecationMessage', textOf(reader, fields.get('deprecationMessage'), `'deprecationMessage' of ${what}`)),
    })
  }
  return inputs
}

function readOutputs(reader: SourceReader, field: Field | undefined, isComposite: boolean): ActionDefinition['outputs'] {
  const outputs = new Map<string, { description?: string; value?: Template }>()
  if (!field || isEmpty(field.value)) return outputs
  for (const [name, { key, value }] of reader.entries(field.value, "'outputs'") ?? []) {
    const what = `output '${name}'`
    const fields = isEmpty(value) ? new Map<string, Field>() : reader.entries(value, what)
    const given = fields?.get('value')
    if (isComposite && fields && !given) reader.error(`${what} of a composite action has no 'value'`, key)
    outputs.set(name, {
      ...optional('description', textOf(reader, fields?.get('description'), `'description' of ${what}`)),
      ...optional(
        'value',
        given && isComposite
          ? reader.template(given.value, `'value' of ${what}`, availability.actionOutput, { canBeEmpty: true })
          : undefined,
      ),
    })
  }
  return outputs
}

function readRuns(reader: SourceReader, field: Field): ActionRuns | undefined {
  const fields = reader.entries(field.value, "'runs'")
  if (!fields) return undefined
  const usingField = fields.get('using')
  if (!usingField) return reader.error("'runs' has no 'using'", field.key)
  const using = reader.plainText(usingField.value, "'using' of 'runs'")?.toLowerCase()
  if (using === undefined) return undefined
  const required = (name: string): string | undefined => {
    const one = fields.get(name)
    return one
      ? reader.plainText(one.value, `'${name}' of 'runs'`)
      : reader.error(`'runs' with using: ${using} has no '${name}'`, field.key)
  }
  const loose = (name: string): string | undefined => {
    const one = fields.get(name)
    return one && (reader.looseText(one.value, `'${name}' of 'runs'`) || undefined)
  }
  const hook = (name: string): Condition | undefined => {
    const one = fields.get(name)
    return one && reader.condition(one.value, `'${name}' of 'runs'`, availability.actionHookIf)
  }
  if (using === 'composite') {
    const steps = fields.get('steps')
    if (!steps) return reader.error("'runs' with using: composite has no 'steps'", field.key)
    return { using, steps: readSteps(reader, steps.value, 'the action', inComposite) }
  }
  if (using === 'docker') {
    checkKeys(reader, fields, ofDocker, using)
    const image = required('image')
    const args = fields.get('args')
    const env = fields.get('env')
    if (args && args.value.kind !== 'sequence') reader.error(`'args' of 'runs' must be a list, not ${describe(args.value)}`, args.value)
    const given = args?.value.kind === 'sequence' ? args.value.items : []
    const templates = given.map((item) => reader.template(item, "an entry of 'args'", availability.actionDocker, { canBeEmpty: true }))
    return image === undefined
      ? undefined
      : {
          using,
          image,
          args: templates.filter((one) => one !== undefined),
          env: env ? reader.templates(env.value, "'env' of 'runs'", availability.actionDocker) : new Map<string, Template>(),
          ...optional('entrypoint', loose('entrypoint')),
          ...optional('preEntrypoint', loose('pre-entrypoint')),
          ...optional('preIf', hook('pre-if')),
          ...optional('postEntrypoint', loose('post-entrypoint')),
          ...optional('postIf', hook('post-if')),
        }
  }
  const version = /^node([0-9]{1,3})$/.exec(using)?.[1]
  if (version === undefined || !nodeVersions.includes(version)) {
    return reader.error(
      `'using' cannot be '${using}'; it is composite, docker, ${nodeVersions.map((one) => `node${one}`).join(', ')}`,
      usingField.value,
    )
  }
  checkKeys(reader, fields, ofNode, using)
  const main = required('main')
  return main === undefined
    ? undefined
    : {
        using: 'node',
        version: Number(version),
        main,
        ...optional('pre', loose('pre')),
        ...optional('preIf', hook('pre-if')),
        ...optional('post', loose('post')),
        ...optional('postIf', hook('post-if')),
      }
}

function checkKeys(reader: SourceReader, fields: ReadonlyMap<string, Field>, allowed: readonly string[], using: string): void {
  for (const [name, { key }] of fields) {
    if (!allowed.includes(name)) reader.warning(`'${name}' has no effect in 'runs' with using: ${using}`, key)
  }
}
