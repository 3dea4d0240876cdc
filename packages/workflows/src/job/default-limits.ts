import { totalmem } from 'node:os'
import type { JobLimits } from './job-spec.ts'

export const defaultLimits: JobLimits = {
  memoryBytes: Math.floor(totalmem() * 0.8),
  processes: 4096,
  // What GitHub's runners have free.
  diskBytes: 14 * 1024 ** 3,
  logBytes: 2 * 1024 ** 3,
  outputs: 1024 * 1024,
}

/** What differs in a pod: this machine says nothing about the nodes of a cluster. */
export const podLimits: Partial<JobLimits> = { memoryBytes: 8 * 1024 ** 3 }
