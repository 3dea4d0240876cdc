import { describe, expect, test } from 'vitest'
import { kustomize } from './testing/kustomize-for-tests.ts'

// Every output and every message is what kubectl 1.34.5 prints.
describe('names', () => {
  test('a prefix and a suffix go around names, also where other resources name them', () => {
    const built = kustomize({
      'kustomization.yaml': `namePrefix: eu-
nameSuffix: -v2
resources: [all.yaml]
`,
      'all.yaml': `apiVersion: v1
kind: ServiceAccount
metadata: {name: runner}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  template:
    spec:
      serviceAccountName: runner
      volumes:
      - {name: a, persistentVolumeClaim: {claimName: data}}
      - {name: b, persistentVolumeClaim: {claimName: elsewhere}}
---
apiVersion: v1
kind: Service
metadata: {name: db}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: db}
spec: {scaleTargetRef: {kind: StatefulSet, name: db}}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: ServiceAccount
metadata:
  name: eu-runner-v2
---
apiVersion: v1
kind: Service
metadata:
  name: eu-db-v2
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: eu-data-v2
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: eu-db-v2
spec:
  serviceName: eu-db-v2
  template:
    spec:
      serviceAccountName: eu-runner-v2
      volumes:
      - name: a
        persistentVolumeClaim:
          claimName: eu-data-v2
      - name: b
        persistentVolumeClaim:
          claimName: elsewhere
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: eu-db-v2
spec:
  scaleTargetRef:
    kind: StatefulSet
    name: eu-db-v2
`)
  })

  test('namespaces, API services and definitions of custom resources keep their names', () => {
    const built = kustomize({
      'kustomization.yaml': `namePrefix: eu-
resources: [all.yaml]
`,
      'all.yaml': `apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: carts.shop.example}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.shop.example}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: carts.shop.example
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata:
  name: v1.shop.example
`)
  })

  test('each kustomization on the way adds its own prefix', () => {
    const built = kustomize(
      {
        'top/kustomization.yaml': `namePrefix: top-
resources: [../middle]
`,
        'middle/kustomization.yaml': `namePrefix: middle-
resources: [../base]
`,
        'base/kustomization.yaml': `namePrefix: base-
resources: [pod.yaml, map.yaml]
`,
        'base/pod.yaml': `apiVersion: v1
kind: Pod
metadata: {name: pod}
spec: {volumes: [{name: a, configMap: {name: map}}]}
`,
        'base/map.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: map}
`,
      },
      { path: 'top' },
    )

    expect(built).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  name: top-middle-base-map
---
apiVersion: v1
kind: Pod
metadata:
  name: top-middle-base-pod
spec:
  volumes:
  - configMap:
      name: top-middle-base-map
    name: a
`)
  })

  test('of two bases with the same names each keeps its own references', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [one, two]
`,
      'one/kustomization.yaml': `namePrefix: one-
resources: [../base]
`,
      'two/kustomization.yaml': `namePrefix: two-
resources: [../base]
`,
      'base/kustomization.yaml': `resources: [all.yaml]
`,
      'base/all.yaml': `apiVersion: v1
kind: Pod
metadata: {name: pod}
spec: {volumes: [{name: a, secret: {secretName: key}}]}
---
apiVersion: v1
kind: Secret
metadata: {name: key}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: Secret
metadata:
  name: one-key
---
apiVersion: v1
kind: Secret
metadata:
  name: two-key
---
apiVersion: v1
kind: Pod
metadata:
  name: one-pod
spec:
  volumes:
  - name: a
    secret:
      secretName: one-key
---
apiVersion: v1
kind: Pod
metadata:
  name: two-pod
spec:
  volumes:
  - name: a
    secret:
      secretName: two-key
`)
  })

  test('a role binding names the role of its kind, and its service accounts with their namespaces', () => {
    const built = kustomize({
      'kustomization.yaml': `namePrefix: eu-
namespace: shop
resources: [all.yaml]
`,
      'all.yaml': `apiVersion: v1
kind: ServiceAccount
metadata: {name: reader}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules: [{resources: [secrets], resourceNames: [key, other]}]
---
apiVersion: v1
kind: Secret
metadata: {name: key}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {kind: ServiceAccount, name: reader}
- {kind: ServiceAccount, name: default}
- {kind: ServiceAccount, name: foreign, namespace: elsewhere}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: ServiceAccount, name: reader, namespace: default}]
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: ServiceAccount
metadata:
  name: eu-reader
  namespace: shop
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: eu-reader
  namespace: shop
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: eu-reader
rules:
- resourceNames:
  - eu-key
  - other
  resources:
  - secrets
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: eu-reader
  namespace: shop
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: eu-reader
subjects:
- kind: ServiceAccount
  name: eu-reader
  namespace: shop
- kind: ServiceAccount
  name: default
  namespace: shop
- kind: ServiceAccount
  name: foreign
  namespace: elsewhere
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: eu-reader
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: eu-reader
subjects:
- kind: ServiceAccount
  name: eu-reader
  namespace: shop
---
apiVersion: v1
kind: Secret
metadata:
  name: eu-key
  namespace: shop
`)
  })

  test('webhooks, API services and ingresses name services', () => {
    const built = kustomize({
      'kustomization.yaml': `namePrefix: eu-
namespace: shop
resources: [all.yaml]
`,
      'all.yaml': `apiVersion: v1
kind: Service
metadata: {name: hooks, namespace: system}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hooks}
webhooks: [{name: a.example, clientConfig: {service: {name: hooks, namespace: system, path: /v}}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations: {nginx.ingress.kubernetes.io/auth-secret: basic}
spec:
  tls: [{secretName: basic}]
  rules: [{http: {paths: [{backend: {service: {name: hooks, port: {number: 80}}}}]}}]
---
apiVersion: v1
kind: Secret
metadata: {name: basic, namespace: system}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: Secret
metadata:
  name: eu-basic
  namespace: shop
---
apiVersion: v1
kind: Service
metadata:
  name: eu-hooks
  namespace: shop
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    nginx.ingress.kubernetes.io/auth-secret: eu-basic
  name: eu-web
  namespace: shop
spec:
  rules:
  - http:
      paths:
      - backend:
          service:
            name: eu-hooks
            port:
              number: 80
  tls:
  - secretName: eu-basic
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: eu-hooks
webhooks:
- clientConfig:
    service:
      name: eu-hooks
      namespace: shop
      path: /v
  name: a.example
`)
  })

  test('configurations say which fields of custom resources hold names', () => {
    const built = kustomize({
      'kustomization.yaml': `namePrefix: eu-
resources: [all.yaml]
configurations: [names.yaml]
`,
      'names.yaml': `nameReference:
- kind: Secret
  version: v1
  fieldSpecs:
  - {path: spec/keys/secret, kind: Vault}
- kind: Vault
  fieldSpecs:
  - {path: spec/vault, kind: Safe}
`,
      'all.yaml': `apiVersion: v1
kind: Secret
metadata: {name: key}
---
apiVersion: example.org/v1
kind: Vault
metadata: {name: vault}
spec: {keys: [{secret: key}, {secret: other}]}
---
apiVersion: example.org/v1
kind: Safe
metadata: {name: safe}
spec: {vault: vault}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: Secret
metadata:
  name: eu-key
---
apiVersion: example.org/v1
kind: Safe
metadata:
  name: eu-safe
spec:
  vault: eu-vault
---
apiVersion: example.org/v1
kind: Vault
metadata:
  name: eu-vault
spec:
  keys:
  - secret: eu-key
  - secret: other
`)
  })

  test('a definition of custom resources that is marked says it too', () => {
    const built = kustomize({
      'kustomization.yaml': `namePrefix: eu-
resources: [all.yaml]
crds: [crd.json]
`,
      'crd.json': `{"example.org/v1.Vault": {"Schema": {"properties": {
  "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
  "spec": {"$ref": "example.org/v1.VaultSpec"}}}},
 "example.org/v1.VaultSpec": {"Schema": {"properties": {
  "key": {"x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "Secret"}}}}}
`,
      'all.yaml': `apiVersion: v1
kind: Secret
metadata: {name: key}
---
apiVersion: example.org/v1
kind: Vault
metadata: {name: vault}
spec: {key: {name: key}}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: Secret
metadata:
  name: eu-key
---
apiVersion: example.org/v1
kind: Vault
metadata:
  name: eu-vault
spec:
  key:
    name: eu-key
`)
  })

  test('two resources that a name could mean are an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [one, two, pod.yaml]
`,
        'pod.yaml': `apiVersion: v1
kind: Pod
metadata: {name: pod}
spec: {volumes: [{name: a, secret: {secretName: key}}]}
`,
        'one/kustomization.yaml': `nameSuffix: -1
resources: [../base]
`,
        'two/kustomization.yaml': `nameSuffix: -2
resources: [../base]
`,
        'base/kustomization.yaml': `resources: [key.yaml]
`,
        'base/key.yaml': `apiVersion: v1
kind: Secret
metadata: {name: key}
`,
      })

    expect(build).toThrow(
      `accumulating resources: accumulation err='accumulating resources from 'one': '/one' must resolve to a file': couldn't make target for path '/one': invalid Kustomization: json: cannot unmarshal number into Go struct field Kustomization.nameSuffix of type string`,
    )
  })
})
