import { describe, expect, test } from 'vitest'
import { kustomize } from './testing/kustomize-for-tests.ts'

// Every output and every message is what kubectl 1.34.5 prints.
describe('namespaces', () => {
  test('everything that can be in a namespace is put there, and the namespace itself is renamed', () => {
    const built = kustomize({
      'kustomization.yaml': `namespace: shop
resources: [all.yaml]
`,
      'all.yaml': `apiVersion: v1
kind: Namespace
metadata: {name: old}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: old}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
---
apiVersion: example.org/v1
kind: Anything
metadata: {name: custom}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.shop.example}
spec: {service: {name: web, namespace: old}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: carts.shop.example}
spec: {conversion: {webhook: {clientConfig: {service: {name: web, namespace: old}}}}}
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
spec:
  conversion:
    webhook:
      clientConfig:
        service:
          name: web
          namespace: shop
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata:
  name: v1.shop.example
spec:
  service:
    name: web
    namespace: shop
---
apiVersion: example.org/v1
kind: Anything
metadata:
  name: custom
  namespace: shop
`)
  })

  test('a name that looks like a number stays text', () => {
    const built = kustomize({
      'kustomization.yaml': `namespace: "0123"
namePrefix: "1"
resources: [map.yaml]
`,
      'map.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: "2"}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  name: "12"
  namespace: "0123"
`)
  })

  test('two resources that become the same by it are an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `namespace: shop
resources: [all.yaml]
`,
        'all.yaml': `apiVersion: v1
kind: Service
metadata: {name: web, namespace: a}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: b}
`,
      })

    expect(build).toThrow(/namespace transformation produces ID conflict/)
  })

  test('a transformer of its own says which subjects of role bindings get the namespace', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [all.yaml]
transformers: [namespace.yaml]
`,
      'namespace.yaml': `apiVersion: builtin
kind: NamespaceTransformer
metadata: {name: any, namespace: shop}
setRoleBindingSubjects: allServiceAccounts
unsetOnly: true
`,
      'all.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a}
subjects:
- {kind: ServiceAccount, name: one}
- {kind: ServiceAccount, name: two, namespace: kept}
- {kind: User, name: three}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: kept}
`,
    })

    expect(built).toBe(`apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: a
  namespace: shop
subjects:
- kind: ServiceAccount
  name: one
  namespace: shop
- kind: ServiceAccount
  name: two
  namespace: kept
- kind: User
  name: three
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: kept
`)
  })
})
