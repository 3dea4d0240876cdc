import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deployments } from '../patch/json-for-tests.ts'
import { decodeProtobuf, isProtobuf } from './decode-object.ts'
import { encodeProtobuf, hasProtobufForm } from './encode-object.ts'
import { ProtobufError } from './wire.ts'

// Sent by kubectl 1.34: create deployment web --image=nginx:1.2 --replicas=0 --port=80
const deployment = Buffer.from(
  'azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50ErwBCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEooBCAASDAoKCgNhcHASA3dlYhpwChwKABIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViElASMgoFbmdpbngSCW5naW54OjEuMioAMgoKABAAGFAiACoAQgBqAHIAgAEAiAEAkAEAogEAGgAyAEIASgBSAFgAYABoAIIBAIoBAJoBAMIBACICCgAoADgAGgwIABAAGAAgACgAOAAaACIA',
  'base64',
)
// Sent by kubectl 1.34: create pdb p --selector=a=b --min-available=50%
const budget = Buffer.from(
  'azhzAAogCglwb2xpY3kvdjESE1BvZERpc3J1cHRpb25CdWRnZXQSNgoRCgFwEgAaACIAKgAyADgAQgASFQoJCAEQABoDNTAlEggKBgoBYRIBYhoKCAAYACAAKAAwABoAIgA=',
  'base64',
)

type Typed = Record<string, unknown> & { apiVersion: string; kind: string }

describe('A protobuf body', () => {
  it('of kubectl create deployment is read as JSON would have it', () => {
    expect(decodeProtobuf(deployment)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'web' } },
        strategy: {},
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'nginx', image: 'nginx:1.2', ports: [{ containerPort: 80 }], resources: {} }] },
        },
      },
      status: {},
    })
  })

  it('of kubectl create pdb has its int-or-string', () => {
    expect(decodeProtobuf(budget)).toMatchObject({
      kind: 'PodDisruptionBudget',
      spec: { minAvailable: '50%', selector: { matchLabels: { a: 'b' } } },
    })
  })

  it('keeps every kind of value when it is written and read again', () => {
    const objects: Typed[] = [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: 'p',
          creationTimestamp: '2026-05-01T10:00:00Z',
          deletionGracePeriodSeconds: 0,
          ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u', controller: true }],
          managedFields: [{ manager: 'm', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:a': {} } }],
        },
        spec: {
          containers: [
            {
              name: 'c',
              resources: { limits: { cpu: '500m' } },
              livenessProbe: { httpGet: { port: 'http', path: '/' }, periodSeconds: 5 },
              securityContext: { runAsUser: 0, privileged: false },
            },
          ],
          ephemeralContainers: [{ name: 'debug', image: 'busybox', targetContainerName: 'c', resources: {} }],
          volumes: [
            { name: 'v', configMap: { name: 'm', defaultMode: 420, items: [{ key: 'k', path: 'p' }] } },
            { name: 'w', projected: { sources: [{ secret: { name: 's' } }] } },
          ],
        },
        status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-05-01T10:00:00Z' }] },
      },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'AAEC/w==', __proto: '' }, type: 'Opaque' },
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'i' },
        spec: {
          rules: [
            { host: 'h', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } }] } },
          ],
        },
        status: { loadBalancer: {} },
      },
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'l' },
        spec: { holderIdentity: 'me', renewTime: '2026-05-01T10:00:00.123456Z', leaseTransitions: 0 },
      },
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        metadata: {},
        spec: { user: 'u', extra: { scopes: ['a', 'b'], none: [] } },
        status: { allowed: false },
      },
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'things.x.dev' },
        spec: {
          group: 'x.dev',
          names: { plural: 'things', kind: 'Thing' },
          scope: 'Namespaced',
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: {
                openAPIV3Schema: {
                  type: 'object',
                  properties: {
                    a: { type: 'array', items: { type: 'string', enum: ['x', 1] }, 'x-kubernetes-list-type': 'set' },
                    b: { type: 'object', additionalProperties: false },
                    c: { type: 'number', maximum: 1.5, default: { d: [null] } },
                  },
                },
              },
            },
          ],
        },
      },
      { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { name: 'r' }, data: { spec: { $patch: 'replace' } }, revision: 3 },
    ]
    for (const object of objects) {
      const again = decodeProtobuf(encodeProtobuf(object))

      expect(again).toMatchObject(object)
      expect(decodeProtobuf(encodeProtobuf(again))).toEqual(again)
    }
  })

  it('of any Deployment reads as what was written', () => {
    fc.assert(
      fc.property(deployments(), (object) => {
        const pruned = JSON.parse(
          JSON.stringify(object, (_key, value: unknown) =>
            (Array.isArray(value) && value.length === 0) ||
            value === false ||
            (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0)
              ? undefined
              : value,
          ),
        ) as Typed

        expect(decodeProtobuf(encodeProtobuf(pruned))).toEqual(pruned)
      }),
    )
  })

  it('that is cut or damaged is refused, and nothing worse happens', () => {
    fc.assert(
      fc.property(fc.nat({ max: deployment.length - 1 }), fc.nat({ max: 255 }), fc.nat({ max: deployment.length }), (at, byte, length) => {
        const damaged = Buffer.from(deployment.subarray(0, Math.max(4, length)))
        if (at >= 4 && at < damaged.length) damaged[at] = byte
        try {
          decodeProtobuf(damaged)
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('is known by its first bytes and by its kind', () => {
    expect(isProtobuf(deployment)).toBe(true)
    expect(isProtobuf(Buffer.from('{"a":1}'))).toBe(false)
    expect(() => decodeProtobuf(Buffer.from('{"a":1}'))).toThrow('magic number')
    expect(() => encodeProtobuf({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' })).toThrow('no protobuf form')
    expect(hasProtobufForm('v1', 'Pod')).toBe(true)
    expect(hasProtobufForm('argoproj.io/v1alpha1', 'Application')).toBe(false)
  })
})
