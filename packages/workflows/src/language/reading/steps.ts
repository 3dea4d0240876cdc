import type { Step, Template, TemplateTree } from '../contract.ts'
import type { Availability } from '../expression/availability.ts'
import { availability } from '../expression/availability.ts'
import { foldCase } from '../expression/coercion.ts'
import { parseUses } from '../uses.ts'
import type { SourceNode } from '../yaml/source-node.ts'
import { checkIdentifier } from './identifier.ts'
import { checkShell } from './shared-fields.ts'
import { isEmpty, type Field, type SourceReader } from './source-reader.ts'
import { optional } from './triggers.ts'

/** Where steps stand: in a job, or in a composite action, which offers less. */
export interface StepPlace {
  readonly here: Availability
  readonly hereIf: Availability
  readonly shell: Availability
  readonly isComposite: boolean
}

export const inJob: StepPlace = {
  here: availability.step,
  hereIf: availability.stepIf,
  shell: availability.none,
  isComposite: false,
}
export const inComposite: StepPlace = {
  here: availability.actionStep,
  hereIf: availability.actionStepIf,
  shell: availability.actionStep,
  isComposite: true,
}

const ofBoth = ['name', 'id', 'if', 'env', 'continue-on-error', 'timeout-minutes']
const ofRun = ['run', 'shell', 'working-directory']
const ofUses = ['uses', 'with']
/** Of GitHub's preview of parallel steps (2026). */
const preview = ['background', 'wait', 'wait-all', 'cancel', 'parallel']

export function readSteps(reader: SourceReader, node: SourceNode, what: string, place: StepPlace): Step[] {
  if (node.kind !== 'sequence') {
    reader.error(`'steps' of ${what} must be a list of steps, each beginning with '-'`, node)
    return []
  }
  const steps: Step[] = []
  const ids = new Map<string, string>()
  for (const [at, item] of node.items.entries()) {
    const step = readStep(reader, item, `step ${at + 1} of ${what}`, place)
    if (!step) continue
    if (step.id !== undefined) {
      const before = ids.get(foldCase(step.id))
      const field = item.kind === 'mapping' ? item.entries.find((entry) => entry.key.text === 'id') : undefined
      if (before !== undefined) reader.error(`step id '${step.id}' is used twice in ${what}`, field?.value ?? item)
      ids.set(foldCase(step.id), step.id)
    }
    steps.push(step)
  }
  return steps
}

function readStep(reader: SourceReader, node: SourceNode, what: string, place: StepPlace): Step | undefined {
  if (node.kind !== 'mapping') return reader.error(`${what} must be a map with 'run' or 'uses'`, node)
  const unsupported = node.entries.find((entry) => preview.includes(entry.key.text))
  if (unsupported)
    return reader.error(`'${unsupported.key.text}' (GitHub's preview of parallel steps) is not supported here`, unsupported.key)
  const fields = reader.fields(node, what, [...ofBoth, ...ofRun, ...ofUses])
  if (!fields) return undefined
  const run = fields.get('run')
  const uses = fields.get('uses')
  if (run && uses) return reader.error(`${what} has both 'run' and 'uses'; make two steps of it`, uses.key)
  if (!run && !uses) return reader.error(`${what} has neither 'run' nor 'uses'`, node)
  for (const name of run ? ofUses : ofRun) {
    const field = fields.get(name)
    if (field) reader.error(`'${name}' cannot be used in ${what}: it belongs to a step with '${run ? 'uses' : 'run'}'`, field.key)
  }

  const template = (name: string, here: Availability = place.here): Template | undefined => {
    const field = fields.get(name)
    return field && reader.template(field.value, `'${name}' of ${what}`, here, { canBeEmpty: name === 'name' || name === 'run' })
  }
  const base = {
    ...optional('id', readId(reader, fields.get('id'), what)),
    ...optional('name', template('name')),
    ...optional('if', condition(reader, fields.get('if'), what, place)),
    ...optional('env', env(reader, fields.get('env'), what, place)),
    ...optional('continueOnError', continueOnError(reader, fields.get('continue-on-error'), what, place)),
    ...optional('timeoutMinutes', timeout(reader, fields.get('timeout-minutes'), what, place)),
    line: node.line,
    column: node.column,
  }
  if (run) {
    const script = template('run')
    const shell = template('shell', place.shell)
    checkShell(reader, shell)
    if (place.isComposite && !fields.has('shell'))
      reader.error(`${what} has no 'shell', which a 'run' in a composite action needs`, run.key)
    return (
      script && {
        kind: 'run',
        ...base,
        run: script,
        ...optional('shell', shell),
        ...optional('workingDirectory', template('working-directory')),
      }
    )
  }
  const usesField = uses as Field
  const source = reader.plainText(usesField.value, `'uses' of ${what}`)
  if (source === undefined) return undefined
  const reference = parseUses(source)
  if ('problem' in reference) return reader.error(`'uses' of ${what}: ${reference.problem}`, usesField.value)
  const withField = fields.get('with')
  const given = withField ? reader.templates(withField.value, `'with' of ${what}`, place.here) : new Map<string, Template>()
  return { kind: 'uses', ...base, uses: { ...reference, line: usesField.value.line, column: usesField.value.column }, with: given }
}

function readId(reader: SourceReader, field: Field | undefined, what: string): string | undefined {
  if (!field || isEmpty(field.value)) return undefined
  const id = reader.plainText(field.value, `'id' of ${what}`)
  return id !== undefined && checkIdentifier(reader, id, 'step id', field.value) ? id : undefined
}

function condition(reader: SourceReader, field: Field | undefined, what: string, place: StepPlace) {
  return field && reader.condition(field.value, `'if' of ${what}`, place.hereIf)
}

function env(reader: SourceReader, field: Field | undefined, what: string, place: StepPlace): TemplateTree | undefined {
  return field && reader.textMap(field.value, `'env' of ${what}`, place.here)
}

function continueOnError(reader: SourceReader, field: Field | undefined, what: string, place: StepPlace): Template | undefined {
  return field && reader.booleanTemplate(field.value, `'continue-on-error' of ${what}`, place.here)
}

function timeout(reader: SourceReader, field: Field | undefined, what: string, place: StepPlace): Template | undefined {
  return field && reader.numberTemplate(field.value, `'timeout-minutes' of ${what}`, place.here, (value) => value > 0)
}
