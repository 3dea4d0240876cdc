import type { HealthStatus } from '@plimsoll/api'
import { type KubeObject, splitApiVersion } from '@plimsoll/kube'
import { SecretMasker } from '../masking.ts'
import type { ScriptThread } from '../scripts/script-thread.ts'
import type { ScriptSettings } from '../settings/script-settings.ts'
import { healthOf, isLeaving } from './health.ts'
import { progressing, statusOf } from './health-status.ts'

/**
 * The health of live objects, by the operator's checks where there are some, else by ours. The operator's run in another thread: `assess` first, then
 * `of` tells what came out. An object that nobody has assessed yet is on its way.
 */
export interface HealthSource {
  of(object: KubeObject): HealthStatus | undefined
  /** Runs the operator's checks that concern these objects and have not run for them. */
  assess(objects: Iterable<KubeObject>): Promise<void>
  /** What is wrong with the check itself, where its answer is no health. */
  problemOf(object: KubeObject): string | undefined
}

/** Without anybody's checks: what the objects themselves say. */
export const ownHealth: HealthSource = { of: healthOf, assess: () => Promise.resolve(), problemOf: () => undefined }

interface Check {
  kind: 'health-lua' | 'health-cel'
  source: string
  useOpenLibs: boolean
}

interface Finding {
  /** Of which check: another one has not looked at the object yet. */
  source: string
  isOver: boolean
  health?: HealthStatus | undefined
  problem?: string
  done: Promise<void>
}

export function createHealthSource(context: {
  settings(): ScriptSettings
  /** Annotations whose values nobody shall see. */
  sensitiveAnnotations(): ReadonlySet<string>
  scripts: ScriptThread
}): HealthSource {
  /** By the very object: a newer version of it is another one, and what nobody holds any more is forgotten. */
  const findings = new WeakMap<KubeObject, Finding>()

  function checkFor({ apiVersion, kind }: KubeObject): Check | undefined {
    const known = context.settings()
    if (known.isEmpty) return undefined
    const found = known.overridesFor(splitApiVersion(apiVersion).group, kind).find(({ healthLua, healthCel }) => healthLua || healthCel)
    if (!found) return undefined
    const useOpenLibs = found.useOpenLibs === true
    return found.healthLua
      ? { kind: 'health-lua', source: found.healthLua, useOpenLibs }
      : { kind: 'health-cel', source: found.healthCel ?? '', useOpenLibs }
  }

  function findingOf(object: KubeObject, { source }: Check): Finding | undefined {
    const finding = findings.get(object)
    return finding?.source === source ? finding : undefined
  }

  function assessOne(object: KubeObject, check: Check): Finding {
    const finding: Finding = { source: check.source, isOver: false, done: Promise.resolve() }
    // A message is shown to whoever may see the application: it cannot tell what the check has not seen.
    const seen = new SecretMasker(context.sensitiveAnnotations()).mask(object)
    finding.done = context.scripts.ask({ ...check, object: seen }).then(
      (answer) => {
        finding.isOver = true
        if (answer.ok) finding.health = answer.value
        else finding.problem = answer.message
      },
      // The server ends: nobody asks any more.
      () => findings.delete(object),
    ) as Promise<void>
    findings.set(object, finding)
    return finding
  }

  return {
    of(object) {
      const check = isLeaving(object) ? undefined : checkFor(object)
      if (!check) return healthOf(object)
      const finding = findingOf(object, check)
      if (!finding?.isOver) return progressing('Its health check has not run yet')
      return finding.problem === undefined ? finding.health : statusOf('Unknown', finding.problem)
    },
    async assess(objects) {
      if (context.settings().isEmpty) return
      const running: Promise<void>[] = []
      for (const object of objects) {
        const check = isLeaving(object) ? undefined : checkFor(object)
        if (!check) continue
        const finding = findingOf(object, check) ?? assessOne(object, check)
        if (!finding.isOver) running.push(finding.done)
      }
      await Promise.all(running)
    },
    problemOf(object) {
      const check = isLeaving(object) ? undefined : checkFor(object)
      return check && findingOf(object, check)?.problem
    },
  }
}
