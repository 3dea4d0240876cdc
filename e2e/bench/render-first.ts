import { renderOurs } from '../conformance/engines.ts'
import type { RenderCase } from '../conformance/cases.ts'

/**
 * Run as a process of its own: renders the `others`, then `one` for the first time, with nothing of it in a cache. Without others no code is
 * compiled yet either. Prints its milliseconds.
 */
const { one, others, version } = JSON.parse(process.argv[2] ?? '') as { one: RenderCase; others: RenderCase[]; version: '3' | '4' }
for (const other of others) renderOurs(other, version)
const first = renderOurs(one, version)
if (!first.ok) throw new Error(first.message)
process.stdout.write(JSON.stringify({ first: first.ms }))
