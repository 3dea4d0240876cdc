import type { RunLogLine, WorkflowJob, WorkflowRun } from '@plimsoll/api'
import { print } from '../../output/print.ts'
import { printable } from '../../output/table.ts'

const colours = { red: 31, green: 32, yellow: 33, cyan: 36, grey: 90 } as const
const hues = [36, 35, 33, 34, 32, 95, 96]

function coloured(text: string, colour: keyof typeof colours): string {
  return process.stdout.isTTY ? `\u001B[${colours[colour]}m${text}\u001B[0m` : text
}

/** Text of a step: its colours stay on a terminal; nothing else of it may move the cursor or write where it should not. */
export function logText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- colours are what is kept
  const kept = process.stdout.isTTY ? /\u001B\[[0-9;]{0,40}m/g : undefined
  const parts: string[] = []
  let from = 0
  for (const match of kept ? text.matchAll(kept) : []) {
    parts.push(plain(text.slice(from, match.index)), match[0])
    from = match.index + match[0].length
  }
  parts.push(plain(text.slice(from)))
  return parts.join('')
}

function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replace(/\u001B\[[0-9;]{0,40}m/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '�')
}

export function logLine(line: RunLogLine): string | undefined {
  const text = logText(line.text)
  switch (line.kind) {
    case 'group':
      return coloured(`▸ ${text}`, 'cyan')
    case 'endgroup':
      return undefined
    case 'error':
      return coloured(`Error: ${text}`, 'red')
    case 'warning':
      return coloured(`Warning: ${text}`, 'yellow')
    case 'notice':
      return `Notice: ${text}`
    case 'debug':
      return coloured(`Debug: ${text}`, 'grey')
    case 'command':
      return coloured(`$ ${text}`, 'grey')
    default:
      return text
  }
}

/** Logs of several jobs as they come, each line with the name of its job. */
export class JobLogPrinter {
  readonly #read: (jobId: string, after: number) => Promise<{ lines: RunLogLine[]; isComplete: boolean }>
  readonly #followed = new Map<string, Promise<void>>()
  #hasEnded = false

  constructor(read: JobLogPrinter['read']) {
    this.#read = read
  }

  get read(): (jobId: string, after: number) => Promise<{ lines: RunLogLine[]; isComplete: boolean }> {
    return this.#read
  }

  follow(jobId: string, name: string, subscribe: (heard: () => void) => () => void): void {
    if (this.#followed.has(jobId)) return
    const hue = hues[this.#followed.size % hues.length]
    const label = process.stdout.isTTY ? `\u001B[${hue}m${printable(name)}\u001B[0m` : printable(name)
    this.#followed.set(jobId, this.#print(jobId, label, subscribe))
  }

  /** Resolves when every log is printed to its end. */
  async end(): Promise<void> {
    this.#hasEnded = true
    await Promise.all(this.#followed.values())
  }

  async #print(jobId: string, label: string, subscribe: (heard: () => void) => () => void): Promise<void> {
    let hasNews = true
    let wake = (): void => undefined
    const stop = subscribe(() => {
      hasNews = true
      wake()
    })
    try {
      for (let after = 0; ;) {
        hasNews = false
        const { lines, isComplete } = await this.#read(jobId, after)
        for (const line of lines) {
          after = line.n
          const text = logLine(line)
          if (text !== undefined) print(`${label} | ${text}`)
        }
        if (isComplete || (this.#hasEnded && lines.length === 0)) return
        if (lines.length > 0 || hasNews) continue
        await new Promise<void>((resolve) => {
          wake = resolve
          // The end of a job is no line of its log.
          setTimeout(resolve, 200)
        })
      }
    } finally {
      stop()
    }
  }
}

const marks: Record<string, string> = {
  success: '✓',
  failure: '✗',
  cancelled: '-',
  skipped: '○',
  timedOut: '⧖',
  interrupted: '!',
}

export function summaryOf(run: WorkflowRun): string[] {
  const lines = [
    `${mark(run.conclusion)} ${printable(run.workflow.name)}: ${run.conclusion ?? run.state}${run.why === undefined ? '' : ` (${printable(run.why)})`}`,
  ]
  for (const job of run.jobs) {
    lines.push(`  ${mark(job.conclusion)} ${printable(job.name)}${took(job)}${job.why === undefined ? '' : `: ${printable(job.why)}`}`)
    for (const one of job.annotations ?? []) lines.push(`      ${one.level}: ${printable(one.path)}:${one.line}: ${printable(one.message)}`)
  }
  return lines
}

function mark(conclusion: string | undefined): string {
  const sign = marks[conclusion ?? ''] ?? '·'
  return coloured(sign, conclusion === 'success' ? 'green' : conclusion === 'failure' || conclusion === 'timedOut' ? 'red' : 'grey')
}

export function took({ startedAt, finishedAt }: Pick<WorkflowJob, 'startedAt' | 'finishedAt'>): string {
  if (startedAt === undefined || finishedAt === undefined) return ''
  return ` in ${((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s`
}
