import type { Repositories } from '@plimsoll/git'
import { nextTimes } from '../language/index.ts'
import { fileReader } from '../reader/file-reader.ts'
import { readWorkflows } from './workflow-files.ts'

/** Every schedule of a repository's workflows at a commit. A file with an error has none. */
export async function readSchedules(repositories: Repositories, url: string, commit: string): Promise<{ path: string; cron: string }[]> {
  const found: { path: string; cron: string }[] = []
  for (const { path, text } of await readWorkflows(repositories, url, commit)) {
    for (const cron of await fileReader.schedules(text, path)) found.push({ path, cron })
  }
  return found
}

/** The last time after `since` and up to `now`, in milliseconds; undefined when there is none, or the expression is none. */
export function scheduledBetween(cron: string, since: number, now: number): number | undefined {
  try {
    const due = nextTimes(cron, new Date(since), 10).filter((time) => time.getTime() <= now)
    return due.at(-1)?.getTime()
  } catch {
    return undefined
  }
}
