import { type DeliverySpec, PlimsollError, type VersionField } from '@plimsoll/api'
import { parseFieldPath } from '../fields/field-path.ts'
import { chooseTag } from '../images/choose-tag.ts'
import { windowAt } from './time-window.ts'

/** What is wrong with a spec that has the right shape: cron expressions, time zones, paths of fields, patterns. One line for each. */
export function specProblems({ stages, fields = [], images = [] }: DeliverySpec): string[] {
  const problems: string[] = []
  const check = (where: string, run: () => unknown): void => {
    try {
      run()
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error
      problems.push(`${where}: ${error.message}`)
    }
  }
  const checkFields = (where: string, some: readonly VersionField[]): void => {
    for (const [at, { path }] of some.entries()) if (path !== undefined) check(`${where}[${at}].path`, () => parseFieldPath(path))
  }
  checkFields('spec.fields', fields)
  for (const [at, { policy }] of images.entries()) check(`spec.images[${at}].policy`, () => chooseTag(policy, []))
  for (const [at, stage] of stages.entries()) {
    checkFields(`spec.stages[${at}].fields`, stage.fields ?? [])
    for (const [index, { window }] of (stage.while ?? []).entries())
      if (window !== undefined)
        check(`spec.stages[${at}].while[${index}].window`, () => windowAt({ ...window, timeZone: window.timeZone }, 0))
  }
  return problems
}
