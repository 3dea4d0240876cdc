import type { ApplicationSource, ApplicationSpec } from '@plimsoll/api'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { addSpecOptions, applySpecOptions, type SpecOptions } from './spec-options.ts'

function specAfter(
  args: string[],
  before: ApplicationSpec = { destination: {}, source: { repoURL: 'https://git.example/a.git' } },
): ApplicationSpec {
  const command = new Command('create').exitOverride().configureOutput({ writeErr: () => undefined })
  addSpecOptions(command)
  command.parse(args, { from: 'user' })
  const spec = structuredClone(before)
  applySpecOptions(spec, command.opts<SpecOptions>())
  return spec
}

/** Arguments as they stand on a line, with spaces between them. */
function sourceAfter(...lines: string[]): ApplicationSource | undefined {
  return specAfter(lines.flatMap((line) => line.split(' '))).source
}

describe("argocd's flags make", () => {
  it('a source of a Helm chart', () => {
    const source = sourceAfter(
      '--helm-chart web --revision ^1 --release-name r --values a.yaml --values $ref/b.yaml',
      '--helm-set image.tag=v1 --helm-set-string port=80 --helm-set-file script=run.sh -p a=b=c',
      '--helm-version v4 --helm-skip-crds --ignore-missing-value-files --helm-api-versions v1/Service',
    )

    expect(source).toEqual({
      repoURL: 'https://git.example/a.git',
      chart: 'web',
      targetRevision: '^1',
      helm: {
        releaseName: 'r',
        version: 'v4',
        valueFiles: ['a.yaml', '$ref/b.yaml'],
        ignoreMissingValueFiles: true,
        skipCrds: true,
        apiVersions: ['v1/Service'],
        parameters: [
          { name: 'a', value: 'b=c' },
          { name: 'image.tag', value: 'v1' },
          { name: 'port', value: '80', forceString: true },
        ],
        fileParameters: [{ name: 'script', path: 'run.sh' }],
      },
    })
  })

  it('a source of a kustomization', () => {
    const source = sourceAfter(
      '--path overlays/prod --nameprefix p- --namesuffix=-s --kustomize-namespace prod',
      '--kustomize-image web=registry.example/web:2 --kustomize-replica web=3 --kustomize-common-label team=a',
      '--kustomize-label-without-selector --kustomize-force-common-label',
    )

    expect(source?.kustomize).toEqual({
      namePrefix: 'p-',
      nameSuffix: '-s',
      namespace: 'prod',
      images: ['web=registry.example/web:2'],
      replicas: [{ name: 'web', count: 3 }],
      commonLabels: { team: 'a' },
      labelWithoutSelector: true,
      forceCommonLabels: true,
    })
  })

  it('sources of Jsonnet and of a plugin', () => {
    expect(
      sourceAfter('--jsonnet-tla-str', 'a=1', '--jsonnet-ext-var-code', 'b={}', '--jsonnet-libs', 'vendor')?.directory?.jsonnet,
    ).toEqual({
      tlas: [{ name: 'a', value: '1' }],
      extVars: [{ name: 'b', value: '{}', code: true }],
      libs: ['vendor'],
    })
    expect(sourceAfter('--config-management-plugin', 'cdk8s', '--plugin-env', 'STAGE=prod')?.plugin).toEqual({
      name: 'cdk8s',
      env: [{ name: 'STAGE', value: 'prod' }],
    })
  })

  it('one parameter, image or replica count out of two for the same', () => {
    const before: ApplicationSpec = {
      destination: {},
      source: {
        repoURL: 'r',
        helm: {
          parameters: [
            { name: 'tag', value: '1', forceString: true },
            { name: 'kept', value: 'x' },
          ],
        },
        kustomize: { images: ['registry.example:5000/web:1', 'other@sha256:00'], replicas: [{ name: 'web', count: 1 }] },
      },
    }

    const { source } = specAfter(
      [
        '--helm-set',
        'tag=2',
        '--kustomize-image',
        'registry.example:5000/web:2',
        '--kustomize-image',
        'other:1',
        '--kustomize-replica',
        'web=5',
      ],
      before,
    )

    expect(source?.helm?.parameters).toEqual([
      { name: 'kept', value: 'x' },
      { name: 'tag', value: '2' },
    ])
    expect(source?.kustomize).toEqual({ images: ['registry.example:5000/web:2', 'other:1'], replicas: [{ name: 'web', count: 5 }] })
  })

  it('changes to the one of several sources that is named', () => {
    const before: ApplicationSpec = { destination: {}, sources: [{ repoURL: 'a' }, { repoURL: 'b', name: 'second' }] }

    expect(specAfter(['--source-position', '1', '--revision', 'x'], before).sources?.[0]).toEqual({ repoURL: 'a', targetRevision: 'x' })
    expect(specAfter(['--source-name', 'second', '--revision', 'y'], before).sources?.[1]).toMatchObject({
      repoURL: 'b',
      targetRevision: 'y',
    })
    expect(() => specAfter(['--revision', 'x'], before)).toThrow('several sources')
    expect(() => specAfter(['--source-position', '3', '--revision', 'x'], before)).toThrow('no source 3')
  })

  it.each([[['--helm-set', 'novalue']], [['--kustomize-replica', 'web=many']], [['--kustomize-common-label', '=x']]])(
    'a clear refusal of %j',
    (args) => {
      expect(() => specAfter(args)).toThrow(/form KEY=VALUE|whole number/)
    },
  )
})
