import type { AppProject } from '@plimsoll/api'
import { call, join } from './http.ts'

/** Requests about projects: one function for each. */
export const projectsApi = {
  list: () => call<{ items: AppProject[] }>('GET', join('projects')),
  get: (name: string) => call<AppProject>('GET', join('projects', name)),
  create: (project: AppProject) => call<AppProject>('POST', join('projects'), { body: { project } }),
  update: (project: AppProject) => call<AppProject>('PUT', join('projects', project.metadata.name), { body: { project } }),
  remove: (name: string) => call<unknown>('DELETE', join('projects', name)),
}
