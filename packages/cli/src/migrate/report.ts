import { type ArgoObject, inOrder, type Installation, secretType } from './argo-object.ts'
import { type Finding, judge, surroundingsOf } from './judge.ts'
import { printable } from '../output/table.ts'

/** One object, and what happens with it. Values of Secrets are nowhere in it. */
export interface ReportEntry {
  kind: string
  namespace?: string
  name: string
  /** `FILE:LINE`, of one from a file. */
  at?: string
  /** Of a Secret of Argo CD's: `cluster`, `repository` and others. */
  type?: string
  findings: Finding[]
}

export interface Report {
  objects: ReportEntry[]
  problems: { at: string; message: string }[]
  /** What is none of Argo CD's own, by kind. */
  others: Record<string, number>
}

export function reportOn({ objects, problems }: Installation, namespace: string): Report {
  const around = surroundingsOf(objects, namespace)
  const own = objects.filter(({ part }) => part !== 'other')
  const others = new Map<string, number>()
  for (const { object, part } of objects) if (part === 'other') others.set(object.kind, (others.get(object.kind) ?? 0) + 1)
  return {
    objects: own.toSorted(inOrder).map((one) => entryOf(one, judge(one, around))),
    problems,
    others: Object.fromEntries([...others].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
}

function entryOf({ object, part, file, line }: ArgoObject, findings: Finding[]): ReportEntry {
  const type = part === 'secret' ? secretType(object.metadata) : undefined
  return {
    kind: object.kind,
    ...(object.metadata.namespace !== undefined && { namespace: object.metadata.namespace }),
    name: object.metadata.name,
    ...(file !== undefined && { at: `${file === '-' ? 'standard input' : file}:${line ?? 1}` }),
    ...(type !== undefined && { type }),
    findings,
  }
}

const words: Record<Finding['verdict'], string> = { different: 'otherwise', unsupported: 'not here', needless: 'not needed' }

export function reportText({ objects, problems, others }: Report): string {
  const lines: string[] = []
  for (const { kind, namespace, name, at, type, findings } of objects) {
    const where = at === undefined ? '' : `  (${at})`
    const what = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}${type === undefined ? '' : `, ${type}`}`
    lines.push(`${what}${where}${findings.length === 0 ? ': as it is' : ''}`)
    for (const { field, verdict, text } of findings) lines.push(`  ${words[verdict].padEnd(10)}  ${field}: ${text}`)
  }
  for (const { at, message } of problems) lines.push(`${at}: ${message}`)
  const counted = Object.entries(others).map(([kind, count]) => `${count} ${kind}`)
  if (counted.length > 0) lines.push(`None of Argo CD's own, and left alone: ${counted.join(', ')}.`)
  lines.push(
    '',
    'What is otherwise for every application is on the page docs/how-to/coming-from-argo-cd.md.',
    ...summary(objects),
    ...(problems.length > 0 ? [`${problems.length} could not be read.`] : []),
  )
  return lines.map(printable).join('\n')
}

function summary(objects: readonly ReportEntry[]): string[] {
  const kinds = [...new Set(objects.map(({ kind }) => kind))]
  return kinds.map((kind) => {
    const of = objects.filter((one) => one.kind === kind)
    const has = (verdict: Finding['verdict']): number => of.filter(({ findings }) => findings.some((one) => one.verdict === verdict)).length
    const asItIs = of.filter(({ findings }) => findings.every(({ verdict }) => verdict === 'needless')).length
    return `${kind}: ${of.length}, of which ${asItIs} as they are, ${has('different')} with something otherwise, ${has('unsupported')} with something that is not here.`
  })
}
