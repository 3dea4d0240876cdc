import type { PromotionView } from '@plimsoll/api'

const columns = ['when', 'until', 'delivery', 'stage', 'application', 'kind', 'release', 'model', 'revision', 'pull request', 'title', 'author', 'verdict', 'approved by', 'by', 'why', 'phase', 'commit'] // prettier-ignore

/** Who deployed what, for a spreadsheet (RFC 4180). */
export function promotionsCsv(items: readonly PromotionView[]): string {
  const rows = items.map((one) => [
    one.startedAt,
    one.until ?? '',
    one.delivery,
    one.stage,
    one.application,
    one.kind,
    one.release.name,
    one.release.model?.digest ?? '',
    one.release.revision,
    one.release.pullRequest ? `${one.release.pullRequest.repository}#${one.release.pullRequest.number}` : '',
    one.release.title,
    one.release.author,
    one.release.verdict ?? '',
    one.approvedBy.join(' '),
    one.by,
    one.why ?? '',
    one.phase,
    one.commit ?? '',
  ])
  return `${[columns, ...rows].map((row) => row.map(field).join(',')).join('\r\n')}\r\n`
}

/** A spreadsheet would run what begins as a formula: such text gets an apostrophe (OWASP, CSV injection). */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
