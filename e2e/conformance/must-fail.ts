import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import yaml from 'js-yaml'
import type { Verdict } from './verdict.ts'

/** What `must-fail.yaml` beside charts or kustomizations says of one that the real tool refuses. */
interface Expectation {
  /** Parts of the real tool's message, of which one has to be there. */
  says: string | string[]
  /** The only tool that refuses it. */
  only?: string
}

const lists = new Map<string, Readonly<Record<string, Expectation>> | undefined>()

/**
 * Beside charts of our own there is a list of those that have to fail, and why: then one that is refused for another reason than it was written
 * for does not count as passed. Public ones have no list, and are held to what the real tool does with them.
 */
export function holdToList(verdict: Verdict): Verdict {
  const list = listIn(verdict.root)
  if (list === undefined || !verdict.passed || verdict.isOutdated) return verdict
  const expected = Object.hasOwn(list, verdict.name) ? list[verdict.name] : undefined
  const mustFail = expected !== undefined && (expected.only === undefined || expected.only === verdict.tool)
  if (!mustFail) return verdict.theirError === undefined ? verdict : { ...verdict, passed: false, reason: 'not in must-fail.yaml' }
  const isAsSaid = [expected.says].flat().some((part) => verdict.theirError?.includes(part))
  return isAsSaid ? verdict : { ...verdict, passed: false, reason: 'fails for another reason than must-fail.yaml says' }
}

function listIn(root: string): Readonly<Record<string, Expectation>> | undefined {
  if (!lists.has(root)) {
    const file = join(root, 'must-fail.yaml')
    lists.set(root, existsSync(file) ? (yaml.load(readFileSync(file, 'utf8')) as Record<string, Expectation>) : undefined)
  }
  return lists.get(root)
}
