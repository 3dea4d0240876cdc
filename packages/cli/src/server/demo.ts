import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Application } from '@plimsoll/api'
import { cloneRoot } from './data-dir.ts'

export const demoName = 'demo'

/** The files of `examples/demo`, by path. */
export function demoFiles(): Map<string, Buffer> {
  const base = join(cloneRoot, 'examples', 'demo')
  const files = new Map<string, Buffer>()
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(base, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) visit(path)
      else files.set(path, readFileSync(join(base, path)))
    }
  }
  visit('')
  return files
}

export function demoApplication(repositoryUrl: string): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: demoName, namespace: 'argocd', finalizers: ['resources-finalizer.argocd.argoproj.io'] },
    spec: {
      project: 'default',
      source: { repoURL: repositoryUrl, path: 'k8s', targetRevision: 'main' },
      destination: { server: 'https://kubernetes.default.svc', namespace: demoName },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] },
    },
  }
}
