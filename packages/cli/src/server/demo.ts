import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Application, Delivery } from '@plimsoll/api'
import { cloneRoot } from './data-dir.ts'

export const demoName = 'fraud-detector'
export const demoStages = ['staging', 'production'] as const

/** `examples/fraud-detector`. */
export const demoFolder = join(cloneRoot, 'examples', demoName)

/** Its files, by path. */
export function demoFiles(): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(demoFolder, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) visit(path)
      else files.set(path, readFileSync(join(demoFolder, path)))
    }
  }
  visit('')
  return files
}

export function demoApplicationName(stage: (typeof demoStages)[number]): string {
  return `fraud-${stage}`
}

export function demoApplication(repositoryUrl: string, stage: (typeof demoStages)[number]): Application {
  const name = demoApplicationName(stage)
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', finalizers: ['resources-finalizer.argocd.argoproj.io'] },
    spec: {
      project: 'default',
      source: { repoURL: repositoryUrl, path: `deploy/${stage}`, targetRevision: 'main' },
      destination: { server: 'https://kubernetes.default.svc', namespace: name },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] },
    },
  }
}

/** Staging by itself after a merge; production after an approval by somebody else than the author. */
export function demoDelivery(repositoryUrl: string): Delivery {
  return {
    apiVersion: 'plimsoll.dev/v1alpha1',
    kind: 'Delivery',
    metadata: { name: demoName, namespace: 'argocd' },
    spec: {
      source: { repoURL: repositoryUrl, branch: 'main' },
      model: { name: demoName, gate: 'fraud-quality' },
      fields: [{ file: 'kustomization.yaml', configMap: { name: 'model', key: 'MODEL_DIGEST' }, value: 'model.digest' }],
      stages: [
        {
          name: 'staging',
          application: demoApplicationName('staging'),
          verify: [{ name: 'answers', http: { service: demoName, path: '/v2/models/fraud-detector/ready', status: 200, within: '1m' } }],
          soak: '5s',
        },
        {
          name: 'production',
          application: demoApplicationName('production'),
          approvals: { required: 1, groups: ['approvers'], notAuthor: true },
        },
      ],
    },
  }
}
