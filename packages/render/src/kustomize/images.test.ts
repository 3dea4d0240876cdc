import { describe, expect, test } from 'vitest'
import { kustomize } from './testing/kustomize-for-tests.ts'

// Every output and every message is what kubectl 1.34.5 prints.
describe('images and replicas', () => {
  test('images get a new name, tag or digest', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [pod.yaml]
images:
- {name: nginx, newTag: "1.27"}
- {name: redis, newName: registry.example.org/redis}
- {name: registry.example.org:5000/app, digest: "sha256:aa"}
- {name: both, newTag: v2, digest: "sha256:bb"}
- {name: tagged, tagSuffix: -slim}
- {name: "any-.*", newName: matched}
`,
      'pod.yaml': `apiVersion: v1
kind: Pod
metadata: {name: pod}
spec:
  initContainers:
  - {name: a, image: nginx}
  - {name: b, image: "nginx:1.25@sha256:cc"}
  - {name: c, image: my-nginx}
  containers:
  - {name: d, image: "redis:7"}
  - {name: e, image: "registry.example.org:5000/app:v1"}
  - {name: f, image: "both:v1"}
  - {name: g, image: "tagged:v1"}
  - {name: h, image: "any-thing:v1"}
  volumes: [{name: i, image: {reference: "nginx:1.25"}}]
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: Pod
metadata:
  name: pod
spec:
  containers:
  - image: registry.example.org/redis:7
    name: d
  - image: registry.example.org:5000/app@sha256:aa
    name: e
  - image: both:v2@sha256:bb
    name: f
  - image: tagged:v1-slim-slim
    name: g
  - image: matched:v1
    name: h
  initContainers:
  - image: nginx:1.27
    name: a
  - image: nginx:1.27
    name: b
  - image: my-nginx
    name: c
  volumes:
  - image:
      reference: nginx:1.27
    name: i
`)
  })

  test('containers are found wherever they are, but not in definitions of custom resources', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [all.yaml]
images: [{name: nginx, newTag: new}]
`,
      'all.yaml': `apiVersion: example.org/v1
kind: Anything
metadata: {name: custom}
deep: [{containers: [{image: nginx}, {}], image: nginx}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: a.example.org}
spec: {containers: [{image: nginx}]}
`,
    })

    expect(built).toBe(`apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: a.example.org
spec:
  containers:
  - image: nginx
---
apiVersion: example.org/v1
deep:
- containers:
  - image: nginx:new
  - {}
  image: nginx
kind: Anything
metadata:
  name: custom
`)
  })

  test('configurations add places', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [custom.yaml]
images: [{name: nginx, newTag: new}]
configurations: [images.yaml]
`,
      'images.yaml': `images: [{path: spec/servers/picture, kind: Anything}]
`,
      'custom.yaml': `apiVersion: example.org/v1
kind: Anything
metadata: {name: custom}
spec: {servers: [{picture: nginx}, {picture: other}], picture: nginx}
`,
    })

    expect(built).toBe(`apiVersion: example.org/v1
kind: Anything
metadata:
  name: custom
spec:
  picture: nginx
  servers:
  - picture: nginx:new
  - picture: other
`)
  })

  test('replicas are set by name', () => {
    const built = kustomize({
      'kustomization.yaml': `namePrefix: eu-
resources: [all.yaml]
replicas: [{name: web, count: 5}]
`,
      'all.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec: {replicas: 1}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: other}
spec: {replicas: 1}
`,
    })

    expect(built).toBe(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: eu-other
spec:
  replicas: 1
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: eu-web
spec:
  replicas: 5
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: eu-web
spec:
  replicas: 5
`)
  })

  test('replicas of nothing are an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [map.yaml]
replicas: [{name: web, count: 5}]
`,
        'map.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: web}
`,
      })

    expect(build).toThrow(
      `resource with name web does not match a config with the following GVK [Deployment.[noVer].[noGrp] StatefulSet.[noVer].[noGrp] ReplicaSet.[noVer].[noGrp] ReplicationController.[noVer].[noGrp]]`,
    )
  })
})
