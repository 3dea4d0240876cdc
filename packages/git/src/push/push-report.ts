import { banded, flush, packet, packetAt } from './packet-line.ts'

/** What `git receive-pack` answered. */
export interface PushReport {
  /** `ok`, or why nothing of the pack was taken in. */
  unpack: string
  /** Refusal by ref; undefined: done. */
  refs: Map<string, string | undefined>
  /** What the client is to print, band 2, as it came. */
  progress: Buffer
}

/** Takes an answer apart, with a side band or without one (gitprotocol-pack(5), "Report Status"). */
export function parsePushReport(answer: Buffer, hasSideBand: boolean): PushReport {
  let status = answer
  const progress: Buffer[] = []
  if (hasSideBand) {
    const pieces: Buffer[] = []
    for (const content of packetsOf(answer)) {
      if (content[0] === 1) pieces.push(content.subarray(1))
      else if (content[0] === 2) progress.push(content.subarray(1))
      else if (content[0] === 3) throw new Error(`git receive-pack failed: ${content.toString('utf8', 1, 300)}`)
    }
    status = Buffer.concat(pieces)
  }
  const report: PushReport = { unpack: 'no answer', refs: new Map(), progress: Buffer.concat(progress) }
  for (const content of packetsOf(status)) {
    const [, what = '', rest = ''] = /^(\w+) ([^]*?)\n?$/.exec(content.toString()) ?? []
    if (what === 'unpack') report.unpack = rest
    else if (what === 'ok') report.refs.set(rest, undefined)
    else if (what === 'ng') report.refs.set(rest.split(' ', 1)[0] ?? '', rest.slice(rest.indexOf(' ') + 1))
  }
  return report
}

export interface ReportedRef {
  ref: string
  /** One line; undefined: done. */
  refusal: string | undefined
  /** The ref that moved in its place, and from where. */
  instead?: { ref: string; from: string | undefined }
}

/** The answer to the client, in the form that its capabilities ask for. */
export function formatPushReport(
  capabilities: readonly string[],
  report: { unpack: string; refs: readonly ReportedRef[]; progress: Buffer; messages: readonly string[] },
): Buffer {
  const hasSideBand = capabilities.includes('side-band-64k') || capabilities.includes('side-band')
  const isVersion2 = capabilities.includes('report-status-v2')
  const lines: Buffer[] = []
  if (isVersion2 || capabilities.includes('report-status')) {
    lines.push(packet(`unpack ${report.unpack}\n`))
    for (const { ref, refusal, instead } of report.refs) {
      if (refusal !== undefined) {
        lines.push(packet(`ng ${ref} ${refusal.replaceAll('\n', ' ')}\n`))
        continue
      }
      lines.push(packet(`ok ${ref}\n`))
      if (isVersion2 && instead !== undefined) {
        lines.push(packet(`option refname ${instead.ref}\n`))
        if (instead.from !== undefined) lines.push(packet(`option old-oid ${instead.from}\n`))
      }
    }
    lines.push(flush)
  }
  const status = Buffer.concat(lines)
  if (!hasSideBand) return status
  const text = report.messages.map((line) => `${printable(line)}\n`).join('')
  return Buffer.concat([banded(2, report.progress), banded(2, Buffer.from(text)), banded(1, status), flush])
}

function* packetsOf(data: Buffer): Generator<Buffer> {
  let at = 0
  for (;;) {
    const found = packetAt(data, at)
    if (found === undefined || found.content === undefined) return
    at = found.end
    yield found.content
  }
}

/** It is printed on a terminal. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}
