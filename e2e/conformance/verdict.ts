import type { RenderCase } from './cases.ts'
import { compareOutputs, type Difference } from './difference.ts'
import { readDocuments } from './documents.ts'
import type { EngineThread } from './engine-thread.ts'
import type { OurAnswer } from './engines.ts'
import { type RealTool, runTool, type ToolRun } from './real-tool.ts'

/** How one case has come out with one real tool. */
export interface Verdict {
  tool: string
  name: string
  root: string
  passed: boolean
  /** What is wrong, when it did not pass. */
  reason?:
    | 'differs'
    | 'ours fails'
    | 'ours does not fail'
    | 'ours crashes'
    | 'no answer of the real tool'
    | 'not in must-fail.yaml'
    | 'fails for another reason than must-fail.yaml says'
  differences: Difference[]
  /** Leaves that were left out, since they are random by nature. */
  masked: number
  /** Left out: it did not pass, and the newer release of the tool, which ours follows, answers otherwise than this one, too. */
  isOutdated: boolean
  objects: number
  ourError?: string
  theirError?: string
  ourMs: number
  theirMs: number
}

/** Runs of the real tool before a value counts as not random: the order of a Go map with two keys is the same in one of two runs. */
const mostRuns = 6

export async function judge(one: RenderCase, kind: RealTool, version: '3' | '4', engine: EngineThread): Promise<Verdict> {
  const [theirs, ours] = await Promise.all([runTool(kind, one, 0), engine.render(one, version)])
  const verdict: Verdict = {
    tool: kind.name,
    name: one.name,
    root: one.root,
    passed: true,
    differences: [],
    masked: 0,
    isOutdated: false,
    objects: 0,
    ourMs: ours.ms,
    theirMs: theirs.ms,
    ...(!ours.ok && { ourError: ours.message }),
    ...(theirs.code !== 0 && { theirError: causeIn(theirs.stderr) }),
  }
  const outcome = await judgeAnswers(verdict, one, kind, ours, theirs)
  if (outcome.passed || kind.newer === undefined) return outcome
  const newer = await runTool(kind.newer, one, 0)
  const isOutdated =
    (newer.code === 0) !== (theirs.code === 0) ||
    compareOutputs(readDocuments(newer.stdout), [readDocuments(theirs.stdout)]).differences.length > 0
  return isOutdated ? { ...outcome, passed: true, isOutdated } : outcome
}

async function judgeAnswers(verdict: Verdict, one: RenderCase, kind: RealTool, ours: OurAnswer, theirs: ToolRun): Promise<Verdict> {
  if (theirs.code < 0) return { ...verdict, passed: false, reason: 'no answer of the real tool' }
  if (!ours.ok && ours.isCrash) return { ...verdict, passed: false, reason: 'ours crashes' }
  if (!ours.ok && theirs.code === 0) return { ...verdict, passed: false, reason: 'ours fails' }
  if (ours.ok && theirs.code !== 0) return { ...verdict, passed: false, reason: 'ours does not fail' }
  if (!ours.ok) return verdict
  return { ...verdict, ...(await compare(one, kind, ours, theirs)) }
}

/** Asks the real tool again only where ours is not equal: what it says twice in the same way ours has to say, too. */
async function compare(
  one: RenderCase,
  kind: RealTool,
  ours: OurAnswer & { ok: true },
  first: ToolRun,
): Promise<Pick<Verdict, 'passed' | 'reason' | 'differences' | 'masked' | 'objects'>> {
  const documents = readDocuments(ours.text)
  const texts = [first.stdout]
  const runs = [readDocuments(first.stdout)]
  for (;;) {
    const { differences, masked } = compareOutputs(documents, runs)
    const objects = documents.length
    if (differences.length === 0) return { passed: true, differences, masked, objects }
    // Two equal runs make chance unlikely, three of the same text rule it out but for a map of two keys.
    const enough = new Set(texts).size === 1 ? 3 : mostRuns
    if (runs.length >= enough) return { passed: false, reason: 'differs', differences, masked, objects }
    const again = await runTool(kind, one, runs.length)
    if (again.code !== 0) return { passed: false, reason: 'differs', differences, masked, objects }
    texts.push(again.stdout)
    runs.push(readDocuments(again.stdout))
  }
}

/** Both ends: the cause is at the end of a chain of templates, and at the head of a stack trace. */
function causeIn(stderr: string): string {
  const text = stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('# Warning') && !line.startsWith('Use --debug'))
    .join('\n')
  return text.length <= 4000 ? text : `${text.slice(0, 2000)} … ${text.slice(-2000)}`
}
